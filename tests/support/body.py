"""A synthetic body in world axes, facing -y (the camera), standing at the origin; tools to bend and move it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import BONES, H36M

Array = NDArray[np.float64]
# facing -y the athlete's left is +x
STANDING = {
    "pelvis": (0, 0, 0.95),
    "r_hip": (-0.12, 0, 0.95),
    "r_knee": (-0.12, 0, 0.52),
    "r_ankle": (-0.12, 0, 0.08),
    "l_hip": (0.12, 0, 0.95),
    "l_knee": (0.12, 0, 0.52),
    "l_ankle": (0.12, 0, 0.08),
    "spine": (0, 0, 1.2),
    "thorax": (0, 0, 1.42),
    "neck": (0, -0.03, 1.52),
    "head": (0, 0, 1.75),
    "l_shoulder": (0.18, 0, 1.45),
    "l_elbow": (0.18, 0, 1.17),
    "l_wrist": (0.18, 0, 0.92),
    "r_shoulder": (-0.18, 0, 1.45),
    "r_elbow": (-0.18, 0, 1.17),
    "r_wrist": (-0.18, 0, 0.92),
}
FORWARD, LEFT, UP = np.array([0.0, -1, 0]), np.array([1.0, 0, 0]), np.array([0.0, 0, 1])


def standing() -> Array:
    """(17, 3) metres."""
    return np.array([STANDING[name] for name in H36M], float)


def turn(axis: Array, deg: float) -> Array:
    """(3, 3) rotation about a unit axis, right-handed (Rodrigues)."""
    a = np.radians(deg)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * k @ k


def below(name: str) -> list[int]:
    """Indices of a joint's descendants."""
    found: list[int] = []
    for parent, child in BONES:
        if parent == H36M[name] or parent in found:
            found.append(child)
    return found


def bent(pose: Array, name: str, axis: Array, deg: float) -> Array:
    """The pose with everything beyond joint `name` turned about it."""
    out = pose.copy()
    rows = below(name)
    out[rows] = (pose[rows] - pose[H36M[name]]) @ turn(axis, deg).T + pose[H36M[name]]
    return out


def upper_turned(pose: Array, axis: Array, deg: float) -> Array:
    """The pose with the trunk, arms and head turned about the pelvis."""
    out = pose.copy()
    rows = [i for i in range(17) if i > H36M["l_ankle"]]
    out[rows] = (pose[rows] - pose[0]) @ turn(axis, deg).T + pose[0]
    return out


def as_pose(xyz: Array, fps: float = 60.0, *, valid: NDArray[np.bool_] | None = None, times_s: Array | None = None,
            low: Mapping[str, slice] | None = None) -> Pose3D:  # fmt: skip
    """(T, 17, 3) as a pose in world axes; `low` gives joints a low score for some frames."""
    t = len(xyz)
    valid = np.ones(t, bool) if valid is None else valid
    score = np.where(valid[:, None], 0.9, 0.0) * np.ones(17)
    for name, frames in (low or {}).items():
        score[frames, H36M[name]] = 0.1
    xyz = np.where(valid[:, None, None], xyz, np.nan)
    return Pose3D(xyz, score, valid, np.zeros(t, bool), np.arange(t) / fps if times_s is None else times_s)
