"""How much a calibration rests on single limbs and moments: keypoints of a limb are off together and for long, which
the fit's own covariance does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kasf_demo.multiview.body_bundle import fit_bodies
from kasf_demo.multiview.body_views import Known, State, Views
from kasf_demo.multiview.rotations import to_vector
from kasf_demo.types.arrays import BoolArray, FloatArray

LIMBS = tuple(range(start, start + 3) for start in range(0, 12, 3))  # joints that are left out together
PARTS_OF_TIME = 4  # of which each is left out
MIN_MOMENTS = 5  # moments that a fit needs


@dataclass(frozen=True)
class Spread:
    """Standard deviations by leaving out (jackknife, Efron 1982): of the cameras' rotations, deg (C,), and of their
    clocks, offset_s (C,)."""

    deg: FloatArray
    offset_s: FloatArray


def jackknife(state: State, seen: Views, known: Known) -> Spread:
    """Over fits that leave out one limb of one person, and over fits that leave out a part of the time, together."""
    by_limb = _spread(state, [fit_bodies(state, v, known).state for v in _without_limbs(seen)])
    rest = []
    for kept in _without_parts(seen):
        start = replace(state, points=state.points[kept])
        rest.append(fit_bodies(start, seen.moments(kept), known).state)
    by_time = _spread(state, rest)
    return Spread(np.hypot(by_limb.deg, by_time.deg), np.hypot(by_limb.offset_s, by_time.offset_s))


def _without_limbs(seen: Views) -> Sequence[Views]:
    out = []
    for person in range(len(seen.lengths_m)):
        for limb in LIMBS:
            sigma = seen.sigma_px.copy()
            sigma[np.ix_(np.arange(len(sigma)), np.flatnonzero(seen.person == person), np.array(limb))] = np.inf
            out.append(replace(seen, sigma_px=sigma))
    return out


def _without_parts(seen: Views) -> Sequence[BoolArray]:
    if seen.moment_s is None:
        return []
    parts = np.array_split(np.unique(seen.moment_s), PARTS_OF_TIME)
    kept = [~np.isin(seen.moment_s, part) for part in parts]
    return [k for k in kept if k.sum() >= MIN_MOMENTS]


def _spread(state: State, others: Sequence[State]) -> Spread:
    if len(others) < 2:
        return Spread(np.zeros(len(state.cameras)), np.zeros(len(state.cameras)))
    rotations = state.cameras.rotations
    turns = [[to_vector(r @ s.T) for r, s in zip(o.cameras.rotations, rotations, strict=True)] for o in others]
    factor = (len(others) - 1) / len(others)
    degrees = np.degrees(np.array(turns))
    clocks = np.array([o.offset_s - state.offset_s for o in others])
    return Spread(
        np.asarray(np.sqrt(factor * (degrees**2).sum((0, 2)))), np.asarray(np.sqrt(factor * (clocks**2).sum(0)))
    )
