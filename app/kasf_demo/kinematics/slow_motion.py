"""Detection of slow motion from a person's motion: a fall slower than free fall, or long steps at a low cadence.

Slowed down s times, a body in the air falls at g / s^2, and the walk ratio (length of a step by the cadence) is s times
larger. The walk ratio of adults is 0.006 m per step per minute at all usual speeds (Sekiya and Nagasaki, Gait & Posture
7, 1998); running is near 0.007.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from kasf_demo.kinematics.contacts import ankle_heights
from kasf_demo.kinematics.flight import G_M_PER_S2, TOES_LEAVE_M
from kasf_demo.kinematics.measure import seen_only
from kasf_demo.kinematics.peaks import find_peaks
from kasf_demo.kinematics.segments import centre_of_mass, facing, joint
from kasf_demo.kinematics.vectors import dot
from kasf_demo.types.arrays import FloatArray, runs
from kasf_demo.types.people import Pose3D

MAX_FALL = 0.42  # maximum acceleration in slow motion, in g: a larger one may be a bad estimate at full speed
MIN_SAG_M = 0.12  # minimum sag of the path of the centre of mass within a flight: g t^2 / 8
MAX_OFF = 0.12  # maximum RMS distance from the parabola, relative to its sag
MIN_CLEAR_M = 0.05  # minimum height of the lower ankle above TOES_LEAVE_M at the top of a flight
MIN_FLIGHT_S, MIN_FLIGHT_FRAMES = 0.45, 8
MIN_STEPS = 4
MIN_SWING = 0.6  # minimum swing of a foot from behind the pelvis to ahead of it, in leg lengths
MAX_UNEVEN = 0.3  # maximum standard deviation of the time between steps, relative to its mean
WALK_RATIO, MIN_WALK_RATIO = 0.0065, 0.0125  # m per step per minute: ordinary, and of slow motion


class SlowMotion(NamedTuple):
    """factor: by how much the motion is slowed down, roughly; why: in words."""

    factor: float
    why: str

    def warning(self, person: int) -> str:
        """For the user."""
        remedy = "give --slowmo FACTOR or --capture-fps RATE, else times and speeds are those of the clip as played"
        return f"person {person} {self.why}: slow motion is likely, about {self.factor:.2g} times slower; {remedy}"


def find_slow_motion(pose: Pose3D, *, heights_known: bool = True) -> SlowMotion | None:
    """Evidence of slow motion in (T, 17, 3) poses in world axes; None without evidence. heights_known: False if heights
    above the floor are unreliable, as for a carried camera."""
    if pose.valid.sum() < 2 * MIN_FLIGHT_FRAMES:
        return None
    xyz = seen_only(pose)
    return (_slow_fall(xyz, pose) if heights_known else None) or _slow_steps(xyz, pose)


def _slow_fall(xyz: FloatArray, pose: Pose3D) -> SlowMotion | None:
    """From the longest stay in the air that is a clean parabola."""
    above = np.min(ankle_heights(xyz, pose.valid), axis=1) - TOES_LEAVE_M
    centre, t = centre_of_mass(xyz)[:, 2], pose.times_s
    with np.errstate(invalid="ignore"):
        spans = runs(above > 0)
    best = (0.0, 0.0)  # sag, fall
    for a, b in spans:
        inside = a > 0 and b < len(above) and bool(np.isfinite(above[[a - 1, b]]).all())
        if not inside or b - a < MIN_FLIGHT_FRAMES or t[b - 1] - t[a] < MIN_FLIGHT_S or above[a:b].max() < MIN_CLEAR_M:
            continue
        x = t[a:b] - t[a:b].mean()
        curve = np.polyfit(x, centre[a:b], 2)
        fall = float(-2 * curve[0])
        sag = fall * float(t[b - 1] - t[a]) ** 2 / 8
        off = float(np.sqrt(np.mean((centre[a:b] - np.polyval(curve, x)) ** 2)))
        top_inside = abs(curve[1]) < fall * (x[-1] - x[0]) / 2
        if fall <= MAX_FALL * G_M_PER_S2 and sag >= MIN_SAG_M and off <= MAX_OFF * sag and top_inside:
            best = max(best, (sag, fall))
    if not best[1]:
        return None
    share = best[1] / G_M_PER_S2
    return SlowMotion(share**-0.5, f"falls at {share:.2g} g in the air (1 g is real time)")


def _slow_steps(xyz: FloatArray, pose: Pose3D) -> SlowMotion | None:
    """From the swing of the ankles past the pelvis."""
    forward = facing(xyz).forward
    leg_m = float(np.nanmedian(np.linalg.norm(joint(xyz, "r_hip") - joint(xyz, "r_knee"), axis=-1)
                               + np.linalg.norm(joint(xyz, "r_knee") - joint(xyz, "r_ankle"), axis=-1)))  # fmt: skip
    apart = dot(joint(xyz, "r_ankle") - joint(xyz, "l_ankle"), forward)
    known = np.isfinite(apart)
    if known.sum() < 2 * MIN_FLIGHT_FRAMES or not np.isfinite(leg_m):
        return None
    at = np.flatnonzero(known)
    y = np.interp(np.arange(at[0], at[-1] + 1), at, apart[at])
    t = pose.times_s[at[0] : at[-1] + 1]
    peaks = [find_peaks(sign * y, MIN_SWING * leg_m) for sign in (1, -1)]
    steps = sorted([(int(i), 1) for i in peaks[0]] + [(int(i), -1) for i in peaks[1]])
    if len(steps) < MIN_STEPS or any(a[1] == b[1] for a, b in pairwise(steps)):
        return None
    i = np.array([frame for frame, _ in steps])
    between = np.diff(t[i])
    if between.std() > MAX_UNEVEN * between.mean():
        return None
    length_m, cadence = float(np.median(np.abs(y[i]))), 60 / float(between.mean())
    ratio = length_m / cadence
    if ratio < MIN_WALK_RATIO:
        return None
    return SlowMotion(ratio / WALK_RATIO, f"takes steps of {length_m:.1f} m at {cadence:.0f} per minute")
