"""Foot contacts: the ankle is near its lowest height and slow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.motion import POINTS, Angles, BodySide, Contact, Flight
from kasportsformer.skeleton import H36M

ANKLES = [H36M["r_ankle"], H36M["l_ankle"]]
STANDING_PERCENTILE = (
    # This percentile of the lower ankle's height is the height while standing. Most of a clip is on the floor; single
    # low ankles are errors
    50
)
NEAR_M = 0.05  # maximum height above that; a heel that rises lifts the ankle by more
SLOW_M_PER_S = 0.6  # planted feet in the demo clips' estimates slide at 0.25 m/s on average
MIN_S = 0.10
GLIDE_S = 1.0  # on either side of a moment
GLIDE_PERCENTILE = 35  # a jump of 0.6 s fills 30 % of that time


def ankle_heights(xyz: FloatArray, valid: BoolArray) -> FloatArray:
    """(T, 2) heights of right and left ankle above that of a standing one."""
    z = xyz[:, ANKLES, 2]
    return np.asarray(z - np.percentile(z[valid].min(-1), STANDING_PERCENTILE))


def gliding_heights(xyz: FloatArray, valid: BoolArray, times_s: FloatArray) -> FloatArray:
    """(T, 2) as `ankle_heights`, above where the lower ankle is within `GLIDE_S` on either side: who glides goes far,
    so that an error of the floor or of the camera grows along the way; a jump is short against that time."""
    z = xyz[:, ANKLES, 2]
    lower = np.where(valid, z.min(-1), np.nan)
    first, last = np.searchsorted(times_s, [times_s - GLIDE_S, times_s + GLIDE_S], side="left")
    level = [
        np.percentile(own, GLIDE_PERCENTILE) if len(own := _known(lower[a:b])) else np.nan
        for a, b in zip(first, last, strict=True)
    ]
    return np.asarray(z - np.array(level)[:, None])


def _known(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


SIDES: tuple[BodySide, BodySide] = ("r", "l")


def find_contacts(heights: FloatArray, angles: Angles, flights: Sequence[Flight]) -> tuple[Contact, ...]:
    """Spans of `MIN_S` or more in which a foot stands, in order of time. heights (T, 2), from `ankle_heights`."""
    times_s = angles.times_s
    found: list[Contact] = []
    for side, standing in zip(SIDES, ankles_stand(heights, angles, flights).T, strict=True):
        found += [
            Contact(side, float(times_s[a]), float(times_s[b - 1]))
            for a, b in runs(standing)
            if times_s[b - 1] - times_s[a] >= MIN_S
        ]
    return tuple(sorted(found, key=lambda c: c.start_s))


def ankles_stand(heights: FloatArray, angles: Angles, flights: Sequence[Flight]) -> BoolArray:
    """(T, 2) right, left: the ankle is low and slow."""
    slow = angles.m_per_s[:, [POINTS.index(f"{side}_ankle") for side in SIDES]] < SLOW_M_PER_S
    return np.asarray(slow & (heights < NEAR_M) & ~in_flight(angles.times_s, flights)[:, None])


def in_flight(times_s: FloatArray, flights: Sequence[Flight]) -> BoolArray:
    """(T,) True between take-off and landing."""
    inside = np.zeros(len(times_s), bool)
    for f in flights:
        inside |= (times_s > f.takeoff_s) & (times_s < f.landing_s)
    return inside
