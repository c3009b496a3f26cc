"""Pixels to the published networks' screen coordinates and back: `lifting.normalize.full_frame` by its older name."""

from __future__ import annotations

from lifting.normalize import FloatArray, full_frame


def normalize_screen(xy: FloatArray, width: float, height: float) -> FloatArray:
    """Pixels as screen coordinates: x' = 2x/W - 1, y' = 2y/W - H/W. Both axes by the width, so that angles survive.

    xy (..., 2+) px, x right, y down; channels after the second (a confidence) are passed through. Returns a new array
    of the same shape: x' in -1..1, y' in -H/W..H/W inside the image. ValueError if width or height is not positive.
    Source: VideoPose3D, `normalize_screen_coordinates`.
    """
    return full_frame(width, height).normalize(xy)


def denormalize_screen(xy: FloatArray, width: float, height: float) -> FloatArray:
    """The inverse of `normalize_screen`: screen coordinates (..., 2+) to pixels. For a point, not a root-relative
    pose."""
    return full_frame(width, height).denormalize(xy)
