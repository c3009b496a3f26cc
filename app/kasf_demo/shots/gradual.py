"""Gradual transitions (dissolves, wipes): images between two shots are made of both.

In each block of the image, every frame of a transition is near the line between the block before and the block after
it, and goes along that line once; before and after it nothing moves along it. A camera that pans has no such ends, and
its corners can be followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from kasf_demo.shots.points import MIN_POINTS, compare, corners, evened, follow, new_points, share
from kasf_demo.types.arrays import FloatArray, Image

COARSE = (64, 36)
BLOCK = (8, 6)  # px of the coarse image, across and down
LENGTHS_S = (0.4, 0.7, 1.1, 1.6, 2.3)  # durations of the spans that are searched
FLAT_S, MIN_FLAT = 0.07, 2  # s, frames: at both ends of a span there must be no change
MIN_CHANGE = 0.6  # minimum `change` from the first image of a span to the last
MIN_CONTRAST = 12.0  # standard deviation of grey values at both ends
START, END = 0.1, 0.9  # a transition begins and ends at these shares of the way from the first image to the last
FLAT_SHARE = 0.12  # maximum share of the way within the flat ends
RESTS = 0.5  # maximum pace at the ends, relative to a constant pace, if the transition lies within the span
WIDER = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)  # margins tried on either side, relative to the transition's length
MAX_RESIDUAL = 0.12  # maximum squared distance from the straight way, relative to its squared length
MAX_BACK = 0.15  # maximum share of the way that a transition may seem to go back
TRIM = 0.15  # share of the blocks, at either extreme, that is ignored in the mean
LOST_SHARE = 0.15  # a transition keeps a smaller share of the corners from begin to end
MAX_PATH = 0.2  # maximum motion of the image, in image widths: more is a pan, which loses corners too
FOLLOW_STEPS = 8


def coarse_image(small: Image) -> FloatArray:
    """(36, 64) grey values for comparisons of whole images."""
    return np.asarray(cv2.resize(small, COARSE, interpolation=cv2.INTER_AREA), np.float32)


def change(a: FloatArray, b: FloatArray) -> float:
    """How different two coarse images are, in standard deviations of grey values; brightness and contrast do not
    count."""
    x, y = ((image - image.mean()) / max(float(image.std()), 2.0) for image in (a, b))
    return float(np.abs(x - y).mean())


def _standard(images: FloatArray) -> FloatArray:
    """(n, 36, 64) images with mean 0 and standard deviation 1: fades and changes of exposure are no transitions."""
    mean, spread = images.mean((1, 2), keepdims=True), images.std((1, 2), keepdims=True)
    return np.asarray((images - mean) / np.maximum(spread, 2.0))


def find_transition(small: Sequence[Image], coarse: Sequence[FloatArray], rate_hz: float) -> tuple[int, int] | None:
    """First frame of a transition that ends near the end of these frames, and the first frame after it; None if there
    is none."""
    if change(coarse[-1], coarse[max(0, len(coarse) - 1 - round(LENGTHS_S[-1] * rate_hz))]) < MIN_CHANGE:
        return None
    for length_s in LENGTHS_S:
        n = max(10, round(length_s * rate_hz))
        flat = max(MIN_FLAT, round(FLAT_S * rate_hz))
        if n > len(coarse):
            return None
        first = len(coarse) - n
        span = coarse[first:]
        if change(span[0], span[-1]) < MIN_CHANGE or min(span[0].std(), span[-1].std()) < MIN_CONTRAST:
            continue
        found = _ramp(_standard(np.stack(list(span))), flat)
        if found is None:
            continue
        a, b = first + found[0], first + found[1]
        ends = max(a - 1, 0), min(b, len(small) - 1)
        if _followed(small, *ends) < LOST_SHARE and _path(small, *ends) < MAX_PATH:
            return a, b
    return None


def _ramp(span: FloatArray, flat: int) -> tuple[int, int] | None:
    """The frames of the transition within (n, 36, 64) images, the second exclusive."""
    way, residual = _along(span)
    if np.abs(way[:flat]).max() > FLAT_SHARE or np.abs(way[-flat:] - 1).max() > FLAT_SHARE:
        return None
    begin = int(np.flatnonzero(way > START)[0])
    end = int(np.flatnonzero(way < END)[-1]) + 1
    if (
        end - begin < 2
        or (np.maximum.accumulate(way) - way).max() > MAX_BACK
        or residual[begin:end].max() > MAX_RESIDUAL
    ):
        return None
    beyond = round(START * (end - begin) / (END - START))  # the way of a dissolve is straight
    return max(begin - 1 - beyond, 1), min(end + beyond, len(span) - 1)


def whole_extent(coarse: Sequence[FloatArray], first: int, end: int) -> tuple[int, int]:
    """A transition from frame `first` to `end` (exclusive) as far as it really goes: a slow one may have been found by
    its middle."""
    length = end - first
    for wider in WIDER:
        more = max(3, round(wider * length))
        low, high = max(0, first - more), min(len(coarse), end + more)
        found = _ramp(_standard(np.stack(list(coarse[low:high]))), 1)
        if found is None:
            continue
        way, _ = _along(_standard(np.stack(list(coarse[low:high]))))
        k = max(2, (high - low) // 8)
        if max(abs(float(way[k - 1])), abs(float(way[-k]) - 1)) < RESTS * (k - 1) / (high - low - 1):
            return low + found[0], low + found[1]
    return first, end


def _along(span: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Position of each of n images on the straight way from the first to the last, 0 to 1 (n,), and squared distance
    from it, relative to its squared length (n,).

    Means without the extremes, and medians, over the blocks that change.
    """
    blocks = _blocks(span)  # (n, K, P)
    way = blocks[-1] - blocks[0]
    length = (way**2).sum(-1)
    counts = length > 0.25 * length.mean()
    way, length, off = way[counts], length[counts], blocks[:, counts] - blocks[0, counts]
    along = (off * way).sum(-1) / length
    rest = ((off - along[..., None] * way) ** 2).sum(-1) / length
    cut = round(TRIM * along.shape[1])
    middle = np.sort(along, axis=1)[:, cut : along.shape[1] - cut]  # an athlete crosses some blocks
    return middle.mean(1), np.median(rest, axis=1)


def _blocks(span: FloatArray) -> FloatArray:
    n = len(span)
    rows, columns = COARSE[1] // BLOCK[1], COARSE[0] // BLOCK[0]
    parts = span.reshape(n, rows, BLOCK[1], columns, BLOCK[0]).swapaxes(2, 3)
    return parts.reshape(n, rows * columns, BLOCK[1] * BLOCK[0])


def _followed(small: Sequence[Image], first: int, last: int) -> float:
    """The share of the corners of one image that can be followed to a later one and look the same there; 1 if there are
    too few."""
    steps = np.unique(np.linspace(first, last, min(FOLLOW_STEPS, last - first) + 1).round().astype(int)).tolist()
    images = [evened(small[i]) for i in steps]
    points = new_points(images[0], corners(images[0]))
    at, alive = points.px, np.ones(len(points.px), bool)
    for before, now in pairwise(images):
        at, ok = follow(before, now, at)
        alive &= ok
    found = share(*compare(points, at, alive, images[-1]), points.cell)
    return 1.0 if found is None else found


def _path(small: Sequence[Image], first: int, last: int) -> float:
    """Summed motion of the image from frame to frame, in image widths."""
    total = 0.0
    for i in range(first, last):
        before, now = evened(small[i]), evened(small[i + 1])
        px = corners(before)
        there, ok = follow(before, now, px)
        if ok.sum() >= MIN_POINTS:
            total += float(np.linalg.norm(np.median((there - px)[ok], axis=0)))
    return total / float(small[first].shape[1])
