"""DeepMimic's text format: JSON with `Frames`, and the humanoid of 15 joints from `humanoid3d.txt`. Source: Peng et
al., SIGGRAPH 2018.

A frame is [dt s, root x y z m, root quaternion, chest q, neck q, right hip q, right knee angle, right ankle q, right
shoulder q, right elbow angle, left hip q, left knee angle, left ankle q, left shoulder q, left elbow angle]:
quaternions real part first, angles in radians about the joint's z. y is up and the humanoid at rest faces +x with its
right hand at +z; it is read into our axes (z up, facing -y, left hand at +x).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ..forward_kinematics import Y_UP_TO_Z_UP, FloatArray, Motion, axis_rotations, quaternion_rotations, turned

ROOT_VALUES = 7  # place and quaternion
WIDTH = {"none": ROOT_VALUES, "spherical": 4, "revolute": 1, "fixed": 0}
# x forward to -y forward: a quarter turn clockwise about the vertical
TURN: FloatArray = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]) @ Y_UP_TO_Z_UP


class DeepMimicError(ValueError):
    """The file is not in DeepMimic's format; the message says why."""


def read_deepmimic(path: Path, skeleton: Path) -> Motion:
    """A motion file with its skeleton file, as a Motion in metres, z up. Raises DeepMimicError, or OSError."""
    try:
        joints = json.loads(skeleton.read_text(encoding="utf-8"))["Skeleton"]["Joints"]
        frames = np.array(json.loads(path.read_text(encoding="utf-8"))["Frames"], dtype=float)
        names = tuple(str(j["Name"]) for j in joints)
        parents = tuple(int(j["Parent"]) for j in joints)
        kinds = [str(j["Type"]) for j in joints]
        offsets = np.array([[j["AttachX"], j["AttachY"], j["AttachZ"]] for j in joints], dtype=float)
        width = 1 + sum(WIDTH[k] for k in kinds)
    except (ValueError, KeyError, TypeError) as error:
        raise DeepMimicError(f"{path}: not a DeepMimic motion with skeleton {skeleton}: {error!r}") from error
    if frames.ndim != 2 or frames.shape[1] != width:
        raise DeepMimicError(f"{path}: this skeleton needs frames of {width} numbers, got {frames.shape}")

    rotations = np.tile(np.eye(3), (len(frames), len(names), 1, 1))
    column = 4
    for i, kind in enumerate(kinds):
        if kind in ("none", "spherical"):
            rotations[:, i] = quaternion_rotations(frames[:, column : column + 4])
            column += 4
        elif kind == "revolute":
            rotations[:, i] = axis_rotations(2, frames[:, column])
            column += 1
    return Motion(
        name=path.stem,
        joints=names,
        parents=parents,
        offsets=offsets @ TURN.T,
        root=frames[:, 1:4] @ TURN.T,
        rotations=turned(rotations, TURN),
        fps=1 / float(np.median(frames[:, 0])),
    )
