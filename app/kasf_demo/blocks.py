"""Long clips in blocks of frames, where each frame is computed on its own: what is needed on the way does not grow with the clip."""

from __future__ import annotations

