"""The detector's own depth in the lifted pose: legs only, depth only, where there is an estimate."""

from __future__ import annotations

import figure
import numpy as np

from kasf_demo.reconstruct.fusion import WEIGHT, fuse_depth
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import COCO_BODY
from kasportsformer.skeleton import H36M, LIMB_JOINTS, mirror_h36m

JOINTS = [h36m for _, h36m in LIMB_JOINTS]
SWAPPED = [1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10]


def test_the_columns_are_cocos_limb_joints() -> None:
    assert [coco for coco, _ in LIMB_JOINTS] == list(COCO_BODY)


def squat() -> tuple[FloatArray, FloatArray]:
    """Poses, pelvis at the origin, and what a detector that sees the same in metres says."""
    xyz = figure.squats(40, 30.0, azimuth_deg=20.0)
    xyz = xyz - xyz[:, :1]
    return xyz, xyz[:, JOINTS] - xyz[:, [H36M["l_hip"], H36M["r_hip"]]].mean(1, keepdims=True)


def test_a_detector_that_agrees_changes_nothing() -> None:
    pose, world = squat()
    np.testing.assert_allclose(fuse_depth(pose, world), pose, atol=1e-6)
    np.testing.assert_allclose(fuse_depth(300 * pose, world), 300 * pose, atol=1e-3)  # px at the root's depth


def test_the_depth_of_leg_bones_is_the_weighted_mean_and_all_else_stays() -> None:
    pose, world = squat()
    other = world.copy()
    other[:, [10, 11], 2] += 0.1  # ankles
    scale = _limbs(pose[:, JOINTS]) / _limbs(other)
    fused = fuse_depth(pose, other)
    for side, knee, ankle in (("l", 8, 10), ("r", 9, 11)):
        a, b = H36M[f"{side}_knee"], H36M[f"{side}_ankle"]
        wanted = (1 - WEIGHT) * (pose[:, b, 2] - pose[:, a, 2])
        wanted += WEIGHT * (other[:, ankle, 2] - other[:, knee, 2]) * scale
        np.testing.assert_allclose(fused[:, b, 2] - fused[:, a, 2], wanted, atol=1e-9)
    legs = [H36M[f"{s}_{j}"] for s in "lr" for j in ("knee", "ankle")]
    rest = [j for j in range(17) if j not in legs]
    np.testing.assert_array_equal(fused[:, rest], pose[:, rest])
    np.testing.assert_array_equal(fused[..., :2], pose[..., :2])


def test_frames_without_an_estimate_stay() -> None:
    pose, world = squat()
    world = world + 0.05 * np.arange(12)[:, None]
    world[5:9] = np.nan
    fused = fuse_depth(pose, world)
    np.testing.assert_array_equal(fused[5:9], pose[5:9])
    assert np.abs(fused - pose)[[4, 9]].max() > 0.005
    pose[20] = np.nan
    assert np.isnan(fuse_depth(pose, world)[20]).all()


def test_mirrored_in_mirrored_out() -> None:
    pose, world = squat()
    world = world + np.random.default_rng(3).normal(0, 0.03, world.shape)
    mirrored = world[:, SWAPPED] * [-1, 1, 1]
    np.testing.assert_allclose(fuse_depth(mirror_h36m(pose), mirrored), mirror_h36m(fuse_depth(pose, world)), atol=1e-9)


def _limbs(points: FloatArray) -> FloatArray:
    ends = [(0, 2), (2, 4), (1, 3), (3, 5), (6, 8), (8, 10), (7, 9), (9, 11)]
    return np.asarray(sum(np.linalg.norm(points[:, a] - points[:, b], axis=-1) for a, b in ends))
