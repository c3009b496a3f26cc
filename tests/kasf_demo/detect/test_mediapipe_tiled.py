"""People too small to be detected in the full frame, with networks that detect bars of an eighth of their image's
side or more."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo.detect.mediapipe_tiled import (
    AFTER,
    MAX_PEOPLE,
    PARTS,
    PATIENCE,
    RARELY_S,
    SEARCH_S,
    SmallPeople,
    parts,
    size,
)
from kasf_demo.types.arrays import FloatArray, Image

HEIGHT, WIDTH = 360, 640
FPS = 30


def bars(people: dict[int, tuple[float, float, float]]) -> Image:
    """An image of people, by number: x and y of the middle, height, px. Later ones occlude earlier ones."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for number, (x, y, tall) in people.items():
        image[
            max(0, int(y - tall / 2)) : max(0, int(y + tall / 2)), max(0, int(x - tall / 8)) : max(0, int(x + tall / 8))
        ] = number
    return image


def marks_of(mask: np.ndarray, visibility: float) -> FloatArray:
    rows, columns = np.nonzero(mask)
    y, x = np.linspace(rows.min(), rows.max() + 1, 33), np.tile([columns.min(), columns.max() + 1], 17)[:33]
    return np.stack([x, y, np.full(33, visibility)], 1).astype(np.float32)


class Bars:
    """Sees the largest bar, or the one it saw last; `dim` numbers are hardly visible."""

    def __init__(self, tracks: bool, dim: frozenset[int]) -> None:
        self.tracks, self.dim, self.last, self.looks, self.open, self.blind = tracks, dim, 0, 0, True, False

    def find(self, image: Image) -> FloatArray | None:
        assert self.open
        self.looks += 1
        masks = {int(n): image[..., 0] == n for n in np.unique(image[..., 0]) if n and not self.blind}
        masks = {n: m for n, m in masks.items() if np.ptp(np.nonzero(m)[0]) + 1 >= max(image.shape) / 8}
        self.last = (
            self.last
            if self.last in masks and self.tracks
            else max(masks, key=lambda n: int(masks[n].sum()), default=0)
        )
        return marks_of(masks[self.last], 0.3 if self.last in self.dim else 0.9) if self.last else None

    def forget(self) -> None:
        self.last = 0

    def close(self) -> None:
        self.open = False


class Graph:
    """Remembers what it opened."""

    def __init__(self, dim: frozenset[int] = frozenset()) -> None:
        self.dim, self.opened = dim, list[Bars]()

    def open(self, *, tracks: bool) -> Bars:
        self.opened.append(Bars(tracks, self.dim))
        return self.opened[-1]


def middles(people: list[FloatArray]) -> list[float]:
    return sorted(float(np.mean([p[:, 0].min(), p[:, 0].max()])) for p in people)


def test_whoever_the_whole_picture_shows_is_enough() -> None:
    graph = Graph()
    small, whole = SmallPeople(graph), Bars(True, frozenset())
    for i in range(40):
        image = bars({1: (100, 180, 50), 2: (300 + i, 180, 200)})
        seen = whole.find(image)
        assert seen is not None
        found = small.look(image, i / FPS, seen)
        assert len(found) == 1 and found[0] is seen
    assert graph.opened == []


def wrong_region(image: Image) -> FloatArray:
    """What MediaPipe makes of a small person: upright landmarks beside them, sure of themselves."""
    marks = marks_of(image[..., 0] == 1, 0.95)
    marks[:, :2] += [40, 10]
    return marks


def test_a_small_wrong_pose_of_the_full_frame_is_replaced_by_a_closer_look() -> None:
    graph = Graph()
    small = SmallPeople(graph)
    for i in range(60):
        image = bars({1: (100 + i, 180, 60)})
        found = small.look(image, i / FPS, wrong_region(image))
        assert np.allclose(middles(found), [100 + i], atol=1), i
    tracking = [network for network in graph.opened if network.tracks]
    assert len(tracking) == 1


def test_a_small_right_pose_of_the_full_frame_is_kept_and_checked_now_and_then() -> None:
    graph = Graph()
    small, whole = SmallPeople(graph), Bars(True, frozenset())
    for i in range(60):
        image = bars({1: (100 + i, 180, 100)})
        seen = whole.find(image)
        found = small.look(image, i / FPS, seen)
        assert len(found) == 1 and found[0] is seen
    assert sum(network.looks for network in graph.opened) <= 2 / SEARCH_S + 1


def test_a_pose_that_nothing_better_is_found_for_is_kept() -> None:
    graph = Graph(dim=frozenset({1}))
    small = SmallPeople(graph)
    for i in range(30):
        image = bars({1: (100 + i, 180, 60)})
        wrong = wrong_region(image)
        assert small.look(image, i / FPS, wrong)[0] is wrong


@pytest.mark.parametrize("followed", [True, False])
def test_who_was_lost_is_searched_beside_a_right_pose_of_the_full_frame(followed: bool) -> None:
    """Two who meet; from then on the full frame shows the one who stays, who is followed in a crop too or not."""
    graph, whole = Graph(), Bars(True, frozenset())
    small = SmallPeople(graph)
    counts = []
    for i in range(75):
        hidden = 20 <= i < 35
        people = {1: (200.0, 180.0, 60.0), 2: (260.0 + 3 * abs(i - 27), 180.0, 60.0)}
        image = bars({1: people[1]} if hidden else people)
        seen = None
        if i >= 30:
            seen = marks_of(image[..., 0] == 1, 0.9)
            if followed is False and i == 30:  # the crop's own track of the one who stays ends
                small._let_go(next(p for p in small._followed if np.ptp(p.marks[:, 0]) and p.marks[0, 0] < 230))
        counts.append(len(small.look(image, i / FPS, seen)))
    assert counts[10] == 2 and counts[33] == 1 and set(counts[35 + round(2 * SEARCH_S * FPS) :]) == {2}
    whole.close()


def test_two_who_cross_are_followed_and_found_again() -> None:
    graph = Graph()
    small = SmallPeople(graph)
    for i in range(90):
        a, b = 40 + 6 * i, 600 - 6 * i
        found = small.look(bars({1: (a, 170, 50), 2: (b, 180, 50)}), i / FPS, None)
        if abs(a - b) > 20 and abs(i - 46) > SEARCH_S * FPS:  # they meet in frame 46
            assert np.allclose(middles(found), sorted([a, b]), atol=1), i
            assert all(abs(size(p) - 50) <= 1 for p in found)
    assert len(graph.opened) <= 1 + 3  # a lost person is followed with an existing network


def test_what_the_whole_picture_shows_must_be_there_while_others_are_followed() -> None:
    graph = Graph()
    small = SmallPeople(graph)
    image = bars({1: (100, 180, 50)})
    assert np.allclose(middles(small.look(image, 0.0, None)), [100], atol=1)
    nobody = marks_of(bars({9: (500, 180, 60)})[..., 0] == 9, 0.9)
    assert np.allclose(middles(small.look(image, 0.1, nobody)), [100], atol=1)
    larger = marks_of(bars({9: (400, 180, 300)})[..., 0] == 9, 0.9)
    # nor is a track dropped for a false detection
    assert np.allclose(middles(small.look(image, 0.15, larger)), [100], atol=1)
    both = bars({1: (100, 180, 50), 2: (500, 180, 60)})
    assert np.allclose(middles(small.look(both, 0.2, marks_of(both[..., 0] == 2, 0.9))), [100, 500], atol=1)
    once_more = marks_of(both[..., 0] == 1, 0.9)
    assert len(small.look(both, 0.3, once_more)) == 1  # the same person is one
    graph.opened[1].blind = True
    assert len(small.look(both, 0.4, once_more)) == 1  # lost where they are followed, they are still there


def test_people_in_the_background_are_let_go() -> None:
    small = SmallPeople(Graph())
    assert len(small.look(bars({1: (100, 180, 50)}), 0.0, None)) == 1
    image = bars({1: (100, 180, 50), 2: (400, 180, 120)})
    athlete = marks_of(image[..., 0] == 2, 0.9)
    assert np.allclose(middles(small.look(image, 0.1, athlete)), [400], atol=1)


def test_who_comes_near_is_left_to_the_whole_picture() -> None:
    graph = Graph()
    small = SmallPeople(graph)
    for i in range(60):
        image = bars({1: (300, 180, 50 + 2 * i)})
        tall = 50 + 2 * i
        found = small.look(image, i / FPS, marks_of(image[..., 0] == 1, 0.9) if tall >= 80 else None)
        assert len(found) == 1 and abs(size(found[0]) - tall) <= 2
    looks = [network.looks for network in graph.opened]
    small.look(image, 2.0, found[0])
    assert [network.looks for network in graph.opened] == looks


def test_who_is_gone_is_given_up_after_a_while_and_the_network_used_again() -> None:
    graph = Graph()
    small = SmallPeople(graph)
    with_one, empty = bars({1: (100, 180, 50)}), bars({})
    assert len(small.look(with_one, 0.0, None)) == 1
    for i in range(1, PATIENCE + 1):
        assert small.look(empty, 0.001 * i, None) == []
    assert len(small.look(with_one, 0.01, None)) == 1  # back in time: no search was due
    for i in range(PATIENCE + 2):
        small.look(empty, 0.02 + 0.001 * i, None)
    assert small.look(with_one, 0.03, None) == []
    assert len(small.look(with_one, SEARCH_S, None)) == 1
    assert len(graph.opened) == 2
    small.close()
    assert not any(network.open for network in graph.opened)


def test_empty_pictures_are_searched_now_and_then_only_and_the_unsure_not_believed() -> None:
    graph = Graph(dim=frozenset({3}))
    small = SmallPeople(graph)
    for i in range(10 * FPS):
        assert small.look(bars({3: (100, 180, 50)}), i / FPS, None) == []
    assert len(graph.opened) == 1
    searches = graph.opened[0].looks / sum(len(parts(HEIGHT, WIDTH, part)) for part in PARTS)
    first_s = (AFTER - 1) * SEARCH_S
    assert searches == AFTER + (10 - first_s) // RARELY_S


def test_no_more_than_so_many_are_followed() -> None:
    crowd = bars({n: (40 + 90 * n, 180, 50) for n in range(1, 7)})
    small = SmallPeople(Graph())
    found = [len(small.look(crowd, t, None)) for t in (0.0, 1.0, 2.0)]
    assert min(found) >= 2
    assert max(found) <= MAX_PEOPLE


def test_the_smallest_are_found_in_smaller_squares() -> None:
    # 1080p: 72 of 1080 px, below an eighth of 810 and not of 486
    image = np.kron(bars({1: (300, 100, 24)}), np.ones((3, 3, 1), np.uint8))
    found = SmallPeople(Graph()).look(image, 0.0, None)
    assert np.allclose(middles(found), [900], atol=2)


def test_networks_that_run_at_once_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people cross, a third leaves; the full frame has a detection now and then."""
    running, most, lock = 0, 0, threading.Lock()
    find = Bars.find

    def slowly(self: Bars, image: Image) -> FloatArray | None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.001)
        try:
            return find(self, image)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(Bars, "find", slowly)
    seen: dict[int, list[list[FloatArray]]] = {}
    for at_once in (1, 3):
        small, most = SmallPeople(Graph(), at_once=at_once), 0
        seen[at_once] = []
        for i in range(0, 90, 2):
            people = {1: (40 + 6 * i, 170.0, 50.0), 2: (600 - 6 * i, 180.0, 50.0)} | (
                {} if i > 40 else {3: (320.0, 60.0, 50.0)}
            )
            whole = marks_of(bars(people)[..., 0] == 2, 0.9) if i % 10 == 8 else None
            seen[at_once].append(small.look(bars(people), i / FPS, whole))
        assert most == at_once
        small.close()
    for one, several in zip(seen[1], seen[3], strict=True):
        assert len(one) == len(several)
        for a, b in zip(one, several, strict=True):
            np.testing.assert_array_equal(a, b)


@given(st.integers(1, 2000), st.integers(1, 4000), st.sampled_from(PARTS))
def test_the_parts_are_the_whole_picture(height: int, width: int, part: float) -> None:
    squares = parts(height, width, part)
    if not squares:
        assert part * min(height, width) <= 48  # no person fits
        return
    side = squares[0][2]
    assert side <= min(height, width)
    for which, length in ((0, width), (1, height)):
        starts = sorted({square[which] for square in squares})
        assert starts[0] == 0 and starts[-1] + side == length
        assert all(b - a <= side / 2 + 1 for a, b in pairwise(starts))
