"""Pixels to the network's screen coordinates and back. numpy only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]


def normalize_screen(xy: FloatArray, width: float, height: float) -> FloatArray:
    """Pixels as screen coordinates: x' = 2x/W - 1, y' = 2y/W - H/W. Both axes by the width, so that angles survive.

    xy (..., 2+) px, x right, y down; channels after the second (a confidence) are passed through. Returns a new array
    of the same shape: x' in -1..1, y' in -H/W..H/W inside the image. ValueError if width or height is not positive.
    Source: VideoPose3D, `normalize_screen_coordinates`.
    """
    _check(width, height)
    out = np.array(xy, dtype=np.result_type(xy, np.float32))
    out[..., :2] = out[..., :2] * (2 / width) - np.array([1, height / width], out.dtype)
    return out


def denormalize_screen(xy: FloatArray, width: float, height: float) -> FloatArray:
    """The inverse of `normalize_screen`: screen coordinates (..., 2+) to pixels. For a point, not a root-relative
    pose."""
    _check(width, height)
    out = np.array(xy, dtype=np.result_type(xy, np.float32))
    out[..., :2] = (out[..., :2] + np.array([1, height / width], out.dtype)) * (width / 2)
    return out


def _check(width: float, height: float) -> None:
    if not (width > 0 and height > 0 and math.isfinite(width) and math.isfinite(height)):
        raise ValueError(f"width and height must be positive numbers of pixels, got {width} x {height}")
