"""Long clips in blocks of frames, where each frame is computed on its own: what is needed on the way does not grow with the clip."""

from __future__ import annotations

from collections.abc import Iterator

FRAMES = 2048  # some minutes; at 408 bytes a pose, an intermediate array takes 0.8 MB


def blocks(frames: int, size: int = FRAMES) -> Iterator[slice]:
    """Slices that cover `frames` frames in order."""
    for start in range(0, frames, size):
        yield slice(start, min(start + size, frames))
