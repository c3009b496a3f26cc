"""What tells how far off heels, toes and the angles of feet may be: numbers by frame, as `clues` has them of joints.

A foot hangs on its ankle, so the ankle's uncertainty is the first of them. T is the number of frames; lengths in
metres. All are symmetric: a mirrored clip has mirrored clues.
"""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FEET
from kasf_demo.types.motion import FOOT_ANGLES
from kasportsformer.skeleton import H36M

MIN_M = 0.005  # lengths below it tell nothing more
FOOT_KINDS = ("heel", "toe")
FOOT_CLUES = (
    "one",  # 1
    "ankle",  # log m: the ankle's sigma
    "short",  # share of the line from heel to toe that is along the line of sight
    "unsure",  # 1 - score
)
FOOT_ANGLE_KINDS = ("ankle_flexion", "foot_pitch", "foot_progression")
FOOT_ANGLE_CLUES = (
    "one",  # 1
    "leg",  # log m: the sigma of knee and ankle
    "ends",  # log m: that of heel and toe
    "side",  # how far the view is from the side, see Clues
    "unsure",  # 1 - score, mean of heel and toe
)
foot_kind = np.array([FOOT_KINDS.index(name[2:]) for name in FEET])
foot_angle_kind = np.array([FOOT_ANGLE_KINDS.index(name[2:]) for name in FOOT_ANGLES])
_ANKLES = [H36M[f"{name[0]}_ankle"] for name in FEET]
_ENDS = [[FEET.index(f"{name[0]}_{end}") for end in FOOT_KINDS] for name in FOOT_ANGLES]
_LEGS = [[H36M[f"{name[0]}_{joint}"] for joint in ("knee", "ankle")] for name in FOOT_ANGLES]


def foot_clues(feet: FloatArray, pelvis: FloatArray, sigma_m: FloatArray, score: FloatArray) -> FloatArray:
    """(T, 4, C), columns as FOOT_CLUES: of heels and toes (T, 4, 3) and the pelvis (T, 3) in axes whose origin is the
    camera; sigma_m (T, 17) of the joints, score (T, 4)."""
    along = feet[:, [1, 1, 3, 3]] - feet[:, [0, 0, 2, 2]]
    sight = pelvis / np.maximum(np.linalg.norm(pelvis, axis=-1, keepdims=True), 1e-6)
    length = np.maximum(np.linalg.norm(along, axis=-1), 1e-6)
    short = np.abs(np.einsum("tnk,tk->tn", along, sight)) / length
    return np.stack([np.ones(score.shape), np.log(sigma_m[:, _ANKLES] + MIN_M), short, 1 - score], axis=-1)


def foot_angle_clues(sigma_m: FloatArray, foot_sigma_m: FloatArray, side: FloatArray, score: FloatArray) -> FloatArray:
    """(T, 6, C), columns as FOOT_ANGLE_CLUES: sigma_m (T, 17) of the joints, foot_sigma_m (T, 4), side (T,), score
    (T, 4)."""
    ends = np.stack([np.sqrt((foot_sigma_m[:, rows] ** 2).mean(-1)) for rows in _ENDS], axis=-1)
    legs = np.stack([np.sqrt((sigma_m[:, rows] ** 2).mean(-1)) for rows in _LEGS], axis=-1)
    unsure = np.stack([1 - score[:, rows].mean(-1) for rows in _ENDS], axis=-1)
    sides = np.broadcast_to(side[:, None] ** 2, ends.shape)
    return np.stack([np.ones(ends.shape), np.log(legs + MIN_M), np.log(ends + MIN_M), sides, unsure], axis=-1)
