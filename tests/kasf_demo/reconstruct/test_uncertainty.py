"""The stated uncertainty: clues and sigmas that a mirror does not change, more of it where joints are doubtful."""

from __future__ import annotations

from dataclasses import replace

import figure
import numpy as np
import pytest

from kasf_demo.kinematics import measure_angles
from kasf_demo.reconstruct import clues
from kasf_demo.reconstruct.clues import CLUES, KIND, KINDS, find_clues
from kasf_demo.reconstruct.person import Placed
from kasf_demo.reconstruct.uncertainty import LogLinear, angle_kind, calibration
from kasf_demo.types.arrays import FloatArray, chunks
from kasf_demo.types.camera import Camera, CameraMotion, Orientation
from kasf_demo.types.motion import ANGLES
from kasf_demo.types.people import Keypoints2D, Pose3D
from kasportsformer.skeleton import H36M, H36M_MIRROR, mirror_h36m

T = 40
CAMERA = Camera(figure.FOCAL_PX, *figure.CENTRE.tolist())
MIRROR = list(H36M_MIRROR)


def placed(xyz: FloatArray, seed: int = 0) -> tuple[Placed, Placed]:
    """A person before the fit, somewhat wrong, and after it."""
    rng = np.random.default_rng(seed)
    xy = figure.project(xyz) + rng.normal(0, 4, (T, 17, 2))
    k = Keypoints2D(xy, rng.uniform(0.3, 1, (T, 17)), np.ones(T, bool), np.zeros(T, bool), "h36m")
    before = Placed(1, k, k, xyz + rng.normal(0, 0.05, xyz.shape), spread_m=rng.uniform(0, 0.05, (T, 17, 2)))
    return before, replace(before, xyz=xyz)


def in_mirror(p: Placed) -> Placed:
    k = p.h36m
    xy = k.xy[:, MIRROR].copy()
    xy[..., 0] = 2 * figure.CENTRE[0] - xy[..., 0]
    k = replace(k, xy=xy, score=k.score[:, MIRROR])
    assert p.spread_m is not None
    return Placed(1, k, k, mirror_h36m(p.xyz), spread_m=p.spread_m[:, MIRROR])


def sigma(before: Placed, after: Placed, doubtful: np.ndarray) -> FloatArray:
    found = find_clues(before, after, doubtful, CAMERA, CameraMotion.none(T), 30.0)
    return calibration().joint_sigma(found, "mediapipe")


def test_a_mirrored_person_has_mirrored_uncertainty() -> None:
    before, after = placed(figure.squats(T, 30.0, azimuth_deg=30.0))
    doubtful = np.random.default_rng(1).random((T, 17)) < 0.2
    a = sigma(before, after, doubtful)
    b = sigma(in_mirror(before), in_mirror(after), doubtful[:, MIRROR])
    assert np.ptp(a[:, 1:]) > 0.01
    np.testing.assert_allclose(a[:, MIRROR], b, rtol=1e-9)


def test_doubtful_joints_are_less_sure_and_the_pelvis_is_the_reference() -> None:
    before, after = placed(figure.squats(T, 30.0, azimuth_deg=30.0))
    limbs = [H36M[f"{s}_{p}"] for s in "rl" for p in ("knee", "ankle", "elbow", "wrist")]
    sure, doubted = np.zeros((T, 17), bool), np.zeros((T, 17), bool)
    doubted[:, limbs] = True
    a, b = sigma(before, after, sure), sigma(before, after, doubted)
    assert (b >= a).all() and b[:, limbs].mean() > a[:, limbs].mean()
    assert (a[:, 0] == 0).all() and (a[:, 1:] > 0.005).all() and (a < 0.6).all()


def test_disagreement_scores_and_residuals_raise_it() -> None:
    before, after = placed(figure.squats(T, 30.0, azimuth_deg=30.0))
    none = np.zeros((T, 17), bool)
    calm = sigma(before, after, none)[:, 1:].mean()
    assert before.spread_m is not None
    apart = replace(before, spread_m=before.spread_m + 0.08)
    xy = before.h36m.xy + np.random.default_rng(2).normal(0, 25, (T, 17, 2))
    off = replace(before, h36m=replace(before.h36m, xy=xy))
    for worse in (apart, off):
        assert sigma(worse, after, none)[:, 1:].mean() > 1.05 * calm


def test_one_window_alone_and_a_single_frame_have_a_sigma() -> None:
    before, after = placed(figure.squats(T, 30.0, azimuth_deg=0.0))
    assert before.spread_m is not None
    alone = before.spread_m.copy()
    alone[..., 1] = np.nan
    assert np.isfinite(sigma(replace(before, spread_m=alone), after, np.zeros((T, 17), bool))).all()
    values = find_clues(before, after, np.zeros((T, 17), bool), CAMERA, CameraMotion.none(T), 30.0).values
    assert values.shape == (T, 17, len(CLUES)) and np.isfinite(values).all()


def test_angles_against_the_vertical_share_the_error_of_the_camera() -> None:
    xyz = figure.squats(T, 30.0, azimuth_deg=20.0)
    level = Orientation.of()
    pose = Pose3D(xyz @ level.to_world.T, np.ones((T, 17)), np.ones(T, bool), np.zeros(T, bool), np.arange(T) / 30)
    angles = measure_angles(pose)
    joints, side = np.full((T, 17), 0.05), np.zeros(T)
    tilted = replace(level, tilt=replace(level.tilt, sigma_deg=10.0), roll=replace(level.roll, sigma_deg=10.0))
    sure, unsure = (calibration().angle_sigma(joints, angles, side, o) for o in (level, tilted))
    lean, knee = ANGLES.index("trunk_lean_forward"), ANGLES.index("r_knee_flexion")
    assert (unsure[:, lean] >= 10 * calibration().by_angle[lean]).all() and (sure[:, lean] < unsure[:, lean]).all()
    np.testing.assert_array_equal(unsure[:, knee], sure[:, knee])
    wider = calibration().angle_sigma(2 * joints, angles, side, level)
    assert (wider[:, knee] > sure[:, knee]).all()


def test_left_and_right_are_of_one_kind() -> None:
    assert KIND[H36M["l_knee"]] == KIND[H36M["r_knee"]] != KIND[H36M["l_hip"]] and len(KINDS) == 10 + 1
    assert angle_kind[ANGLES.index("r_hip_flexion")] == angle_kind[ANGLES.index("l_hip_flexion")]


def test_real_detectors_have_factors_of_their_own() -> None:
    before, after = placed(figure.squats(T, 30.0, azimuth_deg=30.0))
    found = find_clues(before, after, np.zeros((T, 17), bool), CAMERA, CameraMotion.none(T), 30.0)
    own = calibration()
    plain = own.joint_sigma(found, "")[:, H36M["l_knee"]]
    for name, known in (("yolo", "yolo"), ("mediapipe", "mediapipe"), ("keypoints-file", "other")):
        factor = own.detectors[known][KINDS.index("knee")]
        np.testing.assert_allclose(own.joint_sigma(found, name)[:, H36M["l_knee"]], factor * plain)
    assert own.detectors["yolo"][KINDS.index("knee")] > own.detectors["mediapipe"][KINDS.index("knee")]


def test_a_table_of_other_clues_is_refused() -> None:
    with pytest.raises(ValueError, match="clues"):
        LogLinear.read({"clues": ["one"]}, KINDS, CLUES)


def test_chunks_of_a_long_clip_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = placed(figure.squats(T, 30.0, azimuth_deg=30.0))
    assert before.spread_m is not None
    spread_m = before.spread_m.astype(np.float32)
    spread_m[10:30, :, 1] = np.nan
    before, doubtful, still = replace(before, spread_m=spread_m), np.zeros((T, 17), bool), CameraMotion.none(T)
    whole = find_clues(before, after, doubtful, CAMERA, still, 30.0)
    monkeypatch.setattr(clues, "chunks", lambda frames: chunks(frames, 7))
    parts = list(clues.clues_by_chunk(before, after, doubtful, CAMERA, still, 30.0))
    assert len(parts) == 6
    np.testing.assert_allclose(np.concatenate([c.values for _, c in parts]), whole.values, atol=1e-6)
    np.testing.assert_allclose(np.concatenate([c.side for _, c in parts]), whole.side, atol=1e-9)
