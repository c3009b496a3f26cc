"""The offset between two clips by their sound: a second opinion beside the motion's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.video.sound import HOP_S, onsets
from kasf_demo.views.lifted import LiftedView

MIN_OVERLAP_S = 1.5
APART_S = 0.08  # peaks of the correlation nearer than that are one
CLEAR = 1.25  # how many times higher the best peak is than any other, if it is believed
MIN_SCORE = 0.15  # correlation of a peak that is believed
AGREE_S = 0.05  # sound takes 3 ms a metre, and motion may be a frame or two off


@dataclass(frozen=True)
class Heard:
    """offset_s: add it to the first clip's time, as played, for that of the second. score: correlation, -1 .. 1;
    clear: how many times that of any other offset."""

    offset_s: float
    score: float
    clear: float

    @property
    def sure(self) -> bool:
        """Whether it is believed."""
        return self.score > MIN_SCORE and self.clear > CLEAR


def heard_offset(first: tuple[float, FloatArray], second: tuple[float, FloatArray]) -> Heard | None:
    """By the highest correlation of onsets (`video.sound.onsets`) over all offsets; None if the clips are too short."""
    (start_a, a), (start_b, b) = first, second
    shortest = round(MIN_OVERLAP_S / HOP_S)
    if min(len(a), len(b)) < shortest:
        return None
    length = len(a) + len(b)
    x, y = np.fft.rfft(a, length), np.fft.rfft(b, length)
    ones = [np.fft.rfft(np.ones(len(v)), length) for v in (a, b)]
    squares = [np.fft.rfft(v**2, length) for v in (a, b)]

    def over(p: Any, q: Any) -> FloatArray:
        """Sums over the overlap at shifts -(len(a) - 1) .. len(b) - 1."""
        return np.roll(np.fft.irfft(np.conj(p) * q, length), len(a) - 1)[: length - 1]

    n = np.maximum(over(ones[0], ones[1]), 1e-9)
    sum_a, sum_b = over(x, ones[1]), over(ones[0], y)
    varied_a, varied_b = over(squares[0], ones[1]) - sum_a**2 / n, over(ones[0], squares[1]) - sum_b**2 / n
    size = np.sqrt(np.maximum(varied_a, 1e-9) * np.maximum(varied_b, 1e-9))
    score = (over(x, y) - sum_a * sum_b / n) / size
    score = np.where(n >= shortest - 0.5, score, -1.0)
    best = int(score.argmax())
    shift = best - (len(a) - 1)
    near = np.abs(np.arange(len(score)) - best) * HOP_S < APART_S
    other = float(score[~near].max(initial=1e-3))
    offset_s = start_b - start_a + (shift + _between(score, best)) * HOP_S
    return Heard(float(offset_s), float(score[best]), float(score[best] / max(other, 1e-3)))


def heard_offsets(lifted: Sequence[LiftedView]) -> list[Heard | None]:
    """By view, how its clock differs from the first one's by sound; None for the first, and unless all have sound."""
    nothing: list[Heard | None] = [None] * len(lifted)
    if not all(v.reader.info.has_audio for v in lifted):
        return nothing
    found = [onsets(v.reader.path) for v in lifted]
    if found[0] is None:
        return nothing
    # onsets are in seconds as played; clocks may begin elsewhere
    moved = [float(v.clock.times_s[0] - v.clock.media_s[0]) for v in lifted]
    out = nothing
    for c in range(1, len(lifted)):
        own = found[c]
        heard = None if own is None else heard_offset(found[0], own)
        out[c] = None if heard is None else replace(heard, offset_s=heard.offset_s + moved[c] - moved[0])
    return out


def heard_line(view: int, heard: Heard, offset_s: float) -> str:
    """What the sound says of a clock that was found at offset_s."""
    off_ms = 1000 * (heard.offset_s - offset_s)
    if abs(off_ms) < 1000 * AGREE_S:
        return f"view {view + 1}: the sound agrees with its clock ({off_ms:+.0f} ms)"
    return f"view {view + 1}: the sound has its clock {off_ms:+.0f} ms elsewhere; if that is right, give --sync-offset"


def _between(score: FloatArray, n: int) -> float:
    """Where between its neighbours a peak is, by a parabola, in steps."""
    if not 0 < n < len(score) - 1:
        return 0.0
    bend = score[n - 1] - 2 * score[n] + score[n + 1]
    return float(0.5 * (score[n - 1] - score[n + 1]) / bend) if bend < -1e-12 else 0.0
