"""Stretches with the whole body labelled back to front are put right; crossing limbs and panning cameras are left
alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from feet import some_feet
from gappy_tracks import make
from hypothesis import given, settings
from hypothesis import strategies as st
from walker import walking_coco

from kasf_demo.tracking.left_right import find_body_swaps, repair_body_swaps, repair_short_swaps
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import COCO_MIRROR


def facing_camera(frames: int) -> FloatArray:
    """(T, 17, 2) px: a figure that faces the camera, 200 px tall, shoulders 60 px wide, arms moving."""
    rng = np.random.default_rng(0)
    y = [20, 17, 17, 20, 20, 50, 50, 85, 85, 115, 115, 120, 120, 165, 165, 205, 205]
    x = [0, 5, -5, 10, -10, 30, -30, 38, -38, 45, -45, 18, -18, 20, -20, 22, -22]
    xy = np.tile(np.stack([x, y], 1).astype(float), (frames, 1, 1)) + 200 + rng.normal(0, 0.7, (frames, 17, 2))
    xy[:, 9:11, 1] -= 50 * np.abs(np.sin(np.arange(frames) / 8))[:, None]
    return xy


def times(n: int) -> FloatArray:
    return np.arange(n) / 30


@pytest.mark.parametrize(("start", "end"), [(10, 14), (20, 45), (0, 8), (70, 90)])
@pytest.mark.parametrize("pan_px", [0.0, 15.0])
def test_a_stretch_from_behind_is_put_right(start: int, end: int, pan_px: float) -> None:
    truth = facing_camera(90)
    truth[..., 0] += pan_px * np.arange(90)[:, None]
    labelled = truth.copy()
    labelled[start:end] = labelled[start:end][:, COCO_MIRROR]
    got = repair_body_swaps(make(labelled), times(90)).keypoints.xy
    assert np.allclose(got, truth)


@pytest.mark.parametrize("joints", [range(5, 11), range(11, 17)])
def test_legs_or_arms_alone_are_left_to_the_detector(joints: range) -> None:
    labelled = facing_camera(90)
    labelled[30:50, list(joints)] = labelled[30:50][:, [COCO_MIRROR[j] for j in joints]]
    assert np.allclose(repair_body_swaps(make(labelled), times(90)).keypoints.xy, labelled)


def test_walking_and_panning_are_left_alone() -> None:
    xy = walking_coco(120)
    xy[..., 0] += 12 * np.arange(120)[:, None]
    for still in (xy, facing_camera(120)):
        assert np.allclose(repair_body_swaps(make(still), times(120)).keypoints.xy, still)


def test_one_who_turns_round_keeps_the_detectors_labels() -> None:
    xy = facing_camera(90)
    # half a turn in 0.7 s: left and right pass each other
    turn = np.cos(np.clip((np.arange(90) - 30) / 20, 0, 1) * np.pi)
    middle = xy[..., :1].mean(1, keepdims=True)
    xy[..., :1] = middle + (xy[..., :1] - middle) * turn[:, None, None]
    assert not find_body_swaps(make(xy), times(90)).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(0, 10_000))
def test_joints_only_change_sides(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    track = make(rng.uniform(0, 300, (n, 17, 2)), rng.uniform(size=n) < 0.8)
    out = repair_body_swaps(track, times(n))
    assert (out.keypoints.valid == track.keypoints.valid).all()
    before, after = track.keypoints.xy, out.keypoints.xy
    stayed = np.isclose(after, before, equal_nan=True).all(-1)
    crossed = np.isclose(after, before[:, COCO_MIRROR], equal_nan=True).all(-1)
    assert (stayed | crossed).all()
    assert not find_body_swaps(track, times(n))[~track.keypoints.valid].any()


def test_repaired_frames_lose_the_detectors_own_3d_estimate() -> None:
    """It was made for the wrong side."""
    labelled = facing_camera(90)
    labelled[20:30] = labelled[20:30][:, COCO_MIRROR]
    track = make(labelled)
    track = replace(track, keypoints=replace(track.keypoints, world=np.zeros((90, 12, 3), np.float32)))
    world = repair_body_swaps(track, times(90)).keypoints.world
    assert world is not None
    assert np.flatnonzero(np.isnan(world).all((1, 2))).tolist() == list(range(20, 30))


def test_feet_change_sides_with_the_body() -> None:
    labelled = facing_camera(90)
    labelled[20:30] = labelled[20:30][:, COCO_MIRROR]
    track, feet = make(labelled), some_feet(90)
    repaired = repair_body_swaps(
        replace(track, keypoints=replace(track.keypoints, feet=feet)), times(90)
    ).keypoints.feet
    assert repaired is not None
    np.testing.assert_array_equal(repaired.xy[20:30], feet.xy[20:30][:, [2, 3, 0, 1]])
    np.testing.assert_array_equal(repaired.xy[:20], feet.xy[:20])
    np.testing.assert_array_equal(repaired.xy[30:], feet.xy[30:])


@pytest.mark.parametrize(("joints", "swapped"), [((13, 14, 15, 16), True), ((7, 8, 9, 10), False)])
def test_feet_change_sides_with_their_ankles_only(joints: tuple[int, ...], swapped: bool) -> None:
    xy = facing_camera(30)
    for left, right in zip(joints[::2], joints[1::2], strict=True):
        xy[12, [left, right]] = xy[12, [right, left]]
    track, feet = make(xy), some_feet(30)
    after = repair_short_swaps(replace(track, keypoints=replace(track.keypoints, feet=feet))).keypoints
    np.testing.assert_array_equal(after.xy[12, joints], facing_camera(30)[12, joints])
    assert after.feet is not None
    np.testing.assert_array_equal(after.feet.xy[12], feet.xy[12, [2, 3, 0, 1]] if swapped else feet.xy[12])
    np.testing.assert_array_equal(after.feet.xy[13], feet.xy[13])
