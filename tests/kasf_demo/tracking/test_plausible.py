"""Tracks of background texture are dropped; fast, small, upside-down and partly hidden athletes are not."""

from __future__ import annotations

import numpy as np
import pytest
from walker import walking_coco

from kasf_demo.tracking import choose, follow, point_warning
from kasf_demo.tracking.plausible import is_plausible, plausible
from kasf_demo.types.people import Detections, Keypoints2D, Track


def track(xy: np.ndarray, number: int = 1, score: float = 0.7, seen: np.ndarray | None = None) -> Track:
    """From (T, 17, 2) px."""
    valid = np.ones(len(xy), bool) if seen is None else seen
    box = np.concatenate([xy.min(1) - 5, xy.max(1) + 5], axis=1)
    xy, box = np.where(valid[:, None, None], xy, np.nan), np.where(valid[:, None], box, np.nan)
    return Track(
        number,
        Keypoints2D(xy, np.where(valid[:, None], score, 0) * np.ones(17), valid, np.zeros(len(xy), bool), "coco"),
        box,
    )


def texture(frames: int, size: float = 300.0, jump: float = 0.1, seed: int = 0) -> np.ndarray:
    """(T, 17, 2) px: a body whose joints are found anew in each frame."""
    random = np.random.default_rng(seed)
    return walking_coco(frames) * (size / 200) + random.normal(0, jump * size, (frames, 17, 2))


GAPS = np.array([True, True, True, False] * 20)
RUNNER = walking_coco(80) * 1.5
KICKED = RUNNER.copy()
KICKED[30:36, 15:17] += np.linspace(0, 250, 6)[:, None, None]  # ankles, 8 m/s faster than the body


@pytest.mark.parametrize(
    "one",
    [
        track(RUNNER),
        track(KICKED),
        track(RUNNER * [1, -1] + [0, 900]),  # upside down
        # 35 px tall, keypoints 1.2 px off
        track(RUNNER * 0.12 + np.random.default_rng(1).normal(0, 1.2, RUNNER.shape)),
        track(RUNNER, seen=GAPS),
        track(RUNNER[:12]),
        track(RUNNER, score=0.35),
    ],
    ids=["runner", "kick", "upside down", "tiny", "hidden at times", "brief", "doubtful"],
)
def test_athletes_are_people(one: Track) -> None:
    assert is_plausible(one, 30.0)
    assert plausible([one], 30.0) == [one]


def test_texture_is_no_person() -> None:
    seen = np.array([True, True, True, False, False] * 4)
    flicker = track(texture(20, jump=0.05), seen=seen)
    wild = track(texture(80), 2)
    faint = track(RUNNER, 3, score=0.18)
    for one in (flicker, wild, faint):
        assert not is_plausible(one, 30.0)
    athlete = track(RUNNER, 4)
    assert plausible([wild, athlete, flicker, faint], 30.0) == [athlete]
    assert plausible([flicker], 30.0) == []
    assert plausible([wild, flicker], 30.0) == [wild]  # better than nothing: it is there for seconds


def test_a_slow_rate_makes_no_texture_of_a_runner() -> None:
    assert is_plausible(track(RUNNER[::3]), 10.0)


def test_following_drops_texture_and_keeps_the_people_that_a_file_names() -> None:
    def detections(ids: bool) -> list[Detections]:
        out = []
        for body, tree in zip(RUNNER, texture(80) + np.array([700, 0]), strict=True):
            xy = np.stack([body, tree])
            box = np.concatenate([xy.min(1), xy.max(1)], axis=1)
            out.append(Detections(xy, np.full((2, 17), 0.7), box, np.full(2, 0.8), np.array([7, 9]) if ids else None))
        return out

    assert len(follow(detections(False), 1280, 720, fps=30.0)) == 1
    assert sorted(t.id for t in follow(detections(True), 1280, 720, fps=30.0)) == [7, 9]


def test_a_point_beside_all_people_is_reported() -> None:
    first, later = track(RUNNER, 1), track(RUNNER + np.array([500, 0]), 2, seen=np.arange(80) >= 40)
    x, y = later.box[40, :2] + 10
    spec = f"{x:.0f},{y:.0f}"
    assert [t.id for t in choose([first, later], spec, 1280, 720)] == [1]
    warning = point_warning(first, spec, [first, later])
    assert warning is not None
    assert "person 1" in warning
    assert "person 2 is there from frame 40 on: --athlete 2" in warning
    inside = first.box[0, :2] + 10
    assert point_warning(first, f"{inside[0]:.0f},{inside[1]:.0f}") is None
    assert point_warning(first, "auto") is None
