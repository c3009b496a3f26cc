"""Spins: turning by 360 degrees or more on one spot. Definitions: docs/sports.md."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.kinematics.segments import joint
from kasf_demo.kinematics.turning import LINES, find_turning
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.jumps import Foot, Spin
from kasf_demo.types.motion import Angles, Flight

MIN_TURNS = 1.0
MIN_FRAMES = 5
MIN_DEG_PER_S = 120.0  # slower, nobody spins
REACH_S = 0.25  # the rate is taken over this time either way
MAX_PAUSE_S = 0.3  # a shorter time of slow turning does not end a spin
MAX_SPIN_S = 20.0
MAX_TRAVEL_M = 0.5  # of the foot that the body turns on
MIN_RANGE_DEG = 300.0  # of either line over the clip: with less, nobody can have spun


def find_spins(xyz: FloatArray, angles: Angles, flights: Sequence[Flight]) -> tuple[Spin, ...]:
    """Spins in (T, 17, 3) world poses, in order of time, outside of flights."""
    if not any(np.ptp(known) >= MIN_RANGE_DEG for line in LINES.values() if len(known := _finite(angles[line]))):
        return ()
    found = []
    for run in runs(_turns_fast(angles, flights)):
        for a, b in _on_one_spot(xyz, *run):
            start_s, end_s = float(angles.times_s[a]), float(angles.times_s[b - 1])
            if b - a >= MIN_FRAMES and end_s - start_s <= MAX_SPIN_S:
                spin = _spin(xyz[a:b], angles, start_s, end_s)
                found += [spin] if spin is not None else []
    return tuple(found)


def _on_one_spot(xyz: FloatArray, start: int, end: int) -> list[tuple[int, int]]:
    """Parts of the frames start to end, in order, in each of which one foot stays: the longest first, then what is
    longest before and after it."""
    if end - start < MIN_FRAMES:
        return []
    best = (start, start)
    for side in "rl":
        ankle = joint(xyz, f"{side}_ankle")[:, :2]
        first = start
        for last in range(start + 1, end + 1):
            while first < last and not _spread(ankle[first:last]) <= MAX_TRAVEL_M:
                first += 1
            if last - first > best[1] - best[0]:
                best = (first, last)
    if best[1] - best[0] < MIN_FRAMES:
        return []
    return [*_on_one_spot(xyz, start, best[0]), best, *_on_one_spot(xyz, best[1], end)]


def _finite(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def _turns_fast(angles: Angles, flights: Sequence[Flight]) -> BoolArray:
    """(T,) frames in which the body turns one way for some time, by more than `MIN_DEG_PER_S`."""
    t = angles.times_s
    rates = []
    for name in LINES.values():
        deg = angles[name]
        known = np.isfinite(deg)
        if known.sum() < 5:
            continue
        low, high = np.clip(t - REACH_S, t[known][0], t[known][-1]), np.clip(t + REACH_S, t[known][0], t[known][-1])
        rates.append(np.interp(high, t[known], deg[known]) - np.interp(low, t[known], deg[known]))
        rates[-1] = rates[-1] / np.maximum(high - low, 1e-3)
    rate = np.mean(rates, axis=0) if rates else np.zeros(len(t))
    fast = np.zeros(len(t), bool)
    for sign in (1, -1):
        own = sign * rate > MIN_DEG_PER_S
        for a, b in runs(~own):
            if a > 0 and b < len(t) and t[b] - t[a] < MAX_PAUSE_S:
                own[a:b] = True
        fast |= own
    for flight in flights:
        fast &= (t < flight.takeoff_s) | (t > flight.landing_s)
    return fast


def _spin(xyz: FloatArray, angles: Angles, start_s: float, end_s: float) -> Spin | None:
    """None if it turns by less than once or travels."""
    turning = find_turning(angles, start_s, end_s)
    known = [turns for turns in (turning.shoulders, turning.pelvis) if turns is not None]
    if not known or min(abs(turns) for turns in known) < MIN_TURNS:
        return None
    spread = {side: _spread(joint(xyz, f"{side}_ankle")) for side in ("r", "l")}
    travel_m = min(spread.values())
    if not travel_m <= MAX_TRAVEL_M:
        return None
    both = max(spread.values()) <= MAX_TRAVEL_M
    foot: Foot = "both" if both else "r" if spread["r"] < spread["l"] else "l"
    return Spin(start_s, end_s, turning, foot, travel_m, tuple(("turns", text) for text in turning.why))


def _spread(ankle: FloatArray) -> float:
    """Diagonal of the level box that holds 90 % of the places of an ankle, metres."""
    known = ankle[np.isfinite(ankle).all(-1)]
    if not len(known):
        return float("inf")
    low, high = np.percentile(known[:, :2], [5, 95], axis=0)
    return float(np.linalg.norm(high - low))
