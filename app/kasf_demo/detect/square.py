"""A square of a picture, for a network to look at somebody in it."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import Image


def cut(image: Image, left: int, top: int, side: int, *, beyond: int) -> Image:
    """(side, side, 3) of `image`, of the brightness `beyond` where there is none."""
    height, width = image.shape[:2]
    out = np.full((side, side, 3), beyond, np.uint8)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    if x0 < x1 and y0 < y1:
        out[y0 - top : y1 - top, x0 - left : x1 - left] = image[y0:y1, x0:x1]
    return out
