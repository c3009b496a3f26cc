"""Corners tracked from frame to frame in small grey images: the share of one image that is found again in another.

Corners are tracked with pyramidal Lucas-Kanade (1981). A correlation of the patches around them, which is invariant to
brightness, decides whether they match. Shares are medians over grid cells, so neither an overlay that stays through a
cut nor an athlete in front of the camera decides.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray, Image

SMALL_PX = 160  # longer side of the small images
CELLS = (4, 3)  # cells of the grid, across and down
MAX_PER_CELL = 6
MIN_POINTS, MIN_CELLS = 10, 4  # fewer are no evidence
APART_PX = 5
PATCH = 9
WINDOW = (11, 11)
LEVELS = 3
SAME_CORRELATION = 0.7
# maximum difference from the motion of the other points of its cell: px, plus a share of their distance (zooms)
COHERENT_PX, COHERENT = 4.0, 0.15
FLAT = 4.0  # standard deviation of grey values: below it the image is uniform
BORDER_PX = 4  # points that end up nearer to the edge may have left the image

_OFFSETS = (
    np.stack(np.meshgrid(np.arange(PATCH), np.arange(PATCH)), axis=-1).reshape(-1, 2).astype(np.float32) - PATCH // 2
)


def small_image(image: Image) -> Image:
    """The green channel of (H, W, 3) with SMALL_PX as its longer side; a large image is read at every other pixel or
    fewer."""
    height, width = image.shape[:2]
    side = max(height, width)
    step = max(1, side // (2 * SMALL_PX))
    green = np.ascontiguousarray(image[::step, ::step, 1])
    f = SMALL_PX / side
    size = (max(16, round(width * f)), max(16, round(height * f)))
    return np.asarray(cv2.resize(green, size, interpolation=cv2.INTER_AREA), np.uint8)


def evened(small: Image) -> Image:
    """The image with its grey values spread evenly: what is compared must not depend on the exposure."""
    return np.asarray(cv2.equalizeHist(small), np.uint8)


class Points(NamedTuple):
    """N corners: px (N, 2), their cell (N,) and the normalised patch around each (N, PATCH^2)."""

    px: NDArray[np.float32]
    cell: NDArray[np.int64]
    patch: FloatArray


def corners(small: Image, avoid: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """(N, 2) corners, at most MAX_PER_CELL in each cell, the strongest; none near those to `avoid`."""
    found = cv2.goodFeaturesToTrack(small, 4 * MAX_PER_CELL * CELLS[0] * CELLS[1], 0.005, APART_PX)
    if found is None:
        return np.zeros((0, 2), np.float32)
    px = np.asarray(found[:, 0], np.float32)
    if avoid is not None and len(avoid):
        near = np.abs(px[:, None] - avoid[None]).max(-1).min(1) < APART_PX
        px = px[~near]
    cell = cells(px, small)
    order = np.argsort(cell, kind="stable")  # the strongest come first within each
    rank = np.arange(len(order)) - np.searchsorted(cell[order], cell[order])
    return px[order[rank < MAX_PER_CELL]]


def cells(px: NDArray[np.float32], small: Image) -> NDArray[np.int64]:
    """(N,) the numbers of the cells that points lie in."""
    height, width = small.shape
    x = np.clip(px[:, 0] * CELLS[0] / width, 0, CELLS[0] - 1).astype(np.int64)
    y = np.clip(px[:, 1] * CELLS[1] / height, 0, CELLS[1] - 1).astype(np.int64)
    return np.asarray(x + CELLS[0] * y, np.int64)


def patches(small: Image, px: NDArray[np.float32]) -> FloatArray:
    """(N, PATCH^2) around points, mean 0 and length 1."""
    if not len(px):
        return np.zeros((0, PATCH * PATCH), np.float32)
    at = px[:, None] + _OFFSETS
    found = cv2.remap(small, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(
        np.float32
    )
    found -= found.mean(1, keepdims=True)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-3))


def follow(before: Image, now: Image, px: NDArray[np.float32], guess: NDArray[np.float32] | None = None
           ) -> tuple[NDArray[np.float32], BoolArray]:  # fmt: skip
    """Where (N, 2) points of `before` are in `now`, and whether they were followed there (N,)."""
    if not len(px):
        return px, np.zeros(0, bool)
    flags = 0 if guess is None else cv2.OPTFLOW_USE_INITIAL_FLOW
    start = None if guess is None else np.array(guess[:, None], np.float32)
    found, ok, _ = cv2.calcOpticalFlowPyrLK(
        before, now, px[:, None], start, winSize=WINDOW, maxLevel=LEVELS, flags=flags
    )
    there = np.asarray(found[:, 0], np.float32)
    return there, np.asarray((ok[:, 0] > 0) & _inside(there, now))


def compare(points: Points, there: NDArray[np.float32], ok: BoolArray, now: Image) -> tuple[BoolArray, BoolArray]:
    """Which points (N,) are the same `there` in `now`: their patches agree, and they moved as the others of their cell
    did; and which may have left the image, as the same ones moved."""
    same = ok & ((points.patch * patches(now, there)).sum(1) > SAME_CORRELATION)
    moved = there - points.px
    for c in np.unique(points.cell[same]):
        mine = np.flatnonzero(same & (points.cell == c))
        off = np.abs(moved[mine] - np.median(moved[mine], axis=0)).max(1)
        away = np.abs(points.px[mine] - np.median(points.px[mine], axis=0)).max(1)
        same[mine[off > COHERENT_PX + COHERENT * away]] = False
    if not same.any():
        return same, np.zeros(len(same), bool)
    expected = points.px + np.median(moved[same], axis=0)
    return same, ~same & ~_inside(expected, now)


def _inside(px: NDArray[np.float32], small: Image) -> BoolArray:
    height, width = small.shape
    return np.asarray(((px >= BORDER_PX) & (px < (width - BORDER_PX, height - BORDER_PX))).all(-1))


def share(same: BoolArray, gone: BoolArray, cell: NDArray[np.int64]) -> float | None:
    """Share of points that are the `same`, median over cells, without those `gone` out of the image. None: too few
    points."""
    count = ~gone
    if count.sum() < MIN_POINTS:
        return None
    total = np.bincount(cell[count], minlength=CELLS[0] * CELLS[1])
    kept = np.bincount(cell[count & same], minlength=CELLS[0] * CELLS[1])
    known = total > 0
    if known.sum() < MIN_CELLS:
        return None
    return float(np.median(kept[known] / total[known]))


def new_points(small: Image, px: NDArray[np.float32]) -> Points:
    """Points at (N, 2) px of an image."""
    return Points(px, cells(px, small), patches(small, px))


def found_again(before: Image, now: Image) -> float | None:
    """The share of corners of one image that are in another, moved by up to a quarter of the image, or all by one
    larger shift."""
    before, now = evened(before), evened(now)
    points = new_points(before, corners(before))
    best: float | None = None
    for guess in (None, points.px + _shift(before, now)):
        there, ok = follow(before, now, points.px, guess)
        found = share(*compare(points, there, ok, now), points.cell)
        best = found if best is None else max(best, found or 0.0)
        if best is not None and best > 0.5:
            break
    return best


def _shift(before: Image, now: Image) -> NDArray[np.float32]:
    """(2,) px by which one image is shifted against the other, by phase correlation."""
    window = cv2.createHanningWindow((before.shape[1], before.shape[0]), cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(before.astype(np.float32), now.astype(np.float32), window)
    return np.array([x, y], np.float32)
