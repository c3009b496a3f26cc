"""The images of all views side by side, small: the one video of a session's page, which shows a part of it at a time.

One video and not one for each view: the views cannot come apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from kasf_demo.render.style import BACKGROUND
from kasf_demo.types.arrays import Image

Tile = tuple[int, int, int, int]  # left, top, width, height, px
LONG_SIDES_PX = {2: 800, 4: 640, 8: 480}  # of a tile, for up to so many views


def tiles(sizes: Sequence[tuple[int, int]]) -> tuple[list[Tile], tuple[int, int]]:
    """Places for views of these sizes (width, height), each as large as the others' longer sides, and the size of all.
    Numbers are even, as encoders want them."""
    longest = next(px for most, px in LONG_SIDES_PX.items() if len(sizes) <= most)
    columns = math.ceil(math.sqrt(len(sizes)))
    out: list[Tile] = []
    width = top = 0
    for row in range(0, len(sizes), columns):
        left = height = 0
        for w, h in sizes[row : row + columns]:
            shrink = min(1.0, longest / max(w, h))
            tile = (left, top, _even(w * shrink), _even(h * shrink))
            out.append(tile)
            left, height = left + tile[2], max(height, tile[3])
        width, top = max(width, left), top + height
    return out, (width, top)


class Atlas:
    """Draws the frames on one buffer."""

    def __init__(self, sizes: Sequence[tuple[int, int]]) -> None:
        self.tiles, self.size = tiles(sizes)
        self._canvas: Image = np.empty((self.size[1], self.size[0], 3), np.uint8)
        self._canvas[:] = BACKGROUND

    def draw(self, images: Sequence[Image | None]) -> Image:
        """images by view, RGB; None while a clip does not run."""
        for (left, top, width, height), image in zip(self.tiles, images, strict=True):
            part = self._canvas[top : top + height, left : left + width]
            if image is None:
                part[:] = BACKGROUND
            else:
                part[:] = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        return self._canvas


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))
