"""Images that the renderer samples: packed with their halved copies (mip maps) into one array. numba."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

LEVELS = 13


class Atlas:
    """Images added one by one; `tables()` gives what `sample` takes."""

    def __init__(self) -> None:
        self._data: list[NDArray[np.float32]] = []
        self._levels: list[NDArray[np.int64]] = []
        self._used = 0

    def add(self, picture: NDArray[np.floating[Any]]) -> int:
        """image (H, W, 3 or 4) linear light, alpha 0 to 1 last. Returns its number."""
        picture = np.asarray(picture, dtype=np.float32)
        if picture.shape[2] == 3:
            picture = np.concatenate([picture, np.ones((*picture.shape[:2], 1), np.float32)], axis=2)
        levels = np.zeros((LEVELS, 3), np.int64)
        for level in range(LEVELS):
            h, w = picture.shape[:2]
            levels[level] = self._used, w, h
            self._data.append(picture.reshape(-1, 4))
            self._used += w * h
            picture = cv2.resize(picture, (max(w // 2, 1), max(h // 2, 1)), interpolation=cv2.INTER_AREA)
        self._levels.append(levels)
        return len(self._levels) - 1

    def tables(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Texels (N, 4), levels (images, LEVELS, 3: first texel, width, height)."""
        return np.concatenate(self._data), np.array(self._levels)


@njit(fastmath=True, cache=True, inline="always")
def _level(texels, levels, picture, level, u, v, wrap):
    first, w, h = levels[picture, level, 0], levels[picture, level, 1], levels[picture, level, 2]
    if wrap:
        u, v = u - math.floor(u), v - math.floor(v)
    x, y = u * w - 0.5, v * h - 0.5
    x0, y0 = int(math.floor(x)), int(math.floor(y))
    fx, fy = np.float32(x - x0), np.float32(y - y0)
    x1, y1 = x0 + 1, y0 + 1
    if wrap:
        x0, y0 = x0 + w if x0 < 0 else x0, y0 + h if y0 < 0 else y0
        x1, y1 = x1 - w if x1 >= w else x1, y1 - h if y1 >= h else y1
    else:
        x0, x1 = min(max(x0, 0), w - 1), min(max(x1, 0), w - 1)
        y0, y1 = min(max(y0, 0), h - 1), min(max(y1, 0), h - 1)
    a, b, c, d = first + y0 * w + x0, first + y0 * w + x1, first + y1 * w + x0, first + y1 * w + x1
    one = np.float32(1.0)
    wa, wb, wc, wd = (one - fx) * (one - fy), fx * (one - fy), (one - fx) * fy, fx * fy
    return (
        wa * texels[a, 0] + wb * texels[b, 0] + wc * texels[c, 0] + wd * texels[d, 0],
        wa * texels[a, 1] + wb * texels[b, 1] + wc * texels[c, 1] + wd * texels[d, 1],
        wa * texels[a, 2] + wb * texels[b, 2] + wc * texels[c, 2] + wd * texels[d, 2],
        wa * texels[a, 3] + wb * texels[b, 3] + wc * texels[c, 3] + wd * texels[d, 3],
    )


@njit(fastmath=True, cache=True)
def sharpness(levels, picture, footprint):
    """Which copy of an image shows what a pixel sees: 0 the full one, 1 the halved one ...; footprint: the pixel's width in u."""
    return min(max(math.log2(max(footprint * levels[picture, 0, 1], 1e-6)), 0.0), LEVELS - 1.001)


@njit(fastmath=True, cache=True)
def sample_near(texels, levels, picture, u, v, lod, wrap):
    """`sample` from the single nearest copy: half the work, for images without fine grain."""
    return _level(texels, levels, picture, int(lod + 0.5), u, v, wrap)


@njit(fastmath=True, cache=True)
def sample(texels, levels, picture, u, v, lod, wrap):
    """Colour (linear) and alpha at (u, v) in 0 to 1; lod from `sharpness`."""
    low = int(lod)
    part = np.float32(lod - low)
    r, g, b, a = _level(texels, levels, picture, low, u, v, wrap)
    if part > 0.02:
        r2, g2, b2, a2 = _level(texels, levels, picture, low + 1, u, v, wrap)
        r, g, b, a = r + (r2 - r) * part, g + (g2 - g) * part, b + (b2 - b) * part, a + (a2 - a) * part
    return r, g, b, a
