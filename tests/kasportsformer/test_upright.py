"""Which poses count as upside down, and that the half turn commutes with the steps before the network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasportsformer.skeleton import H36M, coco_to_h36m
from kasportsformer.training.dataset import Pairs
from kasportsformer.training.loader import one_batch
from kasportsformer.upright import half_turn, upside_down


def leaning(degrees: float, frames: int = 27) -> np.ndarray:
    """(1, T, 17, 3) keypoints whose trunk is turned by so much from upright, clockwise in the image; arms and legs
    anywhere."""
    x = np.random.default_rng(0).normal(0, 1, (1, frames, 17, 3))
    a = np.radians(degrees)
    x[..., H36M["pelvis"], :2] = 0.1
    x[..., [H36M["l_shoulder"], H36M["r_shoulder"]], :2] = (
        0.1 + 0.4 * np.array([np.sin(a), -np.cos(a)]) + np.array([[0.1, 0.0], [-0.1, 0.0]])
    )
    return x


@pytest.mark.parametrize(
    ("degrees", "want"), [(0, False), (90, False), (-109, False), (111, True), (-111, True), (180, True)]
)
def test_upside_down(degrees: float, want: bool) -> None:
    assert upside_down(leaning(degrees)).tolist() == [want]


def test_windows_are_told_apart_by_their_mean() -> None:
    somersault = np.concatenate([leaning(a, 1) for a in np.linspace(0, 360, 27)], axis=1)
    rather_down = np.concatenate([leaning(a, 1) for a in np.linspace(60, 300, 27)], axis=1)
    assert upside_down(np.concatenate([somersault, rather_down, leaning(0)])).tolist() == [False, True, False]


@given(st.integers(0, 10_000))
def test_the_half_turn_commutes_with_the_remap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    xy, score = rng.normal(0, 1, (3, 27, 17, 2)), rng.uniform(0, 1, (3, 27, 17))
    all_three = np.ones(3, bool)
    np.testing.assert_allclose(
        coco_to_h36m(half_turn(xy, all_three), score)[0], half_turn(coco_to_h36m(xy, score)[0], all_three), atol=1e-12
    )


def test_half_turn_leaves_the_others_and_its_argument() -> None:
    x = np.random.default_rng(0).normal(size=(3, 2, 17, 3))
    before, which = x.copy(), np.array([True, False, True])
    y = half_turn(x, which)
    assert (
        (x == before).all()
        and (y[1] == x[1]).all()
        and (y[which, ..., :2] == -x[which, ..., :2]).all()
        and (y[..., 2] == x[..., 2]).all()
    )
    assert (half_turn(y, which) == x).all()


def test_training_sees_upright_windows_with_their_truth() -> None:
    windows = np.concatenate([leaning(0), leaning(170)]).astype(np.float32)
    truth = np.random.default_rng(1).normal(size=windows.shape).astype(np.float32)
    source, label, _ = one_batch(lambda rng, n: Pairs(windows, truth, np.ones((2, 27), np.float32)), 0, 2, 0)
    which = np.array([False, True])
    assert (source.numpy() == half_turn(windows, which)).all() and (label.numpy() == half_turn(truth, which)).all()
    assert not upside_down(source.numpy()).any()
