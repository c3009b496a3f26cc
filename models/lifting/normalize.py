"""From pixels to a network's screen coordinates, and back. numpy only.

Every published normalisation is a square S of the image's plane: x' = 2 (x - left) / side - 1, y' = 2 (y - top) / side
- 1. They differ in the square: the width of the image about its centre, all keypoints of a clip, or the keypoints of
one window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

MIN_SCORE = 0.3  # keypoints above it decide a square crop
MIN_POINTS = 8  # unless there are fewer of them
MIN_SIDE_PX = 1.0  # of a square crop: all keypoints may coincide
MIN_CLIP_POINTS = 4  # MotionBERT's: a clip with fewer keypoints has no square


@dataclass(frozen=True)
class Square:
    """A square in the image's plane: its left top corner and side, px. It may reach beyond the image."""

    left_px: float
    top_px: float
    side_px: float

    def __post_init__(self) -> None:
        if not (self.side_px > 0 and all(map(math.isfinite, (self.left_px, self.top_px, self.side_px)))):
            raise ValueError(f"a square needs a finite corner and a positive side, got {self}")

    def normalize(self, xy: FloatArray) -> FloatArray:
        """Pixels (..., 2+) as screen coordinates, -1..1 in the square; channels after the second are passed through. A
        new array."""
        out = np.array(xy, dtype=np.result_type(xy, np.float32))
        corner = np.array([self.left_px, self.top_px], np.float64)
        out[..., :2] = in_square(out[..., :2], corner, self.side_px)
        return out

    def denormalize(self, xy: FloatArray) -> FloatArray:
        """The inverse of `normalize`, for points."""
        out = np.array(xy, dtype=np.result_type(xy, np.float32))
        corner = np.array([self.left_px, self.top_px], np.float64)
        out[..., :2] = (out[..., :2] + 1) * (self.side_px / 2) + corner
        return out

    def to_pixels(self, pose: FloatArray) -> FloatArray:
        """A root-relative pose (..., 3) in screen coordinates as px at the root's depth."""
        return np.asarray(pose) * (self.side_px / 2)


def full_frame(width: float, height: float) -> Square:
    """The image's width about its centre: x' = 2x/W - 1, y' = 2y/W - H/W, for networks of Human3.6M. ValueError if not
    positive."""
    _check(width, height)
    return Square(0.0, (height - width) / 2, width)


def normalize_screen(xy: FloatArray, width: float, height: float) -> FloatArray:
    """Pixels as screen coordinates of `full_frame`: x' = 2x/W - 1, y' = 2y/W - H/W. One scale, so angles are preserved.

    xy (..., 2+) px, x right, y down; channels after the second (a confidence) are passed through. Returns a new array
    of the same shape: x' in -1..1, y' in -H/W..H/W inside the image. ValueError if width or height is not positive.
    Source: VideoPose3D, `normalize_screen_coordinates`.
    """
    return full_frame(width, height).normalize(xy)


def denormalize_screen(xy: FloatArray, width: float, height: float) -> FloatArray:
    """The inverse of `normalize_screen`: screen coordinates (..., 2+) to pixels. For a point, not a root-relative
    pose."""
    return full_frame(width, height).denormalize(xy)


def short_side(width: float, height: float) -> Square:
    """The image's shorter side about its centre: MotionBERT's demo with `--pixel`. ValueError if not positive."""
    _check(width, height)
    side = min(width, height)
    return Square((width - side) / 2, (height - side) / 2, side)


def whole_clip(xy: FloatArray, score: FloatArray) -> Square | None:
    """The tight square around all keypoints of a clip with a confidence other than 0: MotionBERT's demo. xy (..., 2)
    px, score (...).

    None if fewer than four keypoints count, or if they coincide.
    """
    points = np.asarray(xy, np.float64)[np.asarray(score) != 0].reshape(-1, 2)
    points = points[np.isfinite(points).all(-1)]
    if len(points) < MIN_CLIP_POINTS:
        return None
    low, high = points.min(0), points.max(0)
    side = float((high - low).max())
    left, top = (low + high - side) / 2
    return Square(float(left), float(top), side) if side > 0 else None


def square_crop(xy: FloatArray, score: FloatArray, scale: float) -> Square:
    """The square around a window's keypoints, as in `square_crops`: xy (T, 17, 2) px, score (T, 17)."""
    corner, side = square_crops(np.asarray(xy)[None], np.asarray(score)[None], np.array([scale]))
    return Square(float(corner[0, 0]), float(corner[0, 1]), float(side[0]))


def square_crops(
    xy: FloatArray, score: FloatArray, scale: FloatArray, min_side: float = MIN_SIDE_PX
) -> tuple[FloatArray, FloatArray]:
    """Corner (B, 2) and side (B,), px, of the square around the keypoints of each window, `scale` (B,) times their
    larger extent: how our own networks are trained, and what they are given at inference.

    xy (B, T, 17, 2) px, score (B, T, 17); in another unit than px the smallest side, `min_side`, must be given in it.
    Keypoints of low score count only if there are hardly any others. Corners
    have the precision of xy, which decides the last bits of what the network is given.
    """
    xy, counts = np.asarray(xy, np.result_type(xy, np.float32)), np.asarray(score) > MIN_SCORE
    counts |= (counts.sum((1, 2)) < MIN_POINTS)[:, None, None]
    low = np.where(counts[..., None], xy, xy.dtype.type(np.inf)).min((1, 2))
    high = np.where(counts[..., None], xy, xy.dtype.type(-np.inf)).max((1, 2))
    side = np.maximum((high - low).max(-1).astype(np.float64) * scale, min_side)
    return (low + high - side[:, None].astype(xy.dtype)) / 2, side


def in_square(xy: FloatArray, corner: FloatArray, side: FloatArray | float) -> FloatArray:
    """Pixels (..., 2) as screen coordinates, -1..1, of squares with that corner (..., 2) and side (..., 1), px; in the
    precision of xy."""
    return np.asarray((xy - corner.astype(xy.dtype)) * np.asarray(2 / side, xy.dtype) - 1)


def normalize_whole_clip(keypoints: FloatArray) -> FloatArray:
    """(T, 17, 3) px and confidence as MotionBERT's demo gives them to its network: in the clip's square, everything cut
    to -1..1.

    All zeros if the clip has no square.
    """
    keypoints = np.asarray(keypoints)
    square = whole_clip(keypoints[..., :2], keypoints[..., 2])
    if square is None:
        return np.zeros(keypoints.shape, np.result_type(keypoints, np.float32))
    return np.asarray(np.clip(square.normalize(keypoints), -1, 1))


def _check(width: float, height: float) -> None:
    if not (width > 0 and height > 0 and math.isfinite(width) and math.isfinite(height)):
        raise ValueError(f"width and height must be positive numbers of pixels, got {width} x {height}")
