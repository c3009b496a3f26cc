"""Jumps: what happens before, in and after a flight. Definitions: docs/sports.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from kasf_demo.kinematics.derivatives import derivative
from kasf_demo.kinematics.segments import centre_of_mass, facing, joint, middle, trunk_up
from kasf_demo.kinematics.turning import find_turning
from kasf_demo.kinematics.vectors import dot
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.jumps import Foot, Jump, JumpPhases
from kasf_demo.types.motion import Angles, Flight

MAX_ENTRY_S, MAX_LANDING_S = 1.0, 0.8
SPEED_S = 0.3  # over which the speeds before and after are taken
COMBINATION_S = 1.5  # jumps closer together belong together
FOOT_APART_M = 0.06  # at take-off and landing: the foot that is lower by more is the one; else both
NEAR_FRAMES = 1  # on either side of a moment whose height of the feet is taken
STILL_M_PER_S = 0.15  # vertical speed of the pelvis before anything begins
MIN_WAY_M_PER_S = 1.0  # slower, there is no direction of travel
FORWARD_DEG = 60.0  # facing within this of the path: forward; within it of the opposite: backward
HEIGHTS_APART_M, HEIGHTS_APART = 0.06, 0.25  # of the two heights, metres and share


def find_jumps(
    xyz: FloatArray, angles: Angles, flights: Sequence[Flight], reliable: BoolArray | None = None
) -> tuple[Jump, ...]:
    """The flights of (T, 17, 3) world poses with turns, feet, speeds and phases. reliable (T,): where the path over the
    ground can be trusted; None: everywhere."""
    found: list[Jump] = []
    for flight in flights:
        jump = _jump(xyz, angles, flight, reliable)
        if found and jump.takeoff_s - found[-1].landing_s < COMBINATION_S:
            jump = replace(jump, after_s=jump.takeoff_s - found[-1].landing_s)
        found.append(jump)
    return tuple(found)


def _jump(xyz: FloatArray, angles: Angles, flight: Flight, reliable: BoolArray | None) -> Jump:
    t = angles.times_s
    takeoff_s, landing_s = flight.takeoff_s, flight.landing_s
    phases = _phases(xyz, t, takeoff_s, landing_s)
    takeoff, landing = (int(np.abs(t - s).argmin()) for s in (takeoff_s, landing_s))
    air = (t >= takeoff_s) & (t <= landing_s)
    if not air.any():
        air[takeoff] = True
    takeoff_foot, landing_foot = _foot(xyz, takeoff), _foot(xyz, landing)
    path_known = reliable is None or bool(reliable[(t >= takeoff_s - SPEED_S) & (t <= landing_s + SPEED_S)].all())
    before, after = _speed(xyz, t, takeoff_s - SPEED_S, takeoff_s), _speed(xyz, t, landing_s, landing_s + SPEED_S)
    turning = find_turning(angles, takeoff_s, landing_s)
    lean, height_m = angles["trunk_lean"], _rise(xyz, t, air, flight)
    return Jump(
        takeoff_s, landing_s, height_m, flight.height_time_m, turning, phases,
        takeoff_foot=takeoff_foot,
        landing_foot=landing_foot,
        distance_m=_distance(xyz, t, takeoff_s, landing_s),
        speed_in_m_per_s=before,
        speed_out_m_per_s=after,
        tightness_m=_tightness(xyz[air]),
        lean_deg=_finite(np.nanmean(lean[air])) if np.isfinite(lean[air]).any() else None,
        landing_lean_deg=_finite(lean[landing]),
        landing_knee_deg=_landing_knee(angles, landing_foot, phases),
        swing_foot_m=_swing(xyz, landing, landing_foot),
        forward=_forward(xyz, t, takeoff_s, before) if path_known else None,
        doubts=_doubts(flight, height_m, turning.why, landing_foot, path_known, phases),
    )  # fmt: skip


def _doubts(
    flight: Flight, height_m: float, why: Sequence[str], foot: Foot | None, path_known: bool, phases: JumpPhases
) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    if flight.doubtful:
        found.append(("flight", "ankles are doubtful in the air"))
    apart = abs(height_m - flight.height_time_m)
    if apart > max(HEIGHTS_APART_M, HEIGHTS_APART * flight.height_time_m):
        found.append(("height", f"the two heights differ by {100 * apart:.0f} cm"))
    found += [("turns", text) for text in why]
    if not path_known:
        found.append(("distance", "the path over the ground is not known: the camera moves"))
    if foot is None:
        found.append(("landing_foot", "ankles are not seen at landing"))
    if phases.landing_s[1] - phases.landing_s[0] < 1e-6:
        found.append(("landing_knee", "the clip ends at landing"))
    return tuple(found)


def _rise(xyz: FloatArray, t: FloatArray, air: BoolArray, flight: Flight) -> float:
    """Rise of the centre of mass after take-off along the parabola through its path in the air, metres: the highest of
    noisy frames is too high."""
    z = centre_of_mass(xyz)[:, 2]
    rows = np.flatnonzero(air & np.isfinite(z))
    if len(rows) < 4:
        return flight.height_path_m
    since = t[rows] - flight.takeoff_s
    a, b, _ = np.polyfit(since, z[rows], 2)
    if a >= 0:
        return flight.height_path_m
    return float(-b * b / (4 * a)) if b > 0 else 0.0


def _phases(xyz: FloatArray, t: FloatArray, takeoff_s: float, landing_s: float) -> JumpPhases:
    """Entry: from the last moment before take-off, at most 1 s, at which the pelvis neither rises nor sinks before it
    goes down; landing: until the pelvis is lowest, at most 0.8 s."""
    z = xyz[:, 0, 2]
    before = np.flatnonzero((t >= takeoff_s - MAX_ENTRY_S) & (t <= takeoff_s) & np.isfinite(z))
    start_s = takeoff_s
    if len(before):
        start_s = float(t[before[0]])
        low = before[int(np.argmin(z[before]))]
        down = derivative(z[:, None], t, np.isfinite(z))[:, 0]
        still = [i for i in before if i < low and abs(down[i]) < STILL_M_PER_S and z[i] > z[low] + 0.02]
        start_s = float(t[still[-1]]) if still else start_s
    after = np.flatnonzero((t >= landing_s) & (t <= landing_s + MAX_LANDING_S) & np.isfinite(z))
    end_s = float(t[after[int(np.argmin(z[after]))]]) if len(after) else landing_s
    return JumpPhases((start_s, takeoff_s), (takeoff_s, landing_s), (landing_s, end_s))


def _foot(xyz: FloatArray, frame: int) -> Foot | None:
    """The lower foot around a frame, or both."""
    near = slice(max(frame - NEAR_FRAMES, 0), frame + NEAR_FRAMES + 1)
    right, left = (joint(xyz, f"{side}_ankle")[near, 2] for side in "rl")
    apart = right - left
    if not np.isfinite(apart).any():
        return None
    lower = float(np.nanmedian(apart))
    return "both" if abs(lower) < FOOT_APART_M else "l" if lower > 0 else "r"


def _distance(xyz: FloatArray, t: FloatArray, takeoff_s: float, landing_s: float) -> float | None:
    """Level distance of the pelvis between two moments, metres."""
    known = np.isfinite(xyz[:, 0, 0])
    ends = np.array([[np.interp(s, t[known], xyz[known, 0, axis]) for axis in (0, 1)] for s in (takeoff_s, landing_s)])
    return _finite(np.linalg.norm(ends[1] - ends[0]))


def _speed(xyz: FloatArray, t: FloatArray, start_s: float, end_s: float) -> float | None:
    """Mean level speed of the pelvis over a span; None if less than half of it is seen."""
    inside = np.flatnonzero((t >= start_s) & (t <= end_s) & np.isfinite(xyz[:, 0, 0]))
    if len(inside) < 2 or t[inside[-1]] - t[inside[0]] < 0.5 * (end_s - start_s):
        return None
    way = xyz[inside[-1], 0, :2] - xyz[inside[0], 0, :2]
    return float(np.linalg.norm(way) / (t[inside[-1]] - t[inside[0]]))


def _tightness(xyz: FloatArray) -> float | None:
    """Mean distance of both wrists from the line through the middles of hips and shoulders."""
    base, up = middle(xyz, "hip"), trunk_up(xyz)
    away = []
    for side in "rl":
        arm = joint(xyz, f"{side}_wrist") - base
        away.append(np.linalg.norm(arm - dot(arm, up)[:, None] * up, axis=-1))
    return _finite(np.nanmean(away)) if np.isfinite(away).any() else None


def _landing_knee(angles: Angles, foot: Foot | None, phases: JumpPhases) -> float | None:
    """Greatest flexion of the landing leg, or the mean of both, from landing until the pelvis is lowest."""
    start_s, end_s = phases.landing_s
    inside = (angles.times_s >= start_s) & (angles.times_s <= end_s)
    sides = ("r", "l") if foot in (None, "both") else (str(foot),)
    bends = np.stack([angles[f"{side}_knee_flexion"][inside] for side in sides])
    return float(np.nanmax(bends, axis=1).mean()) if bends.size and np.isfinite(bends).any(1).all() else None


def _swing(xyz: FloatArray, frame: int, foot: Foot | None) -> float | None:
    """Height of the other ankle above that of the landing foot."""
    if foot not in ("r", "l"):
        return None
    other = "l" if foot == "r" else "r"
    return _finite(joint(xyz, f"{other}_ankle")[frame, 2] - joint(xyz, f"{foot}_ankle")[frame, 2])


def _forward(xyz: FloatArray, t: FloatArray, takeoff_s: float, speed: float | None) -> Literal[1, -1] | None:
    """Whether the body faces along its path at take-off (1) or against it (-1); None between or if it is slow."""
    if speed is None or speed < MIN_WAY_M_PER_S:
        return None
    inside = np.flatnonzero((t >= takeoff_s - SPEED_S) & (t <= takeoff_s) & np.isfinite(xyz[:, 0, 0]))
    way = xyz[inside[-1], 0, :2] - xyz[inside[0], 0, :2]
    ahead = facing(xyz[inside[-1:]]).forward[0, :2]
    cosine = float(way @ ahead / np.linalg.norm(way))
    limit = float(np.cos(np.radians(FORWARD_DEG)))
    return 1 if cosine > limit else -1 if cosine < -limit else None


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
