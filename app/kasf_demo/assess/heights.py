"""Heights over the floor, and the lowest points of a movement, of a recording."""

from __future__ import annotations

import numpy as np

from kasf_demo.assess.values import Measured, Recording, angle_at, faces_camera, missing, no_better_than
from kasf_demo.kinematics.contacts import ANKLES
from kasf_demo.kinematics.flight import TOES_LEAVE_M, find_flights
from kasf_demo.kinematics.segments import joint, to_left
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import Flight
from kasportsformer.skeleton import H36M

FLOOR_PERCENTILE, FLOOR_BAND_M = 5, 0.06  # standing ankles are those within the band above that percentile


def heights(recording: Recording) -> FloatArray:
    """(T, 2) of right and left ankle above that of one that stands on the floor: the lowest ground of the clip, so that
    a box is above it."""
    z = recording.xyz[:, ANKLES, 2]
    lower = z[recording.pose.valid].min(-1)
    low = np.percentile(lower, FLOOR_PERCENTILE)
    return np.asarray(z - np.median(lower[lower <= low + FLOOR_BAND_M]))


def flights_of(recording: Recording) -> tuple[Flight, ...]:
    """Flights over the lowest ground of the clip; where there are none, those over its usual ground."""
    return find_flights(recording.xyz, recording.times_s, heights(recording)) or recording.motion.events.flights


def contact_before(recording: Recording, takeoff_s: float) -> tuple[float, float] | None:
    """Start of the contact that ends with a take-off, seconds, and the greatest height of the lower ankle in the 0.8 s
    before it, metres; None if the clip does not show its start."""
    t, lower = recording.times_s, heights(recording).min(1) - TOES_LEAVE_M
    last = int(np.searchsorted(t, takeoff_s)) - 1
    first = last
    while first >= 0 and np.isfinite(lower[first]) and lower[first] <= 0:
        first -= 1
    if first < 0 or not np.isfinite(lower[first]) or first == last:
        return None
    share = lower[first] / (lower[first] - lower[first + 1])
    start_s = float(t[first] + share * (t[first + 1] - t[first]))
    before = (t >= start_s - 0.8) & (t <= start_s) & np.isfinite(lower)
    return start_s, float(lower[before].max() + TOES_LEAVE_M) if before.any() else 0.0


def lowest_frame(recording: Recording, start_s: float, end_s: float) -> int:
    """The frame of a span in which the pelvis is lowest."""
    t, z = recording.times_s, recording.xyz[:, 0, 2]
    inside = np.flatnonzero((t >= start_s) & (t <= end_s) & np.isfinite(z))
    return int(inside[np.argmin(z[inside])]) if len(inside) else recording.frame(end_s)


def knees_at(recording: Recording, frame: int, key: str, separation: str, difference: bool = False) -> list[Measured]:
    """Bend of both knees in a frame, their width, and if asked for the difference of the sides."""
    sides = [angle_at(recording, key, f"{side}_knee_flexion", frame, side) for side in ("r", "l")]
    found = [*sides, knee_separation(recording, frame, separation)]
    right, left = (m.value for m in sides)
    if difference and right is not None and left is not None:
        worst = max(sides, key=lambda m: ("good", "rough", "no").index(m.trust))
        value = Measured("knee_difference", right - left, worst.trust, None, None, sides[0].at_s, worst.note)
        found.append(no_better_than(value, "rough", "the leg on the far side is less sure"))
    return found


def knee_separation(recording: Recording, frame: int, key: str) -> Measured:
    """Distance between the knees by that between the hips, per cent."""
    hips, knees = (float(np.linalg.norm(to_left(recording.xyz[frame : frame + 1], part))) for part in ("hip", "knee"))
    at_s = float(recording.times_s[frame])
    if not np.isfinite([hips, knees]).all() or hips <= 0:
        return missing(key, "knees are not seen")
    value = Measured(key, 100 * knees / hips, "rough", None, None, at_s, "a proxy: it shows knees that fall inward")
    if recording.doubtful([H36M[f"{side}_knee"] for side in "rl"], frame):
        return no_better_than(value, "no", "a knee is doubtful at this moment")
    if not faces_camera(recording, frame):
        return no_better_than(value, "no", "seen from the side: film from the front to measure it")
    return value


def hip_below_knee(recording: Recording, frame: int) -> float:
    """Height of the knees minus that of the hips, mean of both sides, metres."""
    at = recording.xyz[frame : frame + 1]
    return float(np.mean([joint(at, f"{s}_knee")[0, 2] - joint(at, f"{s}_hip")[0, 2] for s in "rl"]))
