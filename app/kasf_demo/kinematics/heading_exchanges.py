"""Turns about the vertical from the heading of the pelvis or shoulder line, with left and right exchanged or not.

A detector exchanges left and right while somebody spins, and each exchange turns the line by 180 degrees. The most
likely sequence of exchanges is the one in which the line turns evenly: the cheapest path (Viterbi 1967) over frames,
in which a change of the step from frame to frame, an exchanged frame and a step faster than anybody turns cost
something. The number of whole turns is part of the state, so the best path with another number of turns is known too:
where it costs little more, the turns are not known.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray

Counts = NDArray[np.integer[Any]]
MAX_DEG_PER_S = 2600.0  # quadruple jumps turn 6 to 7 times a second at most
# Costs are negative logarithms of probabilities. A step changes by NOISE_DEG by chance: 20 mm of noise on a pelvis line
# of 0.24 m is 7 degrees of its heading, and a change of step has 2.4 times that
NOISE_DEG = 16.0
EXCHANGED, CHANGES = 0.85, 0.35  # of an exchanged frame, and of an exchange that begins or ends
MIN_MARGIN = 5.0  # the second best number of turns must be so much less likely: e^-5 is 0.7 %
MAX_WRAPS = 60  # whole turns either way that are counted at most


class Headings(NamedTuple):
    """deg (T,): continuous heading; exchanged (T,): left and right are exchanged there; margin: by how much the best
    path with another number of turns costs more."""

    deg: FloatArray
    exchanged: BoolArray
    margin: float


def steady_heading(deg: FloatArray, times_s: FloatArray) -> Headings:
    """The most likely continuous heading of (T,) degrees, none of them NaN, at (T,) times; T >= 3.

    Between the first and the last frame; that both are exchanged makes no difference.
    """
    # each exchange may have unwrapped the heading by a whole turn either way: those turns would leave the states
    deg = np.asarray(180 - np.mod(180 - deg, 360))
    count, gaps_s = len(deg), np.diff(times_s)
    # states: s0 and s1 (first and current frame exchanged), before (the frame before exchanged), m (wraps so far)
    most = min(int(MAX_DEG_PER_S * (times_s[-1] - times_s[0]) / 360) + 2, MAX_WRAPS)
    size = 2 * most + 1
    cost = np.full((2, 2, 2, size), np.inf)  # s0, before, now, m
    steps = np.empty((count - 1, 2, 2))
    for i in range(count - 1):
        for before in (0, 1):
            for now in (0, 1):
                steps[i, before, now] = _wrapped(deg[i + 1] - deg[i] + 180 * (now - before))
    wraps = np.rint((steps - (deg[1:] - deg[:-1])[:, None, None] - _OFFSET) / 360).astype(int)
    for before in (0, 1):
        for now in (0, 1):
            m = int(wraps[0, before, now]) + most
            if 0 <= m < size:
                cost[before, before, now, m] = _own(before, now, steps[0, before, now], gaps_s[0]) + EXCHANGED * before
    back: Counts = np.zeros((count - 1, 2, 2, 2, size), np.int8)
    for i in range(1, count - 1):
        cost, back[i] = _step(cost, steps[i - 1], steps[i], wraps[i], gaps_s[i - 1], gaps_s[i])
    return _best(cost, back, deg, wraps)


_OFFSET = np.array([[0.0, 180.0], [-180.0, 0.0]])  # 180 (now - before)


def _wrapped(deg: float) -> float:
    return float(180 - np.mod(180 - deg, 360))


def _own(before: int, now: int, step: float, gap_s: float) -> float:
    """The cost of being in a frame after a step, whatever was before."""
    return EXCHANGED * now + CHANGES * (before != now) + 2 * max(abs(step) - MAX_DEG_PER_S * gap_s, 0.0) / NOISE_DEG


def _step(
    cost: FloatArray, last: FloatArray, new: FloatArray, wraps: Counts, last_s: float, gap_s: float
) -> tuple[FloatArray, Counts]:
    """Costs after one more frame, and which state two frames earlier each comes from. last, new (2, 2): steps by the
    exchange before and after; wraps (2, 2): of the new ones."""
    out = np.full_like(cost, np.inf)
    came: Counts = np.zeros(cost.shape, np.int8)
    for now in (0, 1):
        for after in (0, 1):
            step = new[now, after]
            change = np.abs(step - last[:, now] * gap_s / last_s) / NOISE_DEG  # (before,)
            through = cost[:, :, now, :] + change[None, :, None]
            best = np.argmin(through, axis=1)
            least = np.take_along_axis(through, best[:, None], axis=1)[:, 0] + _own(now, after, step, gap_s)
            shift = int(wraps[now, after])
            out[:, now, after] = _shifted(least, shift, np.inf)
            came[:, now, after] = _shifted(best, shift, 0)
    return out, came


def _shifted(values: NDArray[Any], by: int, fill: float) -> NDArray[Any]:
    out = np.full_like(values, fill)
    size = values.shape[-1]
    if abs(by) < size:
        out[..., max(by, 0) : size + min(by, 0)] = values[..., max(-by, 0) : size - max(by, 0)]
    return out


def _best(cost: FloatArray, back: Counts, deg: FloatArray, wraps: Counts) -> Headings:
    """The cheapest path, from its end to its beginning, and the cheapest of those with another number of turns."""
    s0, before, now, m = (int(i) for i in np.unravel_index(int(np.argmin(cost)), cost.shape))
    lowest = float(cost[s0, before, now, m])
    # (s0, now, m): half turns in all, apart from the headings of the first and last frame
    halves = 2 * (np.arange(cost.shape[-1]) - cost.shape[-1] // 2)[None, None] + np.array([[0, 1], [-1, 0]])[:, :, None]
    others = cost.min(axis=1)[halves != halves[s0, now, m]]
    margin = float(others.min() - lowest) if np.isfinite(lowest) else 0.0
    exchanged = np.zeros(len(deg), bool)
    first = s0
    for i in range(len(deg) - 2, -1, -1):
        exchanged[i + 1], exchanged[i] = now, before
        if i == 0:
            break
        earlier = int(back[i, first, before, now, m])
        m -= int(wraps[i, before, now])
        before, now = earlier, before
    own = np.unwrap(deg + 180 * exchanged, period=360.0)
    return Headings(own, exchanged, margin)
