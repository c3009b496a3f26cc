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
    assert metrics.mpjve(predicted, truth).shape == (11,) and metrics.acceleration_error(predicted, truth).shape == (10,)


def test_pck() -> None:
    truth = np.zeros((1, 17, 3))
    predicted = truth.copy()
    predicted[0, :4, 1] = [149.9, 150.0, 150.1, np.nan]
    np.testing.assert_allclose(metrics.pck(predicted, truth), 15 / 17)
    np.testing.assert_allclose(metrics.pck(predicted, truth, threshold=1), 13 / 17)


def test_leading_dimensions_are_independent(pair: tuple[np.ndarray, np.ndarray]) -> None:
    predicted, truth = (np.stack([a, a * 2, a - 1]) for a in pair)
    for function in (metrics.mpjpe, metrics.n_mpjpe, metrics.p_mpjpe, metrics.mpjve, metrics.acceleration_error, metrics.pck):
        whole = function(predicted, truth)
        np.testing.assert_allclose(whole, np.stack([function(p, t) for p, t in zip(predicted, truth, strict=True)]), atol=1e-9)


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
