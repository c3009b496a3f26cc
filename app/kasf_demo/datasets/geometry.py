"""Cameras of data sets, turned images, worlds with another axis up, and what stands for points that a set lacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasportsformer.anthropometry import FOREARM, SHANK, UPPER_ARM
from kasportsformer.skeleton import COCO_NAMES, H36M, LIMB_JOINTS

ANKLE_M = 0.08  # height of the ankle of a flat foot
MAX_FLOOR_M = 0.25  # a lowest ankle from 0 to this height is that of a world whose floor is at 0
TURN_CW = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # of camera axes, for an image turned by 90 degrees clockwise


@dataclass(frozen=True)
class PinholeCamera:
    """K (3, 3) px, R (3, 3), t (3,) m: x_camera = R x_world + t, x right, y down, z forward; width and height px."""

    K: FloatArray
    R: FloatArray
    t: FloatArray
    width: int
    height: int

    def to_camera(self, points: FloatArray) -> FloatArray:
        """(..., 3) world metres to camera metres."""
        return np.asarray(points @ self.R.T + self.t)

    def project(self, points: FloatArray) -> FloatArray:
        """(..., 3) world metres to px (..., 2), as an ideal pinhole; NaN behind the camera."""
        camera = self.to_camera(points)
        with np.errstate(divide="ignore", invalid="ignore"):
            seen = camera[..., :2] / np.where(camera[..., 2:] > 0, camera[..., 2:], np.nan)
        return np.asarray(seen * [self.K[0, 0], self.K[1, 1]] + [self.K[0, 2], self.K[1, 2]])

    def turned_clockwise(self, quarters: int) -> PinholeCamera:
        """The camera of the image turned by so many quarters clockwise: u' = height - v, v' = u for one."""
        camera = self
        for _ in range(quarters % 4):
            (fx, cx), (fy, cy) = (camera.K[i, [i, 2]] for i in (0, 1))
            K = np.array([[fy, 0, camera.height - cy], [0, fx, cx], [0, 0, 1]])
            camera = PinholeCamera(K, TURN_CW @ camera.R, TURN_CW @ camera.t, camera.height, camera.width)
        return camera

    def in_world(self, turn: FloatArray, lift: FloatArray) -> PinholeCamera:
        """For a world in which a point x is at turn @ x + lift."""
        return PinholeCamera(self.K, self.R @ turn.T, self.t - self.R @ turn.T @ lift, self.width, self.height)


def upright_world(joints: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(turn (3, 3), lift (3,)) that put joints (..., 17, 3) m of a world with any axis up into one with z up and the
    floor at 0.

    Up is the axis nearest to the mean direction from the ankles to the shoulders. A world with z up and feet on its
    floor stays as it is.
    """
    feet = joints[..., [H36M["r_ankle"], H36M["l_ankle"]], :].mean(-2)
    up = (joints[..., [H36M["r_shoulder"], H36M["l_shoulder"]], :].mean(-2) - feet).reshape(-1, 3)
    mean = np.nanmean(up, axis=0)
    axis = int(np.abs(mean).argmax())
    sign = float(np.sign(mean[axis]))
    rows = np.zeros((3, 3))
    rows[2, axis] = sign  # the rest follows as a rotation by quarters
    rows[0, (axis + 1) % 3] = 1
    rows[1] = np.cross(rows[2], rows[0])
    turn = np.eye(3) if axis == 2 and sign > 0 else rows
    lowest = float(np.nanpercentile((joints @ turn.T)[..., [H36M["r_ankle"], H36M["l_ankle"]], 2], 1))
    lift = np.array([0, 0, 0.0 if 0 <= lowest <= MAX_FLOOR_M else ANKLE_M - lowest])
    return turn, lift


def stature_of(joints: FloatArray) -> float:
    """Standing height, m, from the median lengths of shanks, upper arms and forearms of (T, 17, 3)."""
    total = 0.0
    for side in "lr":
        for a, b in (("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")):
            bone = joints[:, H36M[f"{side}_{a}"]] - joints[:, H36M[f"{side}_{b}"]]
            total += float(np.nanmedian(np.linalg.norm(bone, axis=-1)))
    return float(np.clip(total / (2 * (SHANK + UPPER_ARM + FOREARM)), 0.8, 2.5))


def coco_of_h36m(values: FloatArray) -> FloatArray:
    """(..., 17, C) COCO-17 from Human3.6M-17: the twelve limb points are the same; points of the face are the head."""
    out = np.repeat(values[..., [H36M["head"]], :], len(COCO_NAMES), axis=-2)
    for coco, h36m in LIMB_JOINTS:
        out[..., coco, :] = values[..., h36m, :]
    return out
