"""AutoSoccerPose's steps and features against vectors made with its code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kasf_demo.strikes.published import (
    FEATURE_NAMES,
    as_3dsp,
    equal_bones,
    published_features,
    published_posture,
    reordered,
    smoothed,
    turned,
)
from kasportsformer.skeleton import H36M


@pytest.fixture
def vectors(shared: Path) -> Iterator[Any]:
    with np.load(shared / "golden" / "shot_posture.npz") as arrays:
        yield arrays


@pytest.mark.assets
def test_each_step_is_that_of_the_published_code(vectors: Any) -> None:
    steps = ((equal_bones, "clips", "after_lengths"), (turned, "after_lengths", "after_turn"),
             (smoothed, "after_turn", "after_smoothing"), (published_posture, "clips", "after_smoothing"))  # fmt: skip
    for step, before, after in steps:
        found = np.stack([step(clip) for clip in vectors[before]])
        assert np.abs(found - vectors[after]).max() < 1e-9, after


@pytest.mark.assets
def test_features_are_those_of_the_published_code(vectors: Any) -> None:
    assert tuple(str(name) for name in vectors["feature_names"]) == FEATURE_NAMES
    found = np.array([list(published_features(clip).values()) for clip in vectors["clips"]])
    assert np.abs(found - vectors["features"]).max() < 1e-9


def test_the_order_is_its_own_inverse_and_has_the_left_leg_first() -> None:
    poses = np.random.default_rng(0).normal(0, 1, (4, 17, 3))
    assert np.array_equal(reordered(reordered(poses)), poses)
    ours = [H36M[name] for name in ("l_hip", "l_ankle", "r_hip", "r_shoulder", "l_wrist")]
    assert np.array_equal(reordered(poses)[:, [1, 3, 4, 11, 16]], poses[:, ours])


def test_a_pose_as_the_data_set_has_it() -> None:
    poses = np.random.default_rng(1).normal(4, 1, (5, 17, 3))
    found = as_3dsp(poses)
    assert np.allclose(found[:, 0, :2], 0) and np.allclose(found[..., 2].min(1), 0)
    assert np.allclose(found.max((1, 2)), 1)
