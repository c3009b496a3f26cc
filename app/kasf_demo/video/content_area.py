"""The content area of a clip's frames, without black or coloured bars and sides filled with a blurred copy of the
video.

A bar is constant in time and of one colour, but for a logo or caption that keeps away from its inner edge, and it ends
in a straight line beyond which most of the content has another colour. Lines are rows or columns; each side is examined
on its own, then in pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray, Image
from kasf_demo.types.clip import ContentArea

T = TypeVar("T", bound=np.generic)

# levels that a bar may differ from its colour: noise of limited-range black, ringing of a coarse encoder
TOLERANCE = 12
MAX_BLACK = 24  # level; bars of another colour must come in pairs
SKIPPED_EDGE_PX = 2  # outermost lines that may be damaged
MIN_BAR_SHARE, MIN_BAR_PX = 0.015, 4
SAMPLES_ACROSS = 400  # pixels sampled per line, about
MIN_CONTENT_SHARE = 0.15  # minimum side of the content, relative to that of the frame
# Minimum shares of pixels that have the colour of the bar
LINE_SHARE = 0.6  # of a line in the bar; the rest may be a logo
BAR_SHARE = 0.85  # of the whole bar
CLEAR_SHARE = 0.97  # of the bar's lines next to the content
# Minimum shares of pixels in the first lines of content that differ from the bar
STEP_PAIR, STEP_ALONE = 0.3, 0.9  # bars in pairs, a bar on its own
STEP_CANVAS = 0.6  # content on a canvas, on each side
PAIR_PX, PAIR_SHARE = 3, 0.02  # maximum difference of the widths of a pair
BRIGHT = 60  # level that the brightest pixels of a frame must reach for it to be judged
# sharpness relative to that of the content: minimum of its first lines, maximum of blurred sides
SHARP, BLURRED = 0.4, 0.25
STEP_PX = 9  # number of lines within which the step from a blurred side to the content lies
MIN_BLURRED_SHARE = 0.04  # minimum width of each blurred side, relative to the frame
MIN_SHARPNESS = 1.0  # levels; softer content allows no conclusion
MIN_LIKENESS = 0.8  # correlation of blurred sides with the enlarged content


@dataclass
class FrameStatistics:
    """Statistics of the frames seen so far: the least and greatest level of every pixel (H, W, 3), the summed sharpness
    of rows (H,) and columns (W,), and the last frame."""

    low: Image
    high: Image
    sharpness: tuple[FloatArray, FloatArray]
    last: Image
    frames: int = 1

    @classmethod
    def of(cls, image: Image) -> FrameStatistics:
        return cls(image.copy(), image.copy(), _sharpness(image), image.copy())

    def add(self, image: Image) -> None:
        """One more frame of the same size."""
        np.minimum(self.low, image, out=self.low)
        np.maximum(self.high, image, out=self.high)
        self.sharpness = tuple(a + b for a, b in zip(self.sharpness, _sharpness(image), strict=True))  # type: ignore[assignment]
        self.last = image.copy()
        self.frames += 1


def is_dark(image: Image) -> bool:
    """True if a frame is too dark to find the content's edges, as in a fade from black."""
    return float(np.percentile(image[::4, ::4].max(-1), 99)) < BRIGHT


def find_content(seen: FrameStatistics, *, relaxed: bool = False) -> ContentArea | None:
    """The part of the frames that is not bars; None if there are no bars. Blurred sides are searched for if there are
    no plain bars.

    relaxed: for a single frame, whose content may be dark along the bars: accepts bars that are only possible.
    """
    height, width = seen.low.shape[:2]
    strictness = 0.3 if relaxed else 1.0
    area = plain_bars(seen, strictness) or on_canvas(seen, strictness) or blurred_bars(seen)
    if area is None or area.width < MIN_CONTENT_SHARE * width or area.height < MIN_CONTENT_SHARE * height:
        return None
    return area


def plain_bars(seen: FrameStatistics, strictness: float = 1.0) -> ContentArea | None:
    """The content between bars of one colour each. strictness: factor on how much the first lines of content must
    differ."""
    height, width = seen.low.shape[:2]
    left, top, right, bottom = 0, 0, width, height
    for _ in range(2):  # the second time without the corners, where the bars of the other direction are
        top, bottom = _pair(seen, 0, (left, right), strictness)
        left, right = _pair(seen, 1, (top, bottom), strictness)
        if (left, top, right, bottom) == (0, 0, width, height):
            return None
    return ContentArea(left, top, right, bottom)


def on_canvas(seen: FrameStatistics, strictness: float = 1.0) -> ContentArea | None:
    """The content on a canvas of one colour that surrounds it, with margins of any width."""
    sides = [_turned(x, axis, flip)[SKIPPED_EDGE_PX : SKIPPED_EDGE_PX + 4] for x in (seen.low, seen.high)
             for axis in (0, 1) for flip in (False, True)]  # fmt: skip
    canvas = _coloured(seen.low, seen.high, np.concatenate([side.reshape(-1, 3) for side in sides]))
    if min(_turned(canvas, axis, flip)[SKIPPED_EDGE_PX : _least(canvas.shape[axis])].mean()
           for axis in (0, 1) for flip in (False, True)) < CLEAR_SHARE:  # fmt: skip
        return None
    spans = []
    for axis in (0, 1):
        share = 1 - canvas.mean(1 - axis)
        lines = np.flatnonzero(share > 0.5 * np.percentile(share, 90))
        if not len(lines) or not share.any():
            return None
        spans.append((int(lines[0]), int(lines[-1]) + 1))
    (top, bottom), (left, right) = spans
    outside = canvas.copy()
    outside[top:bottom, left:right] = True
    inner = canvas[top:bottom, left:right]
    first = [_turned(inner, axis, flip)[:3] for axis in (0, 1) for flip in (False, True)]
    if (
        outside.mean() < CLEAR_SHARE
        or max(float(lines.mean(1).min()) for lines in first) > 1 - strictness * STEP_CANVAS
    ):
        return None
    return ContentArea(left, top, right, bottom)


def _pair(seen: FrameStatistics, axis: int, span: tuple[int, int], strictness: float) -> tuple[int, int]:
    """First line of content and the line after its last, along `axis`; only pixels of `span` across count."""
    length = seen.low.shape[axis]
    first, last = (_edges(seen, axis, flip, span, strictness * STEP_PAIR) for flip in (False, True))
    for a in sorted(first, reverse=True):  # the widest pair
        for b in sorted(last, reverse=True):
            if abs(a - b) <= max(PAIR_PX, PAIR_SHARE * length) and a + b < (1 - MIN_CONTENT_SHARE) * length:
                return a, length - b
    enough = strictness * STEP_ALONE
    alone = [
        max((w for w, (step, black) in found.items() if step >= enough and black), default=0) for found in (first, last)
    ]
    return alone[0], length - alone[1]


def _edges(
    seen: FrameStatistics, axis: int, flip: bool, span: tuple[int, int], least_step: float
) -> dict[int, tuple[float, bool]]:
    """Widths that the bar at one edge may have -> share of the first lines of content that differ from it, and whether
    it is black."""
    across = slice(*span, max(1, (span[1] - span[0]) // SAMPLES_ACROSS))
    low, high = (_turned(x, axis, flip)[:, across] for x in (seen.low, seen.high))
    length = low.shape[0]
    outermost = slice(SKIPPED_EDGE_PX + _least(length))
    if _bar_pixels(low[outermost], high[outermost])[SKIPPED_EDGE_PX:].mean() < BAR_SHARE:
        return {}
    inside = _bar_pixels(low, high)
    share = inside.mean(1)
    share[:SKIPPED_EDGE_PX] = np.maximum(share[:SKIPPED_EDGE_PX], LINE_SHARE)
    ends = np.flatnonzero(share < LINE_SHARE)
    most = min(int(ends[0]) + 1 if len(ends) else length, round((1 - MIN_CONTENT_SHARE) * length), length - 4)
    black = int(high[SKIPPED_EDGE_PX : SKIPPED_EDGE_PX + 4].max(-1).mean()) <= MAX_BLACK
    found: dict[int, tuple[float, bool]] = {}
    for w in range(_least(length), most + 1):
        step = 1 - float(share[w : w + 3].min())
        clear = float(share[max(SKIPPED_EDGE_PX, w - 6) : max(w - 2, SKIPPED_EDGE_PX + 1)].mean())
        if (
            step >= least_step
            and clear >= CLEAR_SHARE
            and share[SKIPPED_EDGE_PX:w].mean() >= BAR_SHARE
            and share[w - 1] >= LINE_SHARE
        ):
            found[w] = (step, black)
    if found:  # of neighbouring candidates the one with the largest step
        best = max(found, key=lambda w: (round(found[w][0], 2), w))
        found = {w: v for w, v in found.items() if w == best or (abs(w - best) > 4 and v[0] >= 0.8 * found[best][0])}
    return found


def _bar_pixels(low: Image, high: Image) -> BoolArray:
    """(lines, across) pixels that always have the colour of the outermost lines."""
    edge = np.stack([low[SKIPPED_EDGE_PX : SKIPPED_EDGE_PX + 4], high[SKIPPED_EDGE_PX : SKIPPED_EDGE_PX + 4]]).reshape(
        -1, 3
    )
    return _coloured(low, high, edge)


def _coloured(low: Image, high: Image, samples: Image) -> BoolArray:
    """(lines, across) pixels that always have the median colour of the samples (n, 3)."""
    colour = np.median(samples, axis=0)
    down, up = (
        np.clip(colour - TOLERANCE, 0, 255).astype(np.uint8),
        np.clip(colour + TOLERANCE, 0, 255).astype(np.uint8),
    )
    return np.asarray(((low >= down) & (high <= up)).all(-1))


def _least(length: int) -> int:
    """Lines that a bar has at least."""
    return max(MIN_BAR_PX, round(MIN_BAR_SHARE * length))


def _turned(image: NDArray[T], axis: int, flip: bool) -> NDArray[T]:
    """A view whose first axis runs inwards from the edge in question."""
    image = image if axis == 0 else image.swapaxes(0, 1)
    return image[::-1] if flip else image


def blurred_bars(seen: FrameStatistics) -> ContentArea | None:
    """The sharp content between two sides that show it enlarged and blurred."""
    height, width = seen.low.shape[:2]
    for axis in (1, 0):
        profile = seen.sharpness[axis] / seen.frames
        length = len(profile)
        content = float(np.percentile(profile[length * 3 // 10 : length * 7 // 10], 75))
        sharp = np.flatnonzero(profile > SHARP * content)
        if content < MIN_SHARPNESS or len(sharp) < MIN_CONTENT_SHARE * length:
            continue
        # the step to the content is the sharpest of the first lines
        first = int(sharp[0]) + int(np.argmax(profile[sharp[0] : sharp[0] + STEP_PX]))
        last = int(sharp[-1]) - int(np.argmax(profile[sharp[-1] : sharp[-1] - STEP_PX : -1])) + 1
        if min(first, length - last) < MIN_BLURRED_SHARE * length or abs(first - (length - last)) > max(
            4, 0.01 * length
        ):
            continue
        if np.percentile(np.concatenate([profile[2 : first - 4], profile[last + 4 : -2]]), 95) > BLURRED * content:
            continue
        area = ContentArea(first, 0, last, height) if axis else ContentArea(0, first, width, last)
        if _likeness(seen.last, area) >= MIN_LIKENESS:
            return area
    return None


def _likeness(image: Image, area: ContentArea) -> float:
    """Correlation of the sides with the content enlarged until it fills the frame, both much reduced."""
    height, width = image.shape[:2]
    content = cv2.resize(image[area.slices], None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    scale = max(width / area.width, height / area.height)
    big = cv2.resize(
        content, (round(area.width * scale / 8), round(area.height * scale / 8)), interpolation=cv2.INTER_AREA
    )
    small = cv2.resize(image, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    top, left = (big.shape[0] - small.shape[0]) // 2, (big.shape[1] - small.shape[1]) // 2
    if top < 0 or left < 0:
        return 0.0
    big = cv2.GaussianBlur(big[top : top + small.shape[0], left : left + small.shape[1]], (0, 0), 4)
    small = cv2.GaussianBlur(small, (0, 0), 2)
    side = np.ones(small.shape[:2], bool)
    side[area.top // 8 : -(-area.bottom // 8) + 1, area.left // 8 : -(-area.right // 8) + 1] = False
    a, b = small[side].astype(float).ravel(), big[side].astype(float).ravel()
    if min(len(a), len(b)) < 50 or a.std() < 2 or b.std() < 2:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _sharpness(image: Image) -> tuple[FloatArray, FloatArray]:
    """(H,), (W,) mean difference of the green channel from its own 3 x 3 mean, levels, by row and column."""
    green = cv2.extractChannel(image, 1)
    difference = cv2.absdiff(green, cv2.blur(green, (3, 3)))
    rows, columns = (cv2.reduce(difference, dim, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel() for dim in (1, 0))
    return np.asarray(rows), np.asarray(columns)
