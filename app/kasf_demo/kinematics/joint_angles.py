"""Joint angles of (T, 17, 3) poses in world axes: degrees, (T,) each. Signs and neutral poses: docs/angles.md."""

from __future__ import annotations

import numpy as np

from kasf_demo.kinematics.segments import SegmentAxes, facing, joint, pelvis_frame, shoulder_frame, to_left, trunk_up
from kasf_demo.kinematics.vectors import (
    UP,
    around_deg,
    between_deg,
    continuous_deg,
    dot,
    out_of_plane_deg,
    unit,
    without,
    wrapped_deg,
)
from kasf_demo.types.arrays import BoolArray, FloatArray, chunks
from kasf_demo.types.motion import ANGLES
from kasportsformer.skeleton import H36M

MIN_ARM = 0.5  # sin 30 degrees: an arm closer to the trunk's axis has no plane of elevation
MIN_LEVEL = 0.5  # cos 60 degrees: a pelvis or shoulder line steeper than this has no heading
ROTATIONS = ("pelvis_rotation", "shoulders_rotation")

_HIPS, _SHOULDERS = ("r_hip", "l_hip"), ("r_shoulder", "l_shoulder")


def joint_angles(xyz: FloatArray) -> FloatArray:
    """(T, A) degrees, columns as `ANGLES`, of (T, 17, 3) metres, z up. Rows of NaN stay NaN."""
    out = np.empty((len(xyz), len(ANGLES)))
    for b in chunks(len(xyz)):
        out[b] = _frame_by_frame(xyz[b])
    for name in ROTATIONS:
        out[:, ANGLES.index(name)] = continuous_deg(out[:, ANGLES.index(name)])
    return out


def _frame_by_frame(xyz: FloatArray) -> FloatArray:
    """`joint_angles` with rotations that jump by 360."""
    pelvis, shoulders = pelvis_frame(xyz), shoulder_frame(xyz)
    found: dict[str, FloatArray] = {}
    for side in "rl":
        found |= {f"{side}_{name}": value for name, value in _leg(xyz, side, pelvis).items()}
        found |= {f"{side}_{name}": value for name, value in _arm(xyz, side, shoulders).items()}
    found |= _trunk(xyz) | _lines(xyz)
    return np.stack([found[name] for name in ANGLES], axis=-1)


def _outward(frame: SegmentAxes, side: str) -> FloatArray:
    return frame.left if side == "l" else -frame.left


def _bend(xyz: FloatArray, side: str, near: str, mid: str, far: str) -> FloatArray:
    """0 where the two bones are in line, 180 where they lie on each other."""
    a, b, c = (joint(xyz, f"{side}_{name}") for name in (near, mid, far))
    return between_deg(b - a, c - b)


def _leg(xyz: FloatArray, side: str, pelvis: SegmentAxes) -> dict[str, FloatArray]:
    thigh = unit(joint(xyz, f"{side}_knee") - joint(xyz, f"{side}_hip"))
    return {
        "hip_flexion": around_deg(dot(thigh, pelvis.forward), -dot(thigh, pelvis.up)),
        "hip_abduction": out_of_plane_deg(thigh, _outward(pelvis, side)),
        "knee_flexion": _bend(xyz, side, "hip", "knee", "ankle"),
    }


def _arm(xyz: FloatArray, side: str, shoulders: SegmentAxes) -> dict[str, FloatArray]:
    arm = unit(joint(xyz, f"{side}_elbow") - joint(xyz, f"{side}_shoulder"))
    return {
        "shoulder_elevation": between_deg(arm, -shoulders.up),
        "shoulder_plane": around_deg(dot(arm, shoulders.forward), dot(arm, _outward(shoulders, side)), least=MIN_ARM),
        "elbow_flexion": _bend(xyz, side, "shoulder", "elbow", "wrist"),
    }


def _trunk(xyz: FloatArray) -> dict[str, FloatArray]:
    up, body = trunk_up(xyz), facing(xyz)
    return {
        "trunk_lean": between_deg(up, np.broadcast_to(UP, up.shape)),
        "trunk_lean_forward": around_deg(dot(up, body.forward), up[:, 2]),
        "trunk_lean_right": out_of_plane_deg(up, -body.left),
    }


def _lines(xyz: FloatArray) -> dict[str, FloatArray]:
    """Heading and tilt of pelvis and shoulder line, and the turn of one against the other about the trunk."""
    found: dict[str, FloatArray] = {}
    for name, part in (("pelvis", "hip"), ("shoulders", "shoulder")):
        line = to_left(xyz, part)
        length = np.linalg.norm(line, axis=-1)
        found[f"{name}_rotation"] = around_deg(line[:, 1], line[:, 0], length, least=MIN_LEVEL)
        found[f"{name}_tilt"] = out_of_plane_deg(unit(-line), np.broadcast_to(UP, line.shape))
    up = trunk_up(xyz)
    hips, shoulders = (unit(without(to_left(xyz, part), up)) for part in ("hip", "shoulder"))
    found["separation"] = wrapped_deg(np.degrees(np.arctan2(dot(np.cross(hips, shoulders), up), dot(hips, shoulders))))
    return found


def _made_of(name: str) -> tuple[str, ...]:
    """The joints that an angle is computed from."""
    side, _, part = name.partition("_")
    own: dict[str, tuple[str, ...]] = {
        "hip_flexion": (*_HIPS, *_SHOULDERS, f"{side}_knee"),
        "hip_abduction": (*_HIPS, *_SHOULDERS, f"{side}_knee"),
        "knee_flexion": (f"{side}_hip", f"{side}_knee", f"{side}_ankle"),
        "shoulder_elevation": (*_HIPS, *_SHOULDERS, f"{side}_elbow"),
        "shoulder_plane": (*_HIPS, *_SHOULDERS, f"{side}_elbow"),
        "elbow_flexion": (f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist"),
    }
    lines = {
        "pelvis_rotation": _HIPS,
        "pelvis_tilt": _HIPS,
        "shoulders_rotation": _SHOULDERS,
        "shoulders_tilt": _SHOULDERS,
    }
    return own[part] if part in own else lines.get(name, (*_HIPS, *_SHOULDERS))


MADE_OF = {name: _made_of(name) for name in ANGLES}


def doubtful(joints: BoolArray) -> BoolArray:
    """(T, A): a joint of the angle is doubtful, of (T, 17) doubtful joints."""
    return np.stack([joints[:, [H36M[j] for j in MADE_OF[name]]].any(-1) for name in ANGLES], axis=-1)
