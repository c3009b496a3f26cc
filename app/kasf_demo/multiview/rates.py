"""Clocks that run at other rates than the first camera's: slow motion with wrong time stamps, and drift.

A view's frames get the times at which the first camera's clock would have them, but for an offset; then all else only
knows offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kasf_demo.multiview.body_bundle import fit_bodies
from kasf_demo.multiview.body_views import Fitted
from kasf_demo.multiview.calibrate import FINE, ViewCalibration, known_of
from kasf_demo.multiview.moments import common_grid, gathered, with_points
from kasf_demo.multiview.seen import SeenView
from kasf_demo.multiview.sync import rough_score
from kasf_demo.types.arrays import FloatArray

SLOWED = (2.0, 4.0, 5.0, 8.0, 10.0)  # how many times slower phones play what they filmed at 60 to 300 frames/s
SLOW_SCORE, SLOW_GAIN = 0.15, 0.12  # correlation that another rate must have, and have more than the same rate
WELL = 0.45  # correlation with which no other rate is looked for
ROUNDS = 4  # of drift and retiming: a fit reads keypoints along their speed, for a part of what is left
MAX_DRIFT = 0.01  # standard deviation before: clocks with wrong rates of 1000/1001 are within it
SURE = 3.0  # standard deviations from 0 that a drift is believed from
MATTERS_S = 0.004  # at the ends of the common part; less is not worth a change


@dataclass(frozen=True)
class ClockRate:
    """A clock's seconds for each of the first one's. slowed: how many times slower the clip plays; drift: by which
    share it is faster besides, with its standard deviation, infinite if unknown; drifts: whether times were changed for
    that."""

    slowed: float = 1.0
    drift: float = 0.0
    sigma: float = np.inf
    drifts: bool = False


def retimed(view: SeenView, rate: float, fixed_s: float) -> SeenView:
    """The view on a clock that runs 1 / rate times as fast and agrees at fixed_s."""
    return replace(view, times_s=fixed_s + (view.times_s - fixed_s) / rate)


def slow_motion(first: SeenView, second: SeenView) -> float:
    """How many times slower the second view plays than the first; below 1: the first plays slower. By the correlation
    of motion at these rates; 1 unless another one is much better."""
    same = _correlation(first, second)
    if same > WELL:
        return 1.0
    rates = [r for s in SLOWED for r in (s, 1 / s)]
    found = [(_correlation(first, retimed(second, r, float(second.times_s[0]))), r) for r in rates]
    score, rate = max(found)
    return rate if score > max(SLOW_SCORE, same + SLOW_GAIN) else 1.0


def _correlation(first: SeenView, second: SeenView) -> float:
    """The best of all people and offsets."""
    best = -1.0
    for a in first.people:
        for b in second.people:
            best = max(best, rough_score(a, b, first, second))
    return best


def undrifted(
    views: Sequence[SeenView], found: ViewCalibration, height_m: float, *, offset_known: bool
) -> tuple[FloatArray, FloatArray, list[SeenView]]:
    """(C,) by which share each clock is faster than the first one, with standard deviations, by the fit of cameras and
    bodies; and the views at the first one's rate."""
    total, sigma = np.zeros(len(views)), np.full(len(views), np.inf)
    now, at = list(views), found
    for _ in range(ROUNDS):
        more, sigma, fitted = _drifts(now, at, height_m, offset_known)
        middle_s = float(common_grid(now, at.offsets_s, FINE).mean())
        offsets_s = at.offsets_s + fitted.state.offset_s
        clocks = middle_s + offsets_s
        now = [v if c == 0 else retimed(v, 1 + more[c], clocks[c]) for c, v in enumerate(now)]
        at = replace(at, cameras=fitted.state.cameras, offsets_s=offsets_s)
        total = (1 + total) * (1 + more) - 1
        if (np.abs(more) < 0.3 * sigma + 1e-9).all():
            break
    return total, sigma, now


def _drifts(
    views: Sequence[SeenView], found: ViewCalibration, height_m: float, offset_known: bool
) -> tuple[FloatArray, FloatArray, Fitted]:
    seen, lifted = gathered(views, found.matches, found.offsets_s, height_m, FINE)
    start = with_points(found.cameras, np.zeros(len(views)), found.lean, seen, lifted)
    start = replace(start, lengths_m=found.lengths_m, drift=np.zeros(len(views)))
    known = replace(known_of(views, offset_known), drift=MAX_DRIFT)
    fitted = fit_bodies(start, seen, known)
    assert fitted.state.drift is not None
    return fitted.state.drift, fitted.drift_sigma, fitted


def is_sure(drift: float, sigma: float, seconds: float) -> bool:
    """Whether a drift is certain, and large enough to matter over the common part."""
    return bool(abs(drift) > SURE * sigma and abs(drift) * seconds / 2 > MATTERS_S)
