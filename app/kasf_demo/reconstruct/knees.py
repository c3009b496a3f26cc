"""The term of the body fit that keeps knees from bending forwards."""

from __future__ import annotations

import numpy as np

from kasf_demo.reconstruct.normal_equations import NormalEquations
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import H36M

KNEE_SIGMA_M, KNEE_SLACK_M = 0.03, 0.01  # a knee this far in front of its hip-ankle line on the wrong side
LEGS = tuple((H36M[f"{s}_hip"], H36M[f"{s}_knee"], H36M[f"{s}_ankle"]) for s in "rl")


def bend_knee(xyz: FloatArray, leg: tuple[int, int, int], eq: NormalEquations) -> float:
    """A knee lies in front of the line from hip to ankle, as the pelvis faces, or on it. Its direction is taken as
    fixed for a step."""
    hip, knee, ankle = leg
    front = np.cross(xyz[:, H36M["r_hip"]] - xyz[:, H36M["l_hip"]], xyz[:, ankle] - xyz[:, hip])
    front /= np.maximum(np.linalg.norm(front, axis=-1, keepdims=True), 1e-6)
    ahead = ((xyz[:, knee] - (xyz[:, hip] + xyz[:, ankle]) / 2) * front).sum(-1)
    behind = np.minimum(ahead + KNEE_SLACK_M, 0) / KNEE_SIGMA_M
    weight = ((behind < 0) / KNEE_SIGMA_M**2)[:, None, None] * front[:, :, None] * front[:, None, :]
    parts = ((hip, -0.5), (knee, 1.0), (ankle, -0.5))
    for a, share in parts:
        eq.gradient[:, a] += share * (behind / KNEE_SIGMA_M)[:, None] * front
        for b, other in parts:
            eq.blocks[:, a, :, b] += share * other * weight
    return float((behind**2).sum())
