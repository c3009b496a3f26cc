from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kasportsformer import metrics


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    truth = rng.normal(scale=300, size=(12, 17, 3))
    return truth + rng.normal(scale=40, size=truth.shape), truth


@pytest.mark.assets
def test_golden(shared: Path) -> None:
    with np.load(shared / "golden" / "metrics.npz") as golden:
        predicted, truth = golden["predicted_mm"], golden["ground_truth_mm"]
        for name, ours in {
            "mpjpe": metrics.mpjpe(predicted, truth),
            "p_mpjpe": metrics.p_mpjpe(predicted, truth),
            "jpe": metrics.joint_errors(predicted, truth),
            "acceleration_error": metrics.acceleration_error(predicted, truth),
        }.items():
            np.testing.assert_allclose(ours, golden[name], rtol=0, atol=1e-5, err_msg=name)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 20), st.floats(-1000, 1000))
def test_p_mpjpe_ignores_similarity(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    predicted, truth = rng.normal(scale=300, size=(2, 5, 17, 3))
    moved = scale * Rotation.random(rng=rng).apply(predicted.reshape(-1, 3)).reshape(predicted.shape) + shift
    np.testing.assert_allclose(metrics.p_mpjpe(moved, truth), metrics.p_mpjpe(predicted, truth), atol=1e-6)
    np.testing.assert_allclose(metrics.p_mpjpe(moved, predicted), 0, atol=1e-6)


def test_p_mpjpe_does_not_mirror(pair: tuple[np.ndarray, np.ndarray]) -> None:
    _, truth = pair
    assert (metrics.p_mpjpe(truth * [-1, 1, 1], truth) > 50).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_n_mpjpe_ignores_scale(seed: int, scale: float) -> None:
    predicted, truth = np.random.default_rng(seed).normal(scale=300, size=(2, 5, 17, 3))
    np.testing.assert_allclose(metrics.n_mpjpe(scale * predicted, truth), metrics.n_mpjpe(predicted, truth), atol=1e-6)
    np.testing.assert_allclose(metrics.n_mpjpe(scale * truth, truth), 0, atol=1e-6)


def test_velocity_and_acceleration_ignore_what_they_should(pair: tuple[np.ndarray, np.ndarray]) -> None:
    predicted, truth = pair
    drift = np.arange(len(truth))[:, None, None] * np.array([3.0, 0, 4.0])
    np.testing.assert_allclose(metrics.mpjve(truth + 50, truth), 0, atol=1e-9)
    np.testing.assert_allclose(metrics.mpjve(truth + drift, truth), 5)
    np.testing.assert_allclose(metrics.acceleration_error(truth + drift, truth), 0, atol=1e-9)
    assert metrics.mpjve(predicted, truth).shape == (11,) and metrics.acceleration_error(predicted, truth).shape == (
        10,
    )


def test_pck() -> None:
    truth = np.zeros((1, 17, 3))
    predicted = truth.copy()
    predicted[0, :4, 1] = [149.9, 150.0, 150.1, np.nan]
    np.testing.assert_allclose(metrics.pck(predicted, truth), 15 / 17)
    np.testing.assert_allclose(metrics.pck(predicted, truth, threshold=1), 13 / 17)


def test_leading_dimensions_are_independent(pair: tuple[np.ndarray, np.ndarray]) -> None:
    predicted, truth = (np.stack([a, a * 2, a - 1]) for a in pair)
    for function in (
        metrics.mpjpe,
        metrics.n_mpjpe,
        metrics.p_mpjpe,
        metrics.mpjve,
        metrics.acceleration_error,
        metrics.pck,
    ):
        whole = function(predicted, truth)
        np.testing.assert_allclose(
            whole, np.stack([function(p, t) for p, t in zip(predicted, truth, strict=True)]), atol=1e-9
        )


def test_a_collapsed_prediction_has_finite_errors(pair: tuple[np.ndarray, np.ndarray]) -> None:
    _, truth = pair
    for function in (metrics.mpjpe, metrics.n_mpjpe, metrics.p_mpjpe):
        assert np.isfinite(function(np.zeros_like(truth), truth)).all()


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match=r"\(16, 3\)"):
        metrics.mpjpe(np.zeros((17, 3)), np.zeros((16, 3)))
    with pytest.raises(ValueError, match=r"T, J, 3"):
        metrics.mpjve(np.zeros((17, 3)), np.zeros((17, 3)))
    with pytest.raises(ValueError, match="3 frames"):
        metrics.acceleration_error(np.zeros((2, 17, 3)), np.zeros((2, 17, 3)))


def test_keypoint_errors_and_box() -> None:
    truth = np.array([[[0, 0], [100, 0], [0, 200], [900, 900]]], float)
    inside = np.array([[True, True, True, False]])
    np.testing.assert_allclose(metrics.keypoint_errors(truth + np.array([3, 4]), truth), 5)
    np.testing.assert_allclose(metrics.box_side(truth, inside), [200])  # the point outside does not count
    assert np.isnan(metrics.box_side(truth, ~inside & False)).all()


def test_pck_2d() -> None:
    truth = np.zeros((2, 4, 2))
    predicted = truth.copy()
    predicted[0, :, 0] = [9.9, 10, 10.1, np.nan]
    visible = np.array([[True, True, True, True], [False] * 4])
    side = np.array([200.0, 200.0])
    np.testing.assert_allclose(metrics.pck_2d(predicted, truth, visible, side), [0.5, np.nan])
    np.testing.assert_allclose(metrics.pck_2d(predicted, truth, visible & [True, True, True, False], side)[0], 2 / 3)
    np.testing.assert_allclose(metrics.pck_2d(predicted, truth, visible, side, fraction=0.01)[0], 0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 20), st.floats(-500, 500))
def test_pck_2d_and_spread_ignore_scale_and_place(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    truth, predicted = rng.normal(scale=100, size=(2, 5, 12, 2))
    visible = rng.random((5, 12)) < 0.8
    pck = [
        metrics.pck_2d(p, t, visible, metrics.box_side(t, visible))
        for p, t in ((predicted, truth), (predicted * scale, truth * scale))
    ]
    np.testing.assert_allclose(*pck)
    joints = rng.normal(size=(6, 17, 3))
    np.testing.assert_allclose(
        metrics.bone_length_spread(joints * scale + shift), metrics.bone_length_spread(joints), rtol=1e-6
    )


def test_bone_length_spread() -> None:
    joints = np.zeros((4, 3, 3))
    joints[:, 1, 0] = [0.9, 1.1, 0.9, 1.1]  # 10 %
    joints[:, 2, 0] = joints[:, 1, 0] + 2  # rigid
    np.testing.assert_allclose(metrics.bone_length_spread(joints, [(0, 1), (1, 2)]), 0.05)
    joints = np.concatenate([joints, np.full((2, 3, 3), np.nan)])
    np.testing.assert_allclose(metrics.bone_length_spread(joints, [(0, 1)]), 0.1)  # gaps are left out
    assert np.isnan(metrics.bone_length_spread(np.full((4, 17, 3), np.nan)))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_rigid_skeleton_that_tumbles_has_no_spread(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pose = rng.normal(size=(17, 3))
    moved = np.stack([Rotation.random(rng=rng).apply(pose) + rng.normal(size=3) for _ in range(6)])
    np.testing.assert_allclose(metrics.bone_length_spread(moved), 0, atol=1e-9)


def a_step() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One foot stands for 10 frames, then swings at 3 m/s, 30 cm high; the other stands all the time."""
    times_s = np.arange(20) / 20
    ankles = np.zeros((20, 2, 3))
    ankles[..., 2] = 0.08
    ankles[10:, 0, 0] = 3 * (times_s[10:] - times_s[9])
    ankles[10:, 0, 2] = 0.38
    contact = np.ones((20, 2), bool)
    contact[9:, 0] = False  # frame 9's velocity already holds half of the first step
    return ankles, times_s, contact


def test_foot_contact_is_low_and_slow() -> None:
    ankles, times_s, contact = a_step()
    np.testing.assert_array_equal(metrics.foot_contact(ankles, times_s), contact)
    assert not metrics.foot_contact(ankles + np.array([0, 0, 0.05]), times_s).any()  # a foot in the air
    # too fast
    assert not metrics.foot_contact(ankles + np.linspace(-0.3, 0, 20)[:, None, None] * [0, 0, 1], times_s)[:, 1].any()


def test_foot_skate_counts_standing_feet_only() -> None:
    ankles, times_s, contact = a_step()
    np.testing.assert_allclose(metrics.foot_skate(ankles, times_s, contact), 0, atol=1e-12)
    sliding = ankles + times_s[:, None, None] * np.array([0.3, 0.4, 7.0])  # up and down is no skating
    np.testing.assert_allclose(metrics.foot_skate(sliding, times_s, contact), 0.5)
    assert np.isnan(metrics.foot_skate(ankles, times_s, contact & False))
    sliding[5] = np.nan  # a gap takes its frame and both neighbours
    np.testing.assert_allclose(metrics.foot_skate(sliding, times_s, contact), 0.5)
    uneven = np.sort(np.random.default_rng(0).random(20))
    np.testing.assert_allclose(
        metrics.foot_skate(ankles[:1] + uneven[:, None, None] * [0.3, 0.4, 0], uneven, contact), 0.5
    )


def test_foot_skate_alone() -> None:
    times_s = np.arange(10) / 10
    ankles = np.zeros((10, 2, 3))
    ankles[..., 0] = 0.6 * times_s[:, None]
    ankles[..., 2] = [0.08, 2.0]  # one on the floor, one in the air
    np.testing.assert_allclose(metrics.foot_skate_alone(ankles, times_s), 0.6)
    ankles[:, 0, 2] = 0.08 + 0.025 * np.log2(1.5)
    np.testing.assert_allclose(metrics.foot_skate_alone(ankles, times_s), 0.3)
    assert np.isnan(metrics.foot_skate_alone(ankles + np.array([0, 0, 1]), times_s))
    with pytest.raises(ValueError, match="times"):
        metrics.foot_skate_alone(ankles, times_s[:4])
