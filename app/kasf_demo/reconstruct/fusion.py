"""The detector's own 3D estimate as a second opinion on depth.

MediaPipe estimates each landmark in metres. Its legs are straighter than those of the lifting network when an athlete
stands before the camera, and its arms are worse, so the depth of the leg bones is a weighted mean and nothing else
changes. Measurements: docs/decisions.md, "Fusion of depth".
"""

from __future__ import annotations

import numpy as np

from kasf_demo.reconstruct.placement import LIMBS
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import H36M, LIMB_JOINTS

WEIGHT = 0.4  # weight of the detector's depth along a leg bone
_COLUMN = {h36m: column for column, (_, h36m) in enumerate(LIMB_JOINTS)}  # of `world`, by Human3.6M joint
_LEGS = tuple(
    (H36M[f"{side}_{a}"], H36M[f"{side}_{b}"]) for side in "lr" for a, b in (("hip", "knee"), ("knee", "ankle"))
)


def fuse_depth(pose: FloatArray, world: FloatArray) -> FloatArray:
    """`pose` with the leg bones' depth averaged with that of `world`, where it has an estimate.

    pose (T, 17, 3) lifted, in any unit, z away from the camera; world (T, 12, 3) see types.Detections. The estimate is
    scaled by the summed length of the limbs.
    """

    def total(points: FloatArray, ends: list[tuple[int, int]]) -> FloatArray:
        lengths: FloatArray = sum(np.linalg.norm(points[:, a] - points[:, b], axis=-1) for a, b in ends)
        return lengths

    joints = [(a, b) for a, b, _ in LIMBS]
    columns = [(_COLUMN[a], _COLUMN[b]) for a, b in joints]
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = total(pose, joints) / total(world, columns)
    known = np.isfinite(scale) & np.isfinite(world).all((1, 2)) & np.isfinite(pose).all((1, 2))
    out = pose.copy()
    for a, b in _LEGS:  # from the hip on: a moved knee takes its ankle along
        own = pose[known, b, 2] - pose[known, a, 2]
        other = (world[known, _COLUMN[b], 2] - world[known, _COLUMN[a], 2]) * scale[known]
        out[known, b, 2] = out[known, a, 2] + (1 - WEIGHT) * own + WEIGHT * other
    return out
