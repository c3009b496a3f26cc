"""A change of direction: speeds in and out, angle, and the planted leg."""

from __future__ import annotations

import numpy as np

from kasf_demo.assess.values import (
    Assessment,
    Measured,
    NotShownError,
    Recording,
    angle_at,
    missing,
    no_better_than,
    timed,
)
from kasf_demo.kinematics.derivatives import derivative
from kasf_demo.kinematics.segments import joint
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.motion import BodySide

MIN_TURN_DEG = 30.0
MIN_M_PER_S = 1.2  # before and after
WALKING_M_PER_S = 1.2  # slower in the turn, it is a stop and a start
RUNNING_M_PER_S = 2.0  # people run from here on (Hreljac, Med Sci Sports Exerc 25, 1993)
NEAR_S, FAR_S = 0.2, 0.6
REACH_S = 0.2


def change_of_direction(recording: Recording) -> Assessment:
    """The sharpest turn of the path."""
    t = recording.times_s
    if not recording.reliable[recording.pose.valid].all():
        raise NotShownError(
            "the path over the ground is not known, since the camera moves",
            "film from a tripod that shows the whole run; panning is fine",
        )
    root = recording.xyz[:, 0, :2]
    velocity = derivative(root, t, recording.pose.valid, reach_s=REACH_S)
    speed = np.linalg.norm(velocity, axis=-1)
    turns = [(abs(angle), angle, i) for i in range(len(t)) if (angle := _turn_at(root, t, i)) is not None]
    if not turns or max(turns)[0] < MIN_TURN_DEG:
        sharpest = f"the sharpest is {max(turns)[0]:.0f}°" if turns else "nobody runs for long enough before and after"
        raise NotShownError(
            f"the clip shows no change of direction by {MIN_TURN_DEG:.0f}° or more at a run: {sharpest}",
            "film the run in, the turn and the run out",
        )
    best = max(turns)[0]
    close = [i for size, _, i in turns if size >= 0.9 * best]
    i = min(close, key=lambda frame: float(speed[frame]))
    angle = next(a for _, a, frame in turns if frame == i)
    at_s = float(t[i])
    side = _planted(recording, i)
    lowest = _lowest(speed, (t >= at_s - 0.4) & (t <= at_s + 0.4), t)
    slow = lowest.value is not None and lowest.value < WALKING_M_PER_S
    turned = Measured("turn_angle", angle, "rough", at_s=at_s, note="depth is the weak direction of one camera")
    values = (
        no_better_than(turned, "no", f"{lowest.value:.1f} m/s in the turn is below walking") if slow else turned,
        _speed("entry_speed", speed, (t >= at_s - 1.0) & (t < at_s), t),
        _speed("exit_speed", speed, (t > at_s) & (t <= at_s + 1.0), t),
        lowest,
        _contact(recording, side, at_s),
        _knee(recording, side, at_s),
        angle_at(recording, "plant_lean", "trunk_lean", i),
    )
    moments = ((at_s - 0.4, "before"), (at_s, "turn"), (at_s + 0.4, "after"))
    stops = "a stop and a start, no change of direction at a run: compare the images" if slow else ""
    ends = [v.value for v in values if v.key in ("entry_speed", "exit_speed") and v.value is not None]
    paced = "at walking pace before or after the turn" if min(ends, default=np.inf) < RUNNING_M_PER_S else ""
    notes = tuple(text for text in (stops, paced, "speeds scale with the height given") if text)
    return Assessment("cod", recording.rate_hz, values, moments, notes)


def _turn_at(root: FloatArray, t: FloatArray, i: int) -> float | None:
    """Angle between the path before and after a frame, degrees, positive to the left; None if it is slow on either
    side or not seen."""
    ways = []
    for low, high in ((t[i] - FAR_S, t[i] - NEAR_S), (t[i] + NEAR_S, t[i] + FAR_S)):
        if low < t[0] - 1e-9 or high > t[-1] + 1e-9:
            return None
        rows = np.flatnonzero((t >= low) & (t <= high) & np.isfinite(root[:, 0]))
        if len(rows) < 2:
            return None
        way = (root[rows[-1]] - root[rows[0]]) / (t[rows[-1]] - t[rows[0]])
        if np.linalg.norm(way) < MIN_M_PER_S:
            return None
        ways.append(way)
    (ax, ay), (bx, by) = ways
    return float(np.degrees(np.arctan2(ax * by - ay * bx, ax * bx + ay * by)))


def _speed(key: str, speed: FloatArray, inside: BoolArray, t: FloatArray) -> Measured:
    rows = np.flatnonzero(inside & np.isfinite(speed))
    if not len(rows):
        return missing(key, "not seen")
    top = rows[int(np.argmax(speed[rows]))]
    return Measured(key, float(speed[top]), "rough", at_s=float(t[top]), note="scales with the height given")


def _lowest(speed: FloatArray, inside: BoolArray, t: FloatArray) -> Measured:
    rows = np.flatnonzero(inside & np.isfinite(speed))
    low = rows[int(np.argmin(speed[rows]))]
    return Measured("lowest_speed", float(speed[low]), "rough", at_s=float(t[low]))


def _planted(recording: Recording, i: int) -> BodySide:
    """The lower foot in the turn."""
    at = recording.xyz[max(i - 2, 0) : i + 3]
    right, left = (float(np.nanmean(joint(at, f"{s}_ankle")[:, 2])) for s in "rl")
    return "r" if right < left else "l"


def _contact(recording: Recording, side: BodySide, at_s: float) -> Measured:
    near = [
        c for c in recording.motion.events.contacts
        if c.side == side and c.start_s - 0.15 <= at_s <= c.end_s + 0.15 and (c.toe_off or recording.pose.feet is None)
    ]  # fmt: skip
    if not near:
        return missing("contact_time", "no whole contact of the planted foot is seen", side)
    c = near[0]
    return timed(
        "contact_time",
        c.end_s - c.start_s + 1 / recording.rate_hz,
        recording.rate_hz,
        side=side,
        at_s=c.start_s,
        contact=True,
    )


def _knee(recording: Recording, side: BodySide, at_s: float) -> Measured:
    t, bend = recording.times_s, recording.motion.angles[f"{side}_knee_flexion"]
    rows = np.flatnonzero((np.abs(t - at_s) <= 0.2) & np.isfinite(bend))
    if not len(rows):
        return missing("plant_knee", "the planted leg is not seen", side)
    return angle_at(recording, "plant_knee", f"{side}_knee_flexion", int(rows[np.argmax(bend[rows])]), side)
