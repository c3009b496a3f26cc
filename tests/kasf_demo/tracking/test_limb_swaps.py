"""Legs and arms that carry the wrong side's labels for longer than a few frames are put right, whoever is filmed at
whatever frame rate; limbs that cross, kick or rest are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gappy_tracks import make
from walker import walking_coco

from kasf_demo.tracking.limb_swaps import MISSING_SCORE, repair_limb_swaps
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Track
from kasportsformer.skeleton import COCO_MIRROR

LEGS, ARMS = list(range(11, 17)), list(range(7, 11))
BELOW_HIPS, ANKLES = list(range(13, 17)), [15, 16]


def fighter(frames: int, rate: float = 30.0) -> FloatArray:
    """(T, 17, 2) px: a figure of 200 px in a wide stance, swaying, with noise of half a pixel."""
    rng = np.random.default_rng(3)
    y = [20, 17, 17, 20, 20, 50, 50, 85, 85, 115, 115, 120, 120, 165, 165, 205, 205]
    x = [0, 5, -5, 10, -10, 30, -30, 55, -55, 75, -75, 14, -14, 55, -55, 60, -60]
    xy = np.tile(np.stack([x, y], 1).astype(float), (frames, 1, 1)) + 300
    sway = 6 * np.sin(np.arange(frames) / rate * 3)
    xy[:, :13, 0] += sway[:, None]
    return xy + rng.normal(0, 0.5, xy.shape)


def swapped(xy: FloatArray, joints: list[int], start: int, end: int) -> FloatArray:
    out = xy.copy()
    out[start:end, joints] = xy[start:end][:, [COCO_MIRROR[j] for j in joints]]
    return out


def repaired(xy: FloatArray, rate: float = 30.0) -> Track:
    return repair_limb_swaps(make(xy), np.arange(len(xy)) / rate)


@pytest.mark.parametrize("joints", [LEGS, BELOW_HIPS, ANKLES, ARMS, [9, 10]])
@pytest.mark.parametrize(("rate", "start", "end"), [(30.0, 20, 45), (60.0, 40, 100), (240.0, 100, 250)])
def test_a_limb_with_the_wrong_side_is_put_right(joints: list[int], rate: float, start: int, end: int) -> None:
    truth = fighter(round(3 * rate), rate)
    got = repaired(swapped(truth, joints, start, end), rate).keypoints
    assert np.allclose(got.xy, truth, atol=1e-3)
    assert not (got.score == MISSING_SCORE).any()
    moved = np.zeros(got.score.shape, bool)
    moved[start:end, joints] = True
    assert got.other_side is not None and np.array_equal(got.other_side, moved)


@pytest.mark.parametrize("joints", [LEGS, ARMS])
def test_several_spans_and_both_limbs_are_put_right(joints: list[int]) -> None:
    truth = fighter(120)
    labelled = swapped(
        swapped(swapped(truth, joints, 20, 35), joints, 60, 80), ARMS if joints == LEGS else LEGS, 50, 70
    )
    assert np.allclose(repaired(labelled).keypoints.xy, truth, atol=1e-3)


def test_scores_move_with_their_joints() -> None:
    truth = fighter(90)
    track = make(swapped(truth, LEGS, 20, 45))
    score = np.full((90, 17), 0.9)
    score[:, 15], score[20:45, [15, 16]] = 0.7, (0.9, 0.7)
    track = replace(track, keypoints=replace(track.keypoints, score=score))
    got = repair_limb_swaps(track, np.arange(90) / 30).keypoints.score
    assert np.allclose(got[:, 15], 0.7) and np.allclose(got[:, 16], 0.9)


def test_keypoints_between_both_places_count_as_missing() -> None:
    truth = fighter(180, 60.0)
    labelled = swapped(truth, BELOW_HIPS, 60, 120)
    for t in (60, 61, 118, 119):  # the detector hedges
        labelled[t, BELOW_HIPS] = truth[t, BELOW_HIPS].reshape(2, 2, 2).mean(1).repeat(2, axis=0)
    got = repaired(labelled, 60.0).keypoints
    missing = [60, 61, 118, 119]
    assert (got.score[np.ix_(missing, BELOW_HIPS)] == MISSING_SCORE).all()
    others = np.setdiff1d(np.arange(180), missing)
    assert np.allclose(got.xy[others], truth[others], atol=1e-3)
    assert (got.score[others] > 0.5).all()


def test_mirrored_clips_give_mirrored_repairs() -> None:
    labelled = swapped(fighter(90), LEGS, 20, 45)
    mirrored = labelled[:, COCO_MIRROR] * (-1, 1) + (1000, 0)
    back = repaired(mirrored).keypoints.xy[:, COCO_MIRROR] * (-1, 1) + (1000, 0)
    assert np.allclose(back, repaired(labelled).keypoints.xy, atol=1e-3)


@pytest.mark.parametrize("pan_px", [0.0, 12.0])
@pytest.mark.parametrize("pace", [1, 2, 3])
def test_walking_and_running_are_left_alone(pan_px: float, pace: int) -> None:
    xy = walking_coco(240)[::pace]
    xy[..., 0] += pan_px * np.arange(len(xy))[:, None]
    assert repaired(xy).keypoints.xy.tobytes() == make(xy).keypoints.xy.tobytes()


@pytest.mark.parametrize("rate", [30.0, 60.0])
def test_a_kick_past_the_standing_leg_is_left_alone(rate: float) -> None:
    xy = fighter(round(3 * rate), rate)
    t = np.arange(len(xy)) / rate
    swing = 160 * np.exp(-(((t - 1.5) / 0.08) ** 2))  # 200 px is a body: 1.4 m within a tenth of a second and back
    xy[:, 15, 0] -= 1.5 * swing
    xy[:, 13, 0] -= 0.8 * swing
    assert repaired(xy, rate).keypoints.xy.tobytes() == make(xy).keypoints.xy.tobytes()


def test_one_exchange_alone_is_not_repaired() -> None:
    labelled = swapped(fighter(90), LEGS, 40, 90)
    assert repaired(labelled).keypoints.xy.tobytes() == make(labelled).keypoints.xy.tobytes()


def test_a_swap_of_many_seconds_is_left_to_the_detector() -> None:
    labelled = swapped(fighter(300), LEGS, 50, 250)
    assert repaired(labelled).keypoints.xy.tobytes() == make(labelled).keypoints.xy.tobytes()


def test_the_detectors_own_depth_is_dropped_in_swapped_frames() -> None:
    labelled = swapped(fighter(90), LEGS, 20, 45)
    track = make(labelled)
    track = replace(track, keypoints=replace(track.keypoints, world=np.zeros((90, 12, 3), np.float32)))
    world = repair_limb_swaps(track, np.arange(90) / 30).keypoints.world
    assert world is not None
    assert np.isnan(world[20:45]).all() and np.isfinite(np.delete(world, np.arange(20, 45), axis=0)).all()


def test_feet_go_with_their_ankles() -> None:
    labelled = swapped(fighter(90), LEGS, 20, 45)
    feet = FootPoints(np.tile(np.arange(4.0)[:, None], (90, 1, 2)), np.ones((90, 4)))
    track = make(labelled)
    got = repair_limb_swaps(
        replace(track, keypoints=replace(track.keypoints, feet=feet)), np.arange(90) / 30
    ).keypoints.feet
    assert got is not None
    assert (got.xy[20:45, :, 0] == (2, 3, 0, 1)).all() and (got.xy[:20, :, 0] == (0, 1, 2, 3)).all()
