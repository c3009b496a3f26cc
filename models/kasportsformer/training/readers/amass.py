"""AMASS-style npz: SMPL-H or SMPL-X pose parameters. Source: Mahmood et al., AMASS, ICCV 2019; rest joints of SMPL's
mean body.

`poses` (T, 3 * J) axis-angle in radians, the first 22 joints being the body, `trans` (T, 3) metres, z up, and
`mocap_framerate` (or `mocap_frame_rate`). Shape coefficients are not used: the training gives every motion many shapes,
and the body model itself may not be shipped. At rest SMPL has y up and faces +z; it is read into our axes (z up, facing
-y).
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from ..forward_kinematics import Y_UP_TO_Z_UP, Motion, rotvec_rotations, turned

JOINTS = (
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_ankle",
    "right_ankle",
    "spine3",
    "left_foot",
    "right_foot",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
)
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
# A standing adult's joints from each parent, metres, y up, left at +x, rounded to a centimetre
OFFSETS_Y_UP = np.array(
    [
        [0, 0, 0],
        [0.06, -0.09, -0.01],
        [-0.06, -0.09, -0.01],
        [0, 0.12, -0.03],
        [0.04, -0.38, 0],
        [-0.04, -0.38, 0],
        [0, 0.14, 0.03],
        [-0.01, -0.42, -0.04],
        [0.01, -0.42, -0.04],
        [0, 0.06, 0],
        [0.04, -0.06, 0.12],
        [-0.04, -0.06, 0.12],
        [0, 0.21, -0.03],
        [0.07, 0.11, -0.02],
        [-0.07, 0.11, -0.02],
        [0, 0.09, 0.05],
        [0.12, 0.05, -0.02],
        [-0.12, 0.05, -0.02],
        [0.26, -0.01, -0.03],
        [-0.26, -0.01, -0.03],
        [0.25, 0.01, 0],
        [-0.25, 0.01, 0],
    ]
)


class AmassError(ValueError):
    """The file is not an AMASS motion; the message says what is missing."""


def read_amass(path: Path) -> Motion:
    """An AMASS npz as a Motion in metres, z up. Nothing in the file is executed. Raises AmassError, or OSError."""
    try:
        with np.load(path, allow_pickle=False) as f:
            poses, trans = np.asarray(f["poses"], dtype=float), np.asarray(f["trans"], dtype=float)
            rate = float(f["mocap_framerate"] if "mocap_framerate" in f else f["mocap_frame_rate"])
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise AmassError(f"{path}: not an AMASS motion: {error}") from error
    j = len(JOINTS)
    if poses.ndim != 2 or poses.shape[1] < 3 * j or trans.shape != (len(poses), 3):
        raise AmassError(f"{path}: poses (T, {3 * j}+) and trans (T, 3) expected, got {poses.shape} and {trans.shape}")
    local = rotvec_rotations(poses[:, : 3 * j].reshape(-1, j, 3))
    rotations = turned(local, Y_UP_TO_Z_UP)
    # the root's own rotation already leads from the y-up body to the z-up world
    rotations[:, 0] = local[:, 0] @ Y_UP_TO_Z_UP.T
    return Motion(path.stem, JOINTS, PARENTS, OFFSETS_Y_UP @ Y_UP_TO_Z_UP.T, trans, rotations, rate)
