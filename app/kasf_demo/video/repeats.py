"""Repeated frames: an image that is stored again instead of a new one, as in 24 frames/s put into 30, doubled rates,
screen recordings and slow motion made by showing each frame several times. Copies differ by coding noise only.

A repeat shows as a change from the frame before that is several times smaller than the changes just before and just
after it. Natural motion does not stop and start again from one frame to the next. Where nothing moves, nothing can be
found, and nothing depends on it; there a pattern that holds in the moving parts is continued.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import cv2
import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray, Image

SMALL_PX = 192  # longer side of the images compared: coding noise averages out
CHANGED_SHARE = 0.005  # the share of the pixels that change most is compared: a small athlete in a static scene
MAX_COPIES = 8  # maximum number of frames in a row that repeat one image
NOISE_LEVELS = 1.5  # of 255: smaller changes are not distinguished
MIN_RATIO = 4.0  # minimum ratio of the change of the new images on both sides to that of a copy
MIN_MOVING_LEVELS = 20.0  # of 255: a smaller change may be coding noise
MAX_UNEVEN = 1.4  # images, between the earliest and the latest shown, for a regular pattern
CONTENT_RATES = (6, 8, 10, 12, 12.5, 15, 16, 18, 20, 24000 / 1001, 24, 25, 30000 / 1001, 30, 48, 50, 60000 / 1001, 60)
RATE_SPREAD = 0.04  # maximum difference of a pattern's rate from the measured rate, relative
PHASES = 80


class ImageChanges:
    """How much each frame differs from the one before: `feed` every frame in order, then read `levels`."""

    def __init__(self) -> None:
        self._levels = array("f")
        self._before: FloatArray | None = None

    def feed(self, image: Image) -> None:
        """The next frame, (H, W, 3)."""
        small = _small(image)
        level = np.inf
        if self._before is not None and self._before.shape == small.shape:
            change = np.abs(small - self._before).ravel()
            most = max(1, round(CHANGED_SHARE * change.size))
            level = float(np.partition(change, change.size - most)[-most:].mean())
        self._levels.append(level)
        self._before = small

    @property
    def levels(self) -> FloatArray:
        """(T,) mean change of the pixels that change most, grey levels of 255; infinite for the first frame."""
        return np.array(self._levels, float)


def _small(image: Image) -> FloatArray:
    """The green channel, not above SMALL_PX. Of a large image every second, third, ... pixel is left out first."""
    step = max(1, max(image.shape[:2]) // (2 * SMALL_PX))
    green = np.ascontiguousarray(image[::step, ::step, 1])
    shrink = min(1.0, SMALL_PX / max(green.shape))
    small = cv2.resize(green, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else green
    return np.asarray(small, np.float32)


@dataclass(frozen=True)
class Repeats:
    """distinct (T,): frames that show a new image. times_s (D,): when those images follow each other, in seconds of the
    clip as played: evenly where they follow a constant rate, else as first shown. rate_hz: new images per second of the
    clip as played."""

    distinct: BoolArray
    times_s: FloatArray
    rate_hz: float
    regular: bool

    @property
    def any(self) -> bool:
        return not bool(self.distinct.all())

    @property
    def copies(self) -> float:
        """Frames per image, on average."""
        return len(self.distinct) / max(1, int(self.distinct.sum()))


def find_repeats(levels: FloatArray, media_s: FloatArray) -> Repeats:
    """Which frames of one shot repeat the one before. levels (T,): ImageChanges.levels; media_s (T,): time stamps,
    s."""
    t = len(levels)
    before, after = _levels_around(levels)
    level = np.minimum(before, after)
    copy = _copies(levels, level)
    if not copy.any():
        return as_stamped(np.ones(t, bool), media_s)
    judged = copy | ((level >= MIN_MOVING_LEVELS) & (2 * levels >= level))  # surely copies, surely new
    new = (2 * levels >= np.maximum(before, after)) & (levels >= MIN_MOVING_LEVELS)  # at the ends too
    copy = _plausible(copy, judged)
    if not copy.any():
        return as_stamped(np.ones(t, bool), media_s)
    if (found := _regular(copy, judged, new, media_s)) is not None:
        return found
    return as_stamped(_thinned(~copy, judged), media_s)


def _levels_around(levels: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(T,) the largest changes within MAX_COPIES frames before, and after, each frame, of 255; 0 at the ends."""
    known = np.where(np.isfinite(levels), levels, 0.0)
    padded = np.concatenate([np.zeros(MAX_COPIES), known, np.zeros(MAX_COPIES)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, MAX_COPIES).max(-1)
    return windows[: len(levels)], windows[MAX_COPIES + 1 :]


def _copies(levels: FloatArray, level: FloatArray) -> BoolArray:
    """(T,) runs of little change between two frames of large change."""
    low = np.maximum(levels, NOISE_LEVELS) * MIN_RATIO <= level
    out = np.zeros(len(levels), bool)
    for a, b in _runs(low):
        most = MIN_RATIO * max(float(levels[a:b].max()), NOISE_LEVELS)
        if a > 0 and b < len(levels) and b - a < MAX_COPIES and levels[a - 1] >= most and levels[b] >= most:
            out[a:b] = True
    return out


def _runs(mask: BoolArray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _plausible(copy: BoolArray, judged: BoolArray) -> BoolArray:
    """Without the runs that are much longer than usual: a pause of the athlete is no repeated frame."""
    usual = _frames_per_image(copy, judged)
    out = copy.copy()
    for a, b in _runs(copy):
        if not usual / 2 - 0.5 <= b - a + 1 <= 2 * usual + 0.5:
            out[a:b] = False
    return out


def _frames_per_image(copy: BoolArray, judged: BoolArray) -> float:
    """Mean number of frames that show the same image, where there is motion to judge it by."""
    return float(judged.sum() / max(1, (judged & ~copy).sum()))


def _regular(copy: BoolArray, judged: BoolArray, new: BoolArray, media_s: FloatArray) -> Repeats | None:
    """Images at a constant rate, each shown within about a frame of when it is due. Where frames cannot be judged,
    image number floor(k q + phase) is taken to be shown in frame k, with q images per frame."""
    if len(media_s) < 3:
        return None
    fps = (len(media_s) - 1) / float(media_s[-1] - media_s[0])
    even_s = media_s[0] + np.arange(len(media_s)) / fps
    measured = 1 / _frames_per_image(copy, judged)
    if np.abs(even_s - media_s).max() > 0.6 / fps or measured > 0.99:
        return None
    k, found = np.arange(len(copy)), None
    least = MAX_UNEVEN
    shares = [rate / fps for rate in CONTENT_RATES] + [1 / n for n in range(2, MAX_COPIES + 1)]
    for q in [q for q in shares if abs(q - measured) <= RATE_SPREAD * measured and q < 0.995]:
        for phase in (np.arange(PHASES) + 0.5) / PHASES:
            distinct = np.where(judged | new, ~copy, np.diff(np.floor(k * q + phase), prepend=-1) > 0)
            distinct[0] = True
            ahead = np.cumsum(distinct)[distinct] - k[distinct] * q  # images, of an even clock
            if (uneven := float(np.ptp(ahead))) < least - 1e-9:
                least, found = uneven, (distinct, q * fps)
    if found is None:
        return None
    distinct, rate_hz = found
    return Repeats(
        distinct, _even_times(np.arange(int(distinct.sum()), dtype=float), media_s[distinct], rate_hz), rate_hz, True
    )


def _even_times(number: FloatArray, shown_s: FloatArray, rate_hz: float) -> FloatArray:
    """(D,) evenly spaced times of images (D,), by number, first shown at shown_s.

    A clip from its beginning starts with its first image on time. Elsewhere the images are taken to be shown late by a
    quarter of what the pattern varies by: between a player that shows each at the next frame and one that shows it at
    the nearest.
    """
    even_s = number / rate_hz
    late_s = shown_s - even_s
    offset_s = late_s[0] if abs(shown_s[0]) < 1e-9 else float(late_s.mean() - 0.25 * np.ptp(late_s))
    if np.ptp(late_s) < 1e-3 / rate_hz:  # each image as many times: none is late
        offset_s = float(np.median(late_s))
    times_s = even_s + offset_s
    times_s[0] = max(float(times_s[0]), float(shown_s[0]))  # the first frame may be a later copy
    return np.asarray(times_s)


def _thinned(distinct: BoolArray, judged: BoolArray) -> BoolArray:
    """If too little moves to recognise copies, as many frames per image as elsewhere, if that is two or more."""
    every = round(_frames_per_image(~distinct, judged))
    out = distinct.copy()
    for a, b in _runs(~judged) if every > 1 else ():
        out[a:b] = (np.arange(b - a) % every) == 0
    out[:1] = True
    return out


def as_stamped(distinct: BoolArray, media_s: FloatArray) -> Repeats:
    """The repeats with each image at the time stamp (n,) of the frame that shows it first."""
    times_s = np.asarray(media_s, float)[distinct]
    span_s = float(times_s[-1] - times_s[0]) if len(times_s) > 1 else 0.0
    return Repeats(distinct, times_s, (len(times_s) - 1) / span_s if span_s > 0 else float("nan"), False)
