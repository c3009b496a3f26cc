"""Angles and contacts of feet, from heels and toes in world axes (z up). Definitions: docs/angles.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from kasf_demo.kinematics.contacts import MIN_S, SIDES, in_flight
from kasf_demo.kinematics.derivatives import derivative
from kasf_demo.kinematics.segments import facing, joint
from kasf_demo.kinematics.vectors import UP, dot, out_of_plane_deg, unit
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.feet import FEET, FootPose
from kasf_demo.types.motion import FOOT_ANGLES, BodySide, Contact, Flight, FootAngles
from kasf_demo.types.people import Pose3D

TRAVEL_M_PER_S = 0.5  # a pelvis slower than this has no direction of travel: the body's facing takes its place
# The ground under heel and toe of one foot is this percentile of their heights: the estimated floor is that of ankles,
# centimetres off
GROUND_PERCENTILE = 5
NEAR_M = 0.025  # above it: in contact
STEADY_M_PER_S = 0.6  # vertical speed of the lowest point in contact
# in contact, a foot moves backward relative to the pelvis, over the ground and on a treadmill; in swing it moves ahead
AHEAD_M_PER_S = 0.3
# of the foot's angle against the floor at the first contact (Altman and Davis, Gait & Posture 35, 2012)
REAR_DEG, FORE_DEG = 8.0, -1.6


def foot_angles(pose: Pose3D) -> FootAngles | None:
    """Angles of both feet; None without feet."""
    if pose.feet is None:
        return None
    found = {}
    for side in SIDES:
        heel, toe = _ends(pose.feet, side)
        along = unit(toe - heel)
        shank = unit(joint(pose.xyz, f"{side}_knee") - joint(pose.xyz, f"{side}_ankle"))
        found[f"{side}_ankle_flexion"] = out_of_plane_deg(along, shank)
        flat_deg = 0.0 if pose.feet.flat_deg is None else pose.feet.flat_deg
        found[f"{side}_foot_pitch"] = out_of_plane_deg(along, np.broadcast_to(UP, along.shape)) - flat_deg
        found[f"{side}_foot_progression"] = _progression(pose, along, side)
    return FootAngles(pose.times_s, np.stack([found[name] for name in FOOT_ANGLES], axis=-1))


def _ends(feet: FootPose, side: str) -> tuple[FloatArray, FloatArray]:
    """(T, 3) heel and toe."""
    heel, toe = (np.asarray(feet.xyz[:, FEET.index(f"{side}_{end}")], float) for end in ("heel", "toe"))
    return heel, toe


def _progression(pose: Pose3D, along: FloatArray, side: str) -> FloatArray:
    """(T,) degrees, toes outward positive, from the direction of travel or, if there is none, of facing."""
    ahead = _travel(pose)
    level = along * (1, 1, 0)
    left = np.cross(np.broadcast_to(UP, ahead.shape), ahead)
    deg = np.degrees(np.arctan2(dot(level, left), dot(level, ahead)))
    return np.where(np.linalg.norm(level, axis=-1) > 0.5, deg if side == "l" else -deg, np.nan)


def _travel(pose: Pose3D) -> FloatArray:
    """(T, 3) level unit vectors."""
    moving = derivative(np.asarray(pose.xyz[:, 0], float), pose.times_s, pose.valid) * (1, 1, 0)
    speed = np.linalg.norm(moving, axis=-1, keepdims=True)
    return np.where(speed >= TRAVEL_M_PER_S, unit(moving), facing(pose.xyz).forward)


def foot_contacts(
    pose: Pose3D, angles: FootAngles, flights: Sequence[Flight], standing: BoolArray
) -> tuple[Contact, ...]:
    """Contacts of `MIN_S` or more in order of time, with the foot's angle at the first moment and the time in which
    heel and toe are both down."""
    assert pose.feet is not None
    times_s = pose.times_s
    aloft = in_flight(times_s, flights)
    found = []
    for side, stands in zip(SIDES, standing.T, strict=True):
        ends = _ends(pose.feet, side)
        known = pose.feet.valid[:, FEET.index(f"{side}_heel")]
        if not known.any():
            continue
        heights = np.stack([end[:, 2] - np.percentile(end[known, 2], GROUND_PERCENTILE) for end in ends], axis=-1)
        down = (known & ~aloft & _carries(pose, ends, heights, known)) | stands
        found += [
            _contact(
                side,
                a,
                b,
                times_s,
                heights,
                angles,
                begins=a > 0 and bool(known[a - 1]),
                lifts=b < len(known) and bool(known[b - 1 : b + 1].all()),
            )
            for a, b in runs(down)
            if times_s[b - 1] - times_s[a] >= MIN_S
        ]
    return tuple(sorted(found, key=lambda c: c.start_s))


def _carries(pose: Pose3D, ends: tuple[FloatArray, FloatArray], heights: FloatArray, known: BoolArray) -> BoolArray:
    """(T,) the lower one of heel and toe (T, 2) is near the ground, neither rises nor sinks fast and does not move
    ahead of the body."""
    pelvis = derivative(np.asarray(pose.xyz[:, 0], float), pose.times_s, pose.valid)
    lower = np.argmin(np.where(known[:, None], heights, 0), axis=1)
    rows = np.arange(len(lower))
    moving = np.stack([derivative(end, pose.times_s, known) for end in ends], axis=1)[rows, lower]
    ahead = dot(moving - pelvis, facing(pose.xyz).forward)
    with np.errstate(invalid="ignore"):
        near = heights[rows, lower] < NEAR_M
        return np.asarray(near & (np.abs(moving[:, 2]) < STEADY_M_PER_S) & ~(ahead > AHEAD_M_PER_S))


def _contact(
    side: BodySide,
    start: int,
    end: int,
    times_s: FloatArray,
    heights: FloatArray,
    angles: FootAngles,
    *,
    begins: bool,
    lifts: bool,
) -> Contact:
    """begins, lifts: the foot was seen in the frame before; it is seen in the last frame and in the one after."""
    flat = np.flatnonzero((heights[start:end] < NEAR_M).all(-1)) + start
    pitch = float(angles[f"{side}_foot_pitch"][start]) if begins else np.nan
    known = bool(np.isfinite(pitch))
    return Contact(
        side, float(times_s[start]), float(times_s[end - 1]),
        strike_deg=pitch if known else None, strike=strike_kind(pitch) if known else None,
        flat_s=(float(times_s[flat[0]]), float(times_s[flat[-1]])) if len(flat) else None, toe_off=lifts,
    )  # fmt: skip


def strike_kind(pitch_deg: float) -> Literal["rear", "mid", "fore"]:
    """Part of the foot that lands first, by its angle against the floor."""
    return "rear" if pitch_deg > REAR_DEG else "fore" if pitch_deg < FORE_DEG else "mid"
