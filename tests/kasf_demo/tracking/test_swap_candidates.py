"""Spans in which legs or arms change sides are found by motion alone, exactly; limbs that walk are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gappy_tracks import make
from walker import walking_coco

from kasf_demo.tracking import ARMS, LEGS, Span, swap_back, swap_candidates
from kasf_demo.tracking.swap_candidates import Pairs
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Track

FRAMES, RATE = 90, 30.0


def walker(rate: float = RATE) -> Track:
    rng = np.random.default_rng(2)
    slow = walking_coco(FRAMES)
    at = np.arange(round(FRAMES * rate / RATE)) * RATE / rate
    xy = np.stack([np.interp(at, np.arange(FRAMES), c) for c in slow.reshape(FRAMES, -1).T], -1).reshape(-1, 17, 2)
    return make(xy + rng.normal(0, 0.3, xy.shape))


def found(track: Track, pairs: Pairs, rate: float = RATE, unseen: slice | None = None) -> list[Span]:
    hidden = np.zeros(len(track.keypoints), bool)
    if unseen is not None:
        hidden[unseen] = True
    return swap_candidates(track, np.arange(len(hidden)) / rate, pairs, hidden)


@pytest.mark.parametrize("pairs", [LEGS, ARMS])
def test_a_walk_has_none(pairs: Pairs) -> None:
    assert found(walker(), pairs) == []


@pytest.mark.parametrize("pairs", [LEGS, ARMS])
@pytest.mark.parametrize(("start", "end"), [(33, 42), (48, 51), (20, 40)])
def test_a_swapped_span_is_the_best_one(pairs: Pairs, start: int, end: int) -> None:
    best = found(swap_back(walker(), pairs, start, end), pairs)[0]
    assert (best.start, best.end) == (start, end) and best.gain > 0


def test_fast_clips() -> None:
    best = found(swap_back(walker(120.0), LEGS, 140, 170), LEGS, 120.0)[0]
    assert (best.start, best.end) == (140, 170)


def test_keypoints_that_do_not_count_are_no_evidence() -> None:
    track = walker()
    xy = track.keypoints.xy.copy()
    xy[40, 13:17] = xy[40, 13:17].mean(0)  # both legs at one place for a moment, as wide apart as they get
    track = replace(track, keypoints=replace(track.keypoints, xy=xy))
    assert found(track, LEGS, unseen=slice(40, 41)) == []


def test_a_track_without_a_person_and_a_short_one() -> None:
    empty = make(walking_coco(30), np.zeros(30, bool))
    assert found(empty, LEGS) == []
    assert found(make(walking_coco(4)), LEGS) == [] and found(make(walking_coco(1)), LEGS) == []


def test_swapping_back_moves_scores_world_and_feet() -> None:
    track, rng = walker(), np.random.default_rng(1)
    k = replace(
        track.keypoints,
        score=rng.uniform(0.5, 1, (FRAMES, 17)),
        world=rng.normal(size=(FRAMES, 12, 3)),
        feet=FootPoints(rng.normal(size=(FRAMES, 4, 2)), np.ones((FRAMES, 4))),
    )
    got = swap_back(replace(track, keypoints=k), LEGS, 10, 20).keypoints
    inside, outside = slice(10, 20), slice(20, None)
    assert k.world is not None and got.world is not None and k.feet is not None and got.feet is not None
    assert np.array_equal(got.xy[inside, [13, 15]], k.xy[inside, [14, 16]])
    assert np.array_equal(got.score[inside, [14, 16]], k.score[inside, [13, 15]])
    assert np.array_equal(got.world[inside, [8, 10]], k.world[inside, [9, 11]])  # knees and ankles after 8 others
    assert np.array_equal(got.world[inside, :8], k.world[inside, :8])
    assert not np.array_equal(got.feet.xy[inside], k.feet.xy[inside])
    assert np.array_equal(swap_back(replace(track, keypoints=k), ARMS, 10, 20).keypoints.feet.xy, k.feet.xy)  # type: ignore[union-attr]
    for before, after in ((k.xy, got.xy), (k.score, got.score), (k.world, got.world), (k.feet.xy, got.feet.xy)):
        assert np.array_equal(before[outside], after[outside])
    assert got.other_side is not None and got.other_side.sum() == 10 * 4
    assert got.other_side[inside, [[13], [14], [15], [16]]].all()
    again = swap_back(replace(track, keypoints=got), LEGS, 10, 20).keypoints
    assert again.other_side is not None and not again.other_side.any()
