"""Anti-aliased shapes with sub-pixel corners, drawn in place on an RGB image. Coordinates are cv2's: (0, 0) is the
centre of a pixel.

Shapes are computed for a whole skeleton at once and converted to cv2's fixed-point integers once: per-bone numpy calls
were four fifths of the time of a frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from kasf_demo.render.style import Rgb
from kasf_demo.types.arrays import FloatArray, Image

FixedArray = NDArray[np.int32]

SHIFT = 4  # cv2 takes corners as integers with this many binary fractional digits
_FAR_PX = 30_000.0  # joints may be projected anywhere; beyond this cv2's integers would overflow
_SWEEP = np.linspace(-1.0, 1.0, 9)  # of the arc at either end of a capsule
_LARGE_PX = 16.0  # radius from which a disc needs the finer circle
_CIRCLE, _FINE_CIRCLE = (
    np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    for angle in (np.linspace(0, 2 * np.pi, n, endpoint=False) for n in (24, 72))
)


class Polygon(NamedTuple):
    """A filled convex outline (N, 2), fixed-point."""

    outline: FixedArray
    colour: Rgb


def fixed_point(xy: FloatArray) -> FixedArray:
    """Pixels -> cv2's fixed-point integers, far values held at the edge of what cv2 can take."""
    near = np.minimum(np.maximum(xy, -_FAR_PX), _FAR_PX)
    out: FixedArray = np.rint(near * (1 << SHIFT)).astype(np.int32)
    return out


def capsules(a: FloatArray, b: FloatArray, radius_a: FloatArray, radius_b: FloatArray) -> FloatArray:
    """Outlines (N, 18, 2) of the convex hulls of discs at `a` and `b` (N, 2) with radii (N,), in any unit."""
    along = b - a
    distance = np.hypot(along[:, 0], along[:, 1])
    heading = np.arctan2(along[:, 1], along[:, 0])
    # The hull touches the discs where its sides are tangent; where one disc holds the other this gives the larger disc
    tangent = np.arccos(np.minimum(np.maximum((radius_a - radius_b) / np.maximum(distance, 1e-6), -1.0), 1.0))
    front = heading[:, None] + tangent[:, None] * _SWEEP
    back = heading[:, None] + np.pi + (np.pi - tangent)[:, None] * _SWEEP
    angle = np.concatenate([front, back], axis=1)
    n = len(_SWEEP)
    centre = np.concatenate([np.repeat(b[:, None], n, 1), np.repeat(a[:, None], n, 1)], axis=1)
    radius = np.concatenate([np.repeat(radius_b[:, None], n, 1), np.repeat(radius_a[:, None], n, 1)], axis=1)
    centre[..., 0] += radius * np.cos(angle)
    centre[..., 1] += radius * np.sin(angle)
    return centre


def discs(centres: FloatArray, radii: FloatArray, colours: Iterable[Rgb]) -> list[Polygon]:
    """Discs at `centres` (N, 2) px with `radii` (N,) px, as polygons: cv2's own small circles look like diamonds."""
    circle = _CIRCLE if radii.max() < _LARGE_PX else _FINE_CIRCLE
    outlines = fixed_point(centres[:, None] + np.maximum(radii, 0.7)[:, None, None] * circle)
    return [Polygon(outline, colour) for outline, colour in zip(outlines, colours, strict=True)]


def draw_shapes(image: Image, shapes: Iterable[Polygon]) -> None:
    """Fills the shapes one over the other."""
    for outline, colour in shapes:
        cv2.fillConvexPoly(image, outline, colour, cv2.LINE_AA, SHIFT)


def draw_faded(image: Image, shapes: list[Polygon], alpha: float) -> None:
    """Fills the shapes as one, with opacity `alpha`: where they overlap nothing shows through twice."""
    if alpha >= 1:
        draw_shapes(image, shapes)
        return
    height, width = image.shape[:2]
    corners = np.concatenate([shape.outline for shape in shapes]) >> SHIFT
    x0, y0 = np.maximum(corners.min(0) - 2, 0).tolist()
    x1, y1 = np.minimum(corners.max(0) + 3, (width, height)).tolist()
    if x1 <= x0 or y1 <= y0:
        return
    target = image[y0:y1, x0:x1]
    drawn = target.copy()
    offset = np.array([x0 << SHIFT, y0 << SHIFT], np.int32)
    draw_shapes(drawn, [Polygon(outline - offset, colour) for outline, colour in shapes])
    cv2.addWeighted(drawn, alpha, target, 1 - alpha, 0, dst=drawn)
    target[:] = drawn


def loop(image: Image, corners: FloatArray, colour: Rgb, thickness_px: int) -> None:
    """A closed line through `corners` (N, 2) px."""
    cv2.polylines(image, [fixed_point(corners)], True, colour, thickness_px, cv2.LINE_AA, SHIFT)


def pill(image: Image, x: float, y: float, length_px: float, radius_px: float, colour: Rgb) -> None:
    """A lying rounded bar `length_px` long whose left end is at x and whose middle is at y."""
    left, right = np.array([[x + radius_px, y]]), np.array([[x + length_px - radius_px, y]])
    radius = np.array([radius_px])
    draw_shapes(image, [Polygon(fixed_point(capsules(left, right, radius, radius)[0]), colour)])
