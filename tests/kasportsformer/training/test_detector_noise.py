"""The noise follows its parameters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kasportsformer.skeleton import COCO, COCO_MIRROR
from kasportsformer.training.body import keypoints
from kasportsformer.training.body_shape import mean_shape
from kasportsformer.training.cameras import project
from kasportsformer.training.detector_noise import SPREAD_M, NoiseConfig, add_noise
from kasportsformer.training.forward_kinematics import FloatArray

from .conftest import standing

QUIET = NoiseConfig(  # with informative scores, so that effects are visible
    clean=0,
    level=(1.0, 0.0),
    blur_s=0,
    ankle_raise_m=(0, 0),
    hidden=0,
    self_hidden=0,
    swap=(0, 0, 0),
    drop=0,
    drop_known=1,
    blind=0,
    score_noise=0,
    base_score=(0.9, 0.9),
    score_error_m=(0.07, 0.07),
    hidden_score=(0.3, 0.9),
)
COUNT, DEPTH = 400, 8.0


def still(count: int = COUNT) -> FloatArray:
    """A person standing 8 m before a level camera, in camera axes (B, T, 17, 3)."""
    v, m = standing(27)
    p = keypoints(np.repeat(v[None], count, 0), np.repeat(m[None], count, 0), mean_shape(count))
    looking = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float32)
    return np.asarray(p @ looking.T + np.array([0, 1, DEPTH], np.float32))


def noisy(config: NoiseConfig, seed: int = 0, dt: float = 1 / 30) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(error in metres, score, noisy keypoints)."""
    seen = still()
    xy, score = add_noise(np.random.default_rng(seed), project(seen), seen, np.full(COUNT, dt), config)
    return (xy - project(seen)) * DEPTH, score, xy


def test_errors_have_the_size_asked_for() -> None:
    error, score, _ = noisy(QUIET)
    share = np.sqrt(QUIET.bias**2 + QUIET.drift**2 + QUIET.white**2)
    np.testing.assert_allclose(error.std((0, 1, 3)), SPREAD_M * share, rtol=0.12)
    assert abs(error.mean()) < 0.002
    assert 0.6 < score.mean() < 0.9


def test_errors_persist_and_wander() -> None:
    error, _, _ = noisy(replace(QUIET, bias=0, white=0, drift=1))
    along = np.array([np.corrcoef(error[:, 0].ravel(), error[:, k].ravel())[0, 1] for k in (1, 3, 9)])
    np.testing.assert_allclose(along, np.exp(-np.array([1, 3, 9]) / 30 / QUIET.drift_s), atol=0.05)
    error, _, _ = noisy(replace(QUIET, bias=1, white=0, drift=0))
    np.testing.assert_allclose(error, np.broadcast_to(error[:, :1], error.shape), atol=1e-5)


def test_scores_go_with_the_errors() -> None:
    error, score, _ = noisy(
        NoiseConfig(
            clean=0, blind=0, ankle_raise_m=(0, 0), score_error_m=(0.07, 0.07), hidden_m=0.08, hidden_score=(0.3, 0.9)
        )
    )
    size = np.linalg.norm(error, axis=-1)
    assert np.corrcoef(size.ravel(), score.ravel())[0, 1] < -0.35
    assert score[size > 0.15].mean() < 0.5 < score[size < 0.03].mean()
    assert score.min() >= 0 and score.max() <= 1


def test_hidden_limbs_come_in_stretches_with_low_scores() -> None:
    error, score, _ = noisy(replace(QUIET, hidden=1.0, hidden_m=0.08, snap=0))
    wrist = np.linalg.norm(error[:, :, COCO["left_wrist"]], axis=-1)
    nose = np.linalg.norm(error[:, :, COCO["nose"]], axis=-1)
    assert wrist.mean() > 1.6 * nose.mean()
    low = score[:, :, COCO["left_wrist"]] < 0.3 * 0.9
    assert low[:, 1:][low[:, :-1]].mean() > 1.5 * low.mean()


def test_swaps_exchange_the_sides() -> None:
    _, _, xy = noisy(replace(QUIET, level=(1e-6, 0), swap=(0, 0, 1.0)))
    exact = project(still())
    swapped = np.abs(xy - exact[..., COCO_MIRROR, :]).max((2, 3)) < 1e-4
    same = np.abs(xy - exact).max((2, 3)) < 1e-4
    assert (swapped | same).all() and 0.05 < swapped.mean() < 0.95


def test_dropped_points_are_anywhere_with_a_score_near_nothing() -> None:
    error, score, _ = noisy(replace(QUIET, drop=0.05))
    far = np.linalg.norm(error, axis=-1) > 0.25
    assert 0.02 < far.mean() < 0.06
    assert score[far].max() < 0.16


def test_gross_errors_may_be_certain() -> None:
    error, score, _ = noisy(replace(QUIET, drop=0.05, drop_known=0.0, score_error_m=(1e3, 1e3)))
    assert score[np.linalg.norm(error, axis=-1) > 0.25].min() > 0.8


def test_ankles_are_seen_up_the_shank() -> None:
    error, _, _ = noisy(replace(QUIET, level=(1e-6, 0), ankle_raise_m=(0.03, 0.03)))
    ankles = [COCO["left_ankle"], COCO["right_ankle"]]
    np.testing.assert_allclose(error[:, :, ankles, 1], -0.03, atol=2e-3)  # up is -y; the shanks hang straight down
    assert np.abs(np.delete(error, ankles, axis=2)).max() < 1e-4


def test_no_noise_is_no_noise() -> None:
    error, score, _ = noisy(NoiseConfig.none())
    assert np.abs(error).max() == 0 and (score == 1).all()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.floats(1 / 60, 1 / 24))
def test_the_default_is_finite_and_repeatable(seed: int, dt: float) -> None:
    seen = still(4)
    runs = [
        add_noise(np.random.default_rng(seed), project(seen), seen, np.full(4, dt), NoiseConfig()) for _ in range(2)
    ]
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    assert np.isfinite(runs[0][0]).all() and np.isfinite(runs[0][1]).all()
