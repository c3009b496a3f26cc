"""Tracking: identities are kept, whatever the order of detections, the camera motion or other people."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from feet import some_feet
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kasf_demo.tracking import follow
from kasf_demo.types.people import Detections, Track

W, H, FPS = 1280, 720, 30.0
BODY = np.array(  # COCO-17, of a person 200 px tall standing at (0, 0)
    [(4, 15), (8, 11), (0, 11), (12, 13), (-4, 13), (22, 40), (-18, 40), (28, 72), (-24, 72), (30, 100), (-26, 100),
     (14, 104), (-10, 104), (15, 150), (-11, 150), (16, 195), (-12, 195)], float)  # fmt: skip

Person = tuple[NDArray[np.float64], float]  # (17, 2) px and the box score


def person(x: float, y: float = 200, scale: float = 1, score: float = 0.9) -> Person:
    return BODY * scale + [x, y], score


def detections(people: list[Person], ids: list[int] | None = None) -> Detections:
    if not people:
        return Detections.empty()
    xy = np.stack([p for p, _ in people]).astype(np.float32)
    box = np.concatenate([xy.min(1) - 5, xy.max(1) + 5], axis=1)
    score = np.full(xy.shape[:2], 0.9, np.float32)
    return Detections(
        xy, score, box, np.array([s for _, s in people], np.float32), None if ids is None else np.array(ids)
    )


def xs(track: Track) -> NDArray[np.float64]:
    """(T,) the left hip's x."""
    return np.asarray(track.keypoints.xy[:, 11, 0], np.float64) - 14


def test_nobody_and_no_frames() -> None:
    assert follow([], W, H, fps=FPS) == []
    assert follow([Detections.empty()] * 5, W, H, fps=FPS) == []


@pytest.mark.parametrize("length", [1, 2, 3])
def test_the_shortest_clips(length: int) -> None:
    tracks = follow([detections([person(100)])] * length, W, H, fps=FPS)
    assert [(t.id, len(t.keypoints), t.keypoints.valid.all()) for t in tracks] == [(1, length, True)]


def test_a_flash_of_two_frames_is_noise() -> None:
    frames = [detections([person(100)] + ([person(900)] if t in (4, 5) else [])) for t in range(10)]
    assert len(follow(frames, W, H, fps=FPS)) == 1


def test_crossing_people_keep_their_ids() -> None:
    frames = []
    for t in range(90):
        a, b = person(100 + 8 * t), person(800 - 8 * t)
        apart = abs(a[0][0, 0] - b[0][0, 0])
        frames.append(detections([a] if apart < 20 else [a, b]))  # b disappears behind a
    one, two = follow(frames, W, H, fps=FPS)
    assert one.keypoints.valid.all()
    assert np.allclose(xs(one), 100 + 8 * np.arange(90), atol=0.01)
    seen = two.keypoints.valid
    assert seen.sum() >= 84 and np.allclose(xs(two)[seen], (800 - 8 * np.arange(90))[seen], atol=0.01)


def test_feet_go_with_their_person() -> None:
    frames = []
    for t in range(20):
        d = detections([person(100 + 10 * t), person(900 - 10 * t)])
        d = replace(d, feet=some_feet(2, seed=t))
        order = [1, 0] if t % 3 else [0, 1]
        assert d.feet is not None
        frames.append(Detections(d.xy[order], d.score[order], d.box[order], d.box_score[order], feet=d.feet[order]))
    frames[7] = replace(frames[7], feet=None)
    for track in follow(frames, W, H, fps=FPS):
        feet, first = track.keypoints.feet, int(track.keypoints.xy[0, 11, 0] > 500)
        assert feet is not None
        for t in range(20):
            want = some_feet(2, seed=t)
            if t == 7:
                assert np.isnan(feet.xy[t]).all() and (feet.score[t] == 0).all()
            else:
                np.testing.assert_array_equal(feet.xy[t], want.xy[first])


def test_a_panning_camera_does_not_matter() -> None:
    pan = np.cumsum(35 * np.sin(np.arange(60) / 9))
    frames = [detections([person(400 + p), person(700 + p), person(1000 + p, scale=0.7)]) for p in pan]
    tracks = follow(frames, W, H, fps=FPS)
    assert len(tracks) == 3 and all(t.keypoints.valid.all() for t in tracks)
    for t in tracks:
        assert np.ptp(xs(t) - pan) < 8


def test_someone_lost_and_found_is_one_track() -> None:
    frames = [detections([] if 30 <= t <= 60 else [person(200 + 2 * t)]) for t in range(90)]
    (track,) = follow(frames, W, H, fps=FPS)
    assert np.flatnonzero(~track.keypoints.valid).tolist() == list(range(30, 61))
    assert np.isnan(track.keypoints.xy[30:61]).all() and np.isnan(track.box[30:61]).all()
    assert (track.keypoints.score[30:61] == 0).all() and not track.keypoints.interpolated.any()


def test_someone_else_elsewhere_is_another_track() -> None:
    frames = [detections([person(200)] if t < 20 else [person(1000)] if t > 30 else []) for t in range(60)]
    assert [t.keypoints.valid.sum() for t in follow(frames, W, H, fps=FPS)] == [29, 20]


def test_duplicates_and_fragments_of_one_person_are_dropped() -> None:
    whole = person(300)
    again = person(303, score=0.5)
    frames = []
    for _ in range(20):
        d = detections([whole, again, person(300, score=0.6)])
        d.score[2, :11] = 0.1  # the third saw the legs only
        d.box[2, 1] += 100
        frames.append(d)
    (track,) = follow(frames, W, H, fps=FPS)
    assert np.allclose(xs(track), 300)


def test_weak_boxes_continue_a_track_but_start_none() -> None:
    frames = [detections([person(300 + t, score=0.9 if t % 10 else 0.22), person(900, score=0.22)]) for t in range(40)]
    (track,) = follow(frames, W, H, fps=FPS)
    assert track.keypoints.valid[1:].all() and np.allclose(xs(track)[1:], 300 + np.arange(1, 40), atol=0.01)


def test_the_largest_and_longest_comes_first() -> None:
    frames = [
        detections([person(100, scale=0.5), person(500), *([person(900, scale=1.2)] if t < 10 else [])])
        for t in range(40)
    ]
    tracks = follow(frames, W, H, fps=FPS)
    assert [t.id for t in tracks] == [1, 2, 3]
    assert xs(tracks[0])[0] == pytest.approx(500)


def test_ids_of_the_source_win_over_positions() -> None:
    frames = [detections([person(200), person(800)], [7, 3] if t < 10 else [3, 7]) for t in range(20)]
    tracks = follow(frames, W, H, fps=FPS)
    assert sorted(t.id for t in tracks) == [3, 7]
    seven = next(t for t in tracks if t.id == 7)
    assert np.allclose(xs(seven), [200] * 10 + [800] * 10)


def test_people_without_an_id_get_free_ones() -> None:
    frames = [detections([person(200), person(800)], [1, -1])] * 10
    assert sorted(t.id for t in follow(frames, W, H, fps=FPS)) == [1, 2]


def test_values_that_are_not_finite_are_not_followed() -> None:
    bad = person(600)
    bad[0][3] = np.nan
    (track,) = follow([detections([person(200), bad])] * 5, W, H, fps=FPS)
    assert np.allclose(xs(track), 200)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_the_order_of_detections_does_not_matter_and_t_is_kept(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    count = data.draw(st.integers(1, 4))
    people = [
        (rng.uniform(0, 1200), rng.uniform(-8, 8), rng.uniform(0.4, 1.3), rng.random() < 0.5) for _ in range(count)
    ]
    frames = []
    for t in range(data.draw(st.integers(1, 25))):
        here = [p for p in people if p[3] or rng.random() < 0.7]
        frames.append(
            detections([person(x + v * t, scale=s, score=float(rng.uniform(0.15, 0.95))) for x, v, s, _ in here])
        )
    shuffled = []
    for d in frames:
        order = rng.permutation(len(d))
        shuffled.append(Detections(d.xy[order], d.score[order], d.box[order], d.box_score[order]))
    one, two = follow(frames, W, H, fps=FPS), follow(shuffled, W, H, fps=FPS)
    assert [t.id for t in one] == [t.id for t in two] == list(range(1, len(one) + 1))
    for a, b in zip(one, two, strict=True):
        assert len(a.keypoints) == len(frames)
        assert np.array_equal(a.keypoints.xy, b.keypoints.xy, equal_nan=True) and np.array_equal(
            a.box, b.box, equal_nan=True
        )
        assert (np.isfinite(a.keypoints.xy).all((1, 2)) == a.keypoints.valid).all()
    for t in range(len(frames)):  # no detection is in two tracks
        rows = [tuple(a.keypoints.xy[t].ravel()) for a in one if a.keypoints.valid[t]]
        assert len(rows) == len(set(rows)) <= len(frames[t])


def test_memory_for_tracks_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    boxes = [np.array([x, 20, x + 20 + x / 4, 120], np.float32) for x in (10, 150, 300, 450)]
    frames = []
    for _ in range(20):
        xy = np.stack(
            [b[:2] + (b[2:] - b[:2]) * np.linspace(0, 1, 17)[:, None] + rng.normal(0, 0.1, (17, 2)) for b in boxes]
        )
        frames.append(
            Detections(
                xy.astype(np.float32), np.full((4, 17), 0.9, np.float32), np.stack(boxes), np.full(4, 0.9, np.float32)
            )
        )
    everybody = follow(frames, 640, 480, fps=30)
    monkeypatch.setattr(sys.modules["kasf_demo.tracking.tracker"], "MAX_BYTES", 2 * 20 * 225)
    heaviest = follow(frames, 640, 480, fps=30)
    assert len(everybody) == 4 and [t.box[0].tolist() for t in heaviest] == [t.box[0].tolist() for t in everybody[:2]]
