"""Directions of a body's trunk, from joints in world axes (z up), and how its bending is shared between the lumbar
joint and the pelvis: hips and shoulders alone do not tell them apart."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import H36M

# share of the torso's bending that the lumbar joint takes. Lumbar to pelvic motion is 1.9 to 1 in the first 30 degrees
# of bending and 1 to 1 in the next 30 (Esola et al., Spine 1996), which is 0.66 and 0.5
LUMBAR_SHARE = 0.6
MAX_LUMBAR_RAD = np.radians(50.0)
BENDING_RAD = np.radians(np.arange(-170.0, 101.0))  # of the torso, from far forward to backward


def middle(xyz: FloatArray, part: str) -> FloatArray:
    """(T, 3) between the left and the right `part`."""
    return np.asarray((xyz[:, H36M[f"l_{part}"]] + xyz[:, H36M[f"r_{part}"]]) / 2)


def _ahead(xyz: FloatArray) -> FloatArray:
    """(T, 3) level unit vectors to where the pelvis faces."""
    left = xyz[:, H36M["l_hip"]] - xyz[:, H36M["r_hip"]]
    ahead = np.cross(left, [0.0, 0.0, 1.0])
    return np.asarray(ahead / np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-9))


def heading(xyz: FloatArray) -> float:
    """The mean direction of facing, radians about the vertical from the image's right, counter-clockwise from above."""
    x, y, _ = _ahead(xyz).mean(0)
    return float(np.arctan2(y, x))


def forward_lean(xyz: FloatArray) -> FloatArray:
    """(T,) radians by which the line from the hips to the shoulders leans forward."""
    up = middle(xyz, "shoulder") - middle(xyz, "hip")
    return np.asarray(np.arctan2((up * _ahead(xyz)).sum(-1), up[:, 2]))


def lumbar_extension(lean_rad: FloatArray, pelvis: FloatArray, torso: FloatArray) -> FloatArray:
    """(T,) radians of the lumbar joint, negative forwards, of a trunk that leans forward by lean_rad (T,).

    pelvis, torso (2,): from the hips to the lumbar joint and from there to the shoulders, forward and up in the neutral
    pose, m.
    """
    ends = _turned(pelvis, (1 - LUMBAR_SHARE) * BENDING_RAD) + _turned(torso, BENDING_RAD)
    leans = np.unwrap(np.arctan2(ends[:, 0], ends[:, 1]))  # falls as the bending grows
    bending = np.interp(lean_rad, leans[::-1], BENDING_RAD[::-1])
    return np.asarray(np.clip(LUMBAR_SHARE * bending, -MAX_LUMBAR_RAD, MAX_LUMBAR_RAD))


def torso_height(trunk_m: FloatArray, lean_rad: FloatArray, pelvis: FloatArray, shoulder_x: float) -> float:
    """Height of the shoulders above the lumbar joint, m, of a trunk whose line from hips to shoulders has the lengths
    trunk_m (T,): a bent trunk is shorter. The median over the frames."""
    height = float(np.median(trunk_m) - pelvis[1])
    for _ in range(5):  # converges by more than a digit each time
        turned = lumbar_extension(lean_rad, pelvis, np.array([shoulder_x, height]))
        x, y = _turned(np.array([shoulder_x, 0.0]), turned) + pelvis, _turned(np.array([0.0, 1.0]), turned)
        along = (x * y).sum(-1)
        heights = -along + np.sqrt(np.maximum(along**2 + trunk_m**2 - (x * x).sum(-1), 0.0))
        height = max(float(np.median(heights)), 0.1)
    return height


def _turned(v: FloatArray, angle_rad: FloatArray) -> FloatArray:
    """(T, 2) the vector (2,) turned counter-clockwise: x forward, y up."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return np.stack([v[0] * c - v[1] * s, v[0] * s + v[1] * c], axis=-1)
