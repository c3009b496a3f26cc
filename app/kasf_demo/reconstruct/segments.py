"""The segments of the body that keep their length over a clip, and a first estimate of these lengths. numpy only."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import H36M

# (end, end) of each segment by the group whose length it shares: left and right are equal
_GROUPS: tuple[tuple[str, float, tuple[tuple[str, str], ...]], ...] = (
    ("thigh", 1.0, (("r_hip", "r_knee"), ("l_hip", "l_knee"))),
    ("shank", 1.0, (("r_knee", "r_ankle"), ("l_knee", "l_ankle"))),
    ("upper_arm", 1.0, (("l_shoulder", "l_elbow"), ("r_shoulder", "r_elbow"))),
    ("forearm", 1.0, (("l_elbow", "l_wrist"), ("r_elbow", "r_wrist"))),
    ("hips", 1.5, (("r_hip", "l_hip"),)),
    ("shoulders", 1.5, (("l_shoulder", "r_shoulder"),)),
    ("half_hips", 1.0, (("pelvis", "r_hip"), ("pelvis", "l_hip"))),
    ("trunk_side", 3.0, (("r_hip", "r_shoulder"), ("l_hip", "l_shoulder"))),
)
GROUPS = tuple(name for name, _, _ in _GROUPS)
LIMB_GROUPS = 4  # the first groups are limbs, whose length is measured in the image; trunk lengths come from the lifter
LENGTH_SIGMA_M = 0.01  # standard deviation of a limb from its length: keypoints move on the skin
FROM = np.array([H36M[a] for _, _, ends in _GROUPS for a, _ in ends])  # (S,)
TO = np.array([H36M[b] for _, _, ends in _GROUPS for _, b in ends])  # (S,)
GROUP = np.array([g for g, (_, _, ends) in enumerate(_GROUPS) for _ in ends])  # (S,)
SIGMA_M = LENGTH_SIGMA_M * np.array([looser for _, looser, ends in _GROUPS for _ in ends])  # (S,) a trunk bends

# A limb's length is the median of its projected lengths, or this share of its median lifted length if that is more.
# Higher percentiles make every joint bend (docs/decisions.md, "Whole-clip body fit")
MIN_OF_LIFTED = 0.95


def first_lengths(xyz: FloatArray, xy: FloatArray, depth: FloatArray, focal_px: float) -> FloatArray:
    """(G,) metres, by group. xyz (T, 17, 3) m lifted and placed; xy (T, 17, 2) px; depth (T,) m of the pelvis."""
    lifted = np.linalg.norm(xyz[:, FROM] - xyz[:, TO], axis=-1)
    projected = np.linalg.norm(xy[:, FROM] - xy[:, TO], axis=-1) * depth[:, None] / focal_px
    out = np.array([np.median(lifted[:, g == GROUP]) for g in range(len(GROUPS))])
    for g in range(LIMB_GROUPS):
        out[g] = max(float(np.median(projected[:, g == GROUP])), MIN_OF_LIFTED * out[g])
    return np.asarray(np.maximum(out, 1e-3))
