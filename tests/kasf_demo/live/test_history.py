"""The last keypoints of one person at an even rate, whatever frames are dropped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kasf_demo.live.history import LOST_S, History
from kasf_demo.types.people import Detections
from kasportsformer.skeleton import coco_to_h36m

STANDING: NDArray[np.float64] = np.random.default_rng(0).uniform([90, 100], [150, 300], (17, 2))


def people(*left_px: float, scale: float = 1.0) -> Detections:
    """A person at each place, px."""
    xy = np.stack([STANDING * scale + [x, 0] for x in left_px])
    box = np.concatenate([xy.min(1), xy.max(1)], axis=1)
    return Detections(xy, np.full(xy.shape[:2], 0.9), box, np.full(len(xy), 0.9))


def test_window_is_even_though_frames_are_not() -> None:
    history = History(1.0)
    times = np.cumsum([0, 0.03, 0.05, 0.02, 0.11, 0.04, 0.09, 0.03, 0.06])
    for t in times:
        history.add(people(200 * t), float(t))
    xy, score = history.window(9, 30.0)
    first, _ = coco_to_h36m(STANDING[None], np.full((1, 17), 0.9))
    wanted = times[-1] - np.arange(8, -1, -1) / 30
    assert np.allclose(xy[:, 0, 0], first[0, 0, 0] + 200 * wanted)
    assert score.shape == (9, 17)


def test_stands_still_before_its_first_frame() -> None:
    history = History(1.0)
    for k in range(3):
        history.add(people(10.0 * k), k / 30)
    xy, _ = history.window(6, 30.0)
    assert np.allclose(np.diff(xy[:, 0, 0]), [0, 0, 0, 10, 10])
    one = History(1.0)
    one.add(people(0.0), 5.0)
    assert np.ptp(one.window(27, 30.0)[0], axis=0).max() == 0


def test_old_rows_go_but_the_window_stays_full() -> None:
    history = History(0.9)
    for k in range(300):
        history.add(people(float(k)), k / 30)
    assert len(history) < 32
    xy, _ = history.window(27, 30.0)
    assert np.allclose(np.diff(xy[:, 0, 0]), 1.0)


def test_follows_the_same_person() -> None:
    history = History(1.0)
    assert history.add(people(0.0, 400.0, scale=1.0), 0.0) is not None
    first = history.window(1, 30.0)[0]
    both = people(400.0, 5.0)
    assert history.add(both, 0.03) == 1
    assert abs(history.window(1, 30.0)[0] - first).max() < 6
    assert history.add(people(400.0), 0.06) is None


def test_takes_another_person_after_a_while() -> None:
    history = History(1.0)
    history.add(people(0.0), 0.0)
    assert history.add(people(800.0), 0.1) is None
    assert history.add(people(800.0), LOST_S + 0.2) == 0
    assert len(history) == 1
    assert history.add(Detections.empty(), LOST_S + 0.3) is None
