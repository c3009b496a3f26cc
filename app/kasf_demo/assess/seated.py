"""Is the lowest part of a repetition a squat, or does the athlete sit on something?

Who squats is in balance: the trunk leans forward most near the lowest point, once. Who sits may come upright while the
pelvis stays down, and leans forward again before rising (the flexion momentum phase; Schenkman et al., Phys Ther 70,
1990). Measurements: docs/decisions.md, "Tests that coaches run, jumps and spins".
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from kasf_demo.assess.values import Recording
from kasf_demo.kinematics.contacts import ANKLES
from kasf_demo.kinematics.segments import centre_of_mass, facing
from kasf_demo.types.arrays import FloatArray

Rest = Literal["squat", "seated", "unsure"]
BOTTOM = 0.15  # the pelvis is down within this share of its way
SEATED_DEG = 5.0  # the trunk comes up by more and leans forward again: captured squats 0.3 to 1.4, chair rises 6 to 47
BACK_M = 0.12  # the centre of mass goes back by more: captured squats 0.06 to 0.10, sitting 0.06 to 0.33
LONG_S = 1.5  # at the bottom


def rest_of(recording: Recording, first: int, lowest: int, last: int) -> Rest:
    """What the body does at the bottom of a repetition, from its first, lowest and last frame."""
    z = recording.xyz[:, 0, 2]
    level = z[lowest] + BOTTOM * (max(z[first], z[last]) - z[lowest])
    start = end = lowest
    while start > first and z[start] < level:
        start -= 1
    while end < last and z[end] < level:
        end += 1
    if uprighting_deg(recording.motion.angles["trunk_lean_forward"][start : end + 1]) >= SEATED_DEG:
        return "seated"
    long = recording.times_s[end] - recording.times_s[start] >= LONG_S
    return "unsure" if long or _goes_back_m(recording, (first, last), start, end) >= BACK_M else "squat"


def uprighting_deg(lean: FloatArray) -> float:
    """How far a forward lean (N,) goes back between two moments at which it is greater; 0 if it only rises and
    falls."""
    known = lean[np.isfinite(lean)]
    if len(known) < 3:
        return 0.0
    before, after = np.maximum.accumulate(known), np.maximum.accumulate(known[::-1])[::-1]
    return float((np.minimum(before, after) - known).max())


def _goes_back_m(recording: Recording, upright: tuple[int, int], start: int, end: int) -> float:
    """How far the centre of mass is behind its place over the ankles when upright, at most."""
    xyz = recording.xyz
    ahead = np.sum((centre_of_mass(xyz) - xyz[:, ANKLES].mean(1)) * facing(xyz).forward, axis=-1)
    back = ahead[list(upright)].mean() - ahead[start : end + 1]
    return float(back[np.isfinite(back)].max(initial=0.0))
