"""The values that travel between rooms, checked where they are made.

T is the number of decoded frames of a clip, K the number of keypoints (17), P the people in one frame.
Pixels are those of the upright, square-pixel picture: x right, y down, (0, 0) the corner of the first pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass
