"""A leg that leaps onto the other one counts as missing until it leaps back; legs that meet by moving do not."""

from __future__ import annotations

import numpy as np
import pytest
from gappy_tracks import make
from walker import walking_coco

from kasf_demo.tracking import drop_collapsed_legs
from kasf_demo.tracking.limb_swaps import MISSING_SCORE
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasportsformer.skeleton import COCO_MIRROR


def raised_leg(frames: int, rate: float) -> FloatArray:
    """(T, 17, 2) px: a figure of 200 px with the left leg raised to the side, swaying, with noise of half a pixel."""
    rng = np.random.default_rng(5)
    y = [20, 17, 17, 20, 20, 50, 50, 85, 85, 115, 115, 120, 120, 130, 165, 165, 205]
    x = [0, 5, -5, 10, -10, 30, -30, 38, -38, 45, -45, 14, -14, 60, -16, 90, -16]
    xy = np.tile(np.stack([x, y], 1).astype(float), (frames, 1, 1)) + 300
    xy[:, :, 0] += 6 * np.sin(np.arange(frames) / rate * 3)[:, None]
    return xy + rng.normal(0, 0.5, xy.shape)


def missing(xy: FloatArray, rate: float) -> BoolArray:
    return np.asarray(drop_collapsed_legs(make(xy), np.arange(len(xy)) / rate).keypoints.score == MISSING_SCORE)


@pytest.mark.parametrize(("rate", "start", "end"), [(30.0, 20, 32), (60.0, 40, 70), (240.0, 100, 200)])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_leg_on_the_other_one_is_missing(rate: float, start: int, end: int, mirrored: bool) -> None:
    xy = raised_leg(round(2 * rate), rate)
    xy[start:end, [13, 15]] = xy[start:end][:, [14, 16]] + 1.5
    side = [13, 15]
    if mirrored:
        xy, side = xy[:, COCO_MIRROR] * (-1, 1) + (1000, 0), [14, 16]
    expected = np.zeros(xy.shape[:2], bool)
    expected[start:end, side] = True
    assert (missing(xy, rate) == expected).all()


def test_if_the_knee_is_lost_the_ankle_is() -> None:
    xy = raised_leg(60, 30.0)
    xy[20:32, 13] = xy[20:32, 14] + 1.5
    got = missing(xy, 30.0)
    assert got[20:32, [13, 15]].all() and got.sum() == 24


def test_an_ankle_alone_leaves_the_knee() -> None:
    xy = raised_leg(60, 30.0)
    xy[20:32, 15] = xy[20:32, 16] + 1.5
    got = missing(xy, 30.0)
    assert got[20:32, 15].all() and got.sum() == 12


def test_legs_that_part_slowly_after_a_leap() -> None:
    truth = raised_leg(90, 30.0)
    xy = truth.copy()
    share = np.clip((np.arange(90) - 40) / 30, 0, 1)[:, None, None]  # from the other leg back to its own place
    xy[20:, [13, 15]] = (truth[:, [14, 16]] + share * (truth[:, [13, 15]] - truth[:, [14, 16]]))[20:]
    got = missing(xy, 30.0)
    assert got[20:40, [13, 15]].all() and not got[:20].any() and not got[60:].any()


@pytest.mark.parametrize("pace", [1, 2, 3])
def test_walking_and_running_are_left_alone(pace: int) -> None:
    assert not missing(walking_coco(240)[::pace], 30.0).any()


def test_legs_side_by_side_are_left_alone() -> None:
    xy = raised_leg(90, 30.0)
    xy[:, [13, 15]] = xy[:, [14, 16]] + 2
    assert not missing(xy, 30.0).any()


def test_a_leg_that_is_put_down_beside_the_other_is_left_alone() -> None:
    xy = raised_leg(90, 30.0)
    share = np.clip((np.arange(90) - 30) / 6, 0, 1)[:, None, None]  # within 0.2 s
    xy[:, [13, 15]] += share * (xy[:, [14, 16]] + 2 - xy[:, [13, 15]])
    assert not missing(xy, 30.0).any()
