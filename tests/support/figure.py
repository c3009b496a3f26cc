"""A figure of sticks with exact bone lengths that squats, swings its arms and kicks: joints in camera axes and their
keypoints."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import H36M

FOCAL_PX, CENTRE = 1200.0, np.array([640.0, 360.0])
THIGH, SHANK, UPPER_ARM, FOREARM, HALF_HIPS, HALF_SHOULDERS = 0.43, 0.42, 0.3, 0.26, 0.12, 0.19


def _turned(vector: FloatArray, deg: FloatArray) -> FloatArray:
    """Vectors (T, 3) turned forwards by `deg` (T,) about the body's x axis (y down, z away; facing the camera, forwards
    is -z)."""
    a = np.radians(deg)
    x, y, z = np.moveaxis(vector, -1, 0)
    return np.stack([x, np.cos(a) * y + np.sin(a) * z, -np.sin(a) * y + np.cos(a) * z], -1)


def figure(
    knee_deg: FloatArray, hip_deg: FloatArray, arm_deg: FloatArray, *, azimuth_deg: float = 0.0, depth_m: float = 5.0
) -> FloatArray:
    """(T, 17, 3) m: both knees, hips and shoulders flexed by (T, 2) right and left degrees; facing the camera at
    azimuth 0."""
    frames = len(knee_deg)
    joints = np.zeros((frames, 17, 3))
    down = np.broadcast_to([0.0, 1.0, 0.0], (frames, 3))
    for name, up in (("spine", 0.25), ("thorax", 0.5), ("neck", 0.58), ("head", 0.75)):
        joints[:, H36M[name], 1] = -up
    for i, (side, x) in enumerate((("r", -1.0), ("l", 1.0))):
        hip = joints[:, H36M[f"{side}_hip"]]
        hip[:, 0] = x * HALF_HIPS
        knee = hip + THIGH * _turned(down, hip_deg[:, i])
        joints[:, H36M[f"{side}_knee"]] = knee
        joints[:, H36M[f"{side}_ankle"]] = knee + SHANK * _turned(down, hip_deg[:, i] - knee_deg[:, i])
        shoulder = joints[:, H36M[f"{side}_shoulder"]]
        shoulder[:, 0], shoulder[:, 1] = x * HALF_SHOULDERS, -0.48
        elbow = shoulder + UPPER_ARM * _turned(down, arm_deg[:, i])
        joints[:, H36M[f"{side}_elbow"]] = elbow
        joints[:, H36M[f"{side}_wrist"]] = elbow + FOREARM * _turned(down, arm_deg[:, i] + 20)
    a = np.radians(azimuth_deg)
    turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    return np.asarray(joints @ turn.T + np.array([0.3, 0.1, depth_m]))


def squats(frames: int, fps: float, *, azimuth_deg: float) -> FloatArray:
    """Standing for the first third, then squats of 90 degrees; arms swing."""
    t = np.arange(frames) / fps
    bend = np.where(t > frames / fps / 3, 45 * (1 - np.cos(2 * np.pi * (t - frames / fps / 3))), 0.0)
    swing = 30 * np.sin(2 * np.pi * t)
    both = np.stack([bend, bend], 1)
    return figure(both + 2, both * 0.9, np.stack([swing, -swing], 1), azimuth_deg=azimuth_deg)


def project(xyz: FloatArray) -> FloatArray:
    """(T, 17, 2) px."""
    return np.asarray(xyz[..., :2] / xyz[..., 2:] * FOCAL_PX + CENTRE)
