"""Gaps are filled only where their neighbours speak for them; sides are exchanged only where it is certain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from feet import some_feet
from gappy_tracks import make
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from kasf_demo.tracking import fill_gaps, find_short_swaps, repair_short_swaps

FPS = 30
BODY = np.array(
    [(4, 15), (8, 11), (0, 11), (12, 13), (-4, 13), (22, 40), (-18, 40), (28, 72), (-24, 72), (30, 100), (-26, 100),
     (14, 104), (-10, 104), (15, 150), (-11, 150), (16, 195), (-12, 195)], float)  # fmt: skip
LEFT, RIGHT = list(range(5, 17, 2)), list(range(6, 17, 2))


def walk(frames: int) -> NDArray[np.float64]:
    """(T, 17, 2) px: walking to the right, wrists and ankles swinging, seen half from the side."""
    xy = np.tile(BODY, (frames, 1, 1))
    t = np.arange(frames)
    swing = 40 * np.sin(2 * np.pi * t / 30)
    for joint, part in ((7, -0.3), (8, 0.3), (9, -0.7), (10, 0.7), (13, 0.5), (14, -0.5), (15, 1), (16, -1)):
        xy[:, joint, 0] += part * swing
    return xy + np.stack([100 + 3 * t, np.full(frames, 100)], 1)[:, None]


@settings(deadline=None, max_examples=60)
@given(valid=hnp.arrays(bool, st.integers(1, 60)), max_gap_s=st.floats(0, 1))
def test_filled_are_exactly_the_short_inner_gaps(valid: NDArray[np.bool_], max_gap_s: float) -> None:
    # straight lines come back as they were
    xy = walk(1)[0] + np.arange(len(valid))[:, None, None] * np.array([3.0, -2.0])
    times = np.arange(len(valid)) / FPS
    before = make(xy, valid)
    after = fill_gaps(before, times, max_gap_s=max_gap_s)
    k = after.keypoints
    assert len(k) == len(valid) and after.id == 1
    assert (k.valid == (valid | k.interpolated)).all() and not (valid & k.interpolated).any()
    assert np.array_equal(k.xy[valid], before.keypoints.xy[valid]) and np.array_equal(
        k.score[valid], before.keypoints.score[valid]
    )
    assert np.allclose(k.xy[k.valid], xy[k.valid]) and np.isfinite(after.box[k.valid]).all()
    assert np.isnan(k.xy[~k.valid]).all() and (k.score[~k.valid] == 0).all()
    assert np.allclose(k.score[k.interpolated], 0.45)
    seen = np.flatnonzero(valid)
    for t in np.flatnonzero(~valid):
        a, b = seen[seen < t], seen[seen > t]
        short = len(a) > 0 and len(b) > 0 and (b[0] - a[-1] - 1) / FPS <= max_gap_s + 1e-6
        assert k.valid[t] == short


def test_gaps_are_measured_in_time_not_in_frames() -> None:
    valid = np.array([True, False, True, False, True])
    times = np.array([0, 0.1, 0.2, 1.2, 1.3])
    assert fill_gaps(make(walk(5), valid), times).keypoints.valid.tolist() == [True, True, True, False, True]
    with pytest.raises(ValueError, match="expected 5"):
        fill_gaps(make(walk(5), valid), times[:4])


def test_interpolation_follows_the_time_stamps() -> None:
    xy = np.zeros((3, 17, 2)) + np.arange(17)[:, None]
    xy[2] += 10
    filled = fill_gaps(make(xy, np.array([True, False, True])), np.array([0, 0.3, 0.4]), max_gap_s=0.4)
    assert np.allclose(filled.keypoints.xy[1], xy[0] + 7.5)


def test_a_guessed_joint_far_off_is_put_back_and_stays_faint() -> None:
    xy, score = walk(30), np.full((30, 17), 0.9)
    truth = xy[12, 15].copy()
    xy[12, 15] += [120, -80]
    score[12, 15] = 0.1
    k = fill_gaps(make(xy, score=score), np.arange(30) / FPS).keypoints
    assert np.linalg.norm(k.xy[12, 15] - truth) < 5
    assert k.score[12, 15] == 0.1 and k.valid.all() and not k.interpolated.any()
    others = np.ones((30, 17), bool)
    others[12, 15] = False
    assert np.array_equal(k.xy[others], xy[others])


@pytest.mark.parametrize("low", [[12], [11, 12], list(range(8, 18))])
def test_a_fast_kick_is_not_flattened(low: list[int]) -> None:
    """The ankle goes 150 px forward and back within 0.4 s, unsure at the turning point, and stays as detected."""
    xy, score = np.tile(BODY + 300, (30, 1, 1)), np.full((30, 17), 0.9)
    xy[:, 16, 0] += 150 * np.exp(-(((np.arange(30) - 12) / 4) ** 2))
    score[low, 16] = 0.15
    assert np.array_equal(fill_gaps(make(xy, score=score), np.arange(30) / FPS).keypoints.xy, xy)


def exchange(xy: NDArray[np.float64], frames: list[int], left: list[int], right: list[int]) -> NDArray[np.float64]:
    out = xy.copy()
    for t in frames:
        out[t, left + right] = xy[t, right + left]
    return out


@pytest.mark.parametrize("frames", [[20], [20, 21], [19, 20, 21], [8, 20]])
@pytest.mark.parametrize(
    "joints", [slice(0, 6), slice(3, 6), slice(0, 3), slice(4, 6)], ids=["body", "legs", "arms", "lower legs"]
)
def test_exchanged_sides_are_put_back(frames: list[int], joints: slice) -> None:
    xy = walk(40)
    track = make(exchange(xy, frames, LEFT[joints], RIGHT[joints]))
    assert np.allclose(repair_short_swaps(track).keypoints.xy, xy)
    assert sorted({t for t, _ in find_short_swaps(track)}) == frames


def test_walking_is_left_alone() -> None:
    assert find_short_swaps(make(walk(90))) == []
    side_on = walk(90)
    side_on[:, RIGHT, 0] += side_on[:, LEFT, 0].mean(0) - side_on[:, RIGHT, 0].mean(0)  # both sides behind each other
    assert find_short_swaps(make(side_on)) == []


def test_a_sprint_is_left_alone() -> None:
    """Legs that pass each other every 0.11 s, as a sprinter's do."""
    xy = np.tile(BODY + 300, (90, 1, 1))
    swing = 60 * np.sin(2 * np.pi * np.arange(90) / 6.6)
    for joint, part in ((13, 0.5), (14, -0.5), (15, 1), (16, -1)):
        xy[:, joint, 0] += part * swing
    assert find_short_swaps(make(xy)) == []


def test_unsure_neighbours_and_the_ends_of_a_track_decide_nothing() -> None:
    xy = exchange(walk(40), [0, 20, 39], LEFT, RIGHT)
    score = np.full((40, 17), 0.9)
    score[19] = 0.3
    valid = np.ones(40, bool)
    assert find_short_swaps(make(xy, valid, score)) == []


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), frames=st.integers(1, 30))
def test_unswap_only_moves_joints_between_sides(seed: int, frames: int) -> None:
    rng = np.random.default_rng(seed)
    valid = rng.random(frames) < 0.9
    track = make(walk(frames) + rng.normal(0, 15, (frames, 17, 2)), valid, rng.random((frames, 17)))
    out = repair_short_swaps(track)
    assert np.array_equal(out.keypoints.valid, valid) and out.box is track.box
    for t in np.flatnonzero(valid):
        assert sorted(map(tuple, out.keypoints.xy[t])) == sorted(map(tuple, track.keypoints.xy[t]))


def test_feet_in_gaps_lie_between_those_before_and_after() -> None:
    valid = np.ones(12, bool)
    valid[[4, 5, 8]] = False
    track, feet = make(walk(12), valid), some_feet(12)
    feet.xy[~valid], feet.score[~valid] = np.nan, 0
    feet.xy[7, 1], feet.score[7, 1] = np.nan, 0  # unknown on one side of the second gap
    filled = fill_gaps(replace(track, keypoints=replace(track.keypoints, feet=feet)), np.arange(12) / 30).keypoints.feet
    assert filled is not None
    np.testing.assert_allclose(filled.xy[4], feet.xy[3] + (feet.xy[6] - feet.xy[3]) / 3, atol=1e-6)
    np.testing.assert_allclose(filled.score[4], 0.5 * np.minimum(feet.score[3], feet.score[6]))
    assert np.isnan(filled.xy[8, 1]).all() and filled.score[8, 1] == 0 and np.isfinite(filled.xy[8, [0, 2, 3]]).all()
    assert np.isnan(feet.xy[4]).all()  # the track that came in is not changed
