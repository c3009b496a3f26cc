"""--athlete X,Y@T on made-up people: who is at a point at a time."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.errors import UsageError
from kasf_demo.tracking import at_moment, choose
from kasf_demo.types.people import Keypoints2D, Track

T = 100
TIMES = [np.arange(T) / 25]


def walker(number: int, frames: range, start: float, px_per_frame: float) -> Track:
    """A box of 60 x 100 px that moves to the right."""
    valid = np.isin(np.arange(T), list(frames))
    x = start + px_per_frame * np.arange(T)
    box = np.stack([x - 30, np.full(T, 100.0), x + 30, np.full(T, 200.0)], axis=-1)
    box[~valid] = np.nan
    xy = np.where(valid[:, None, None], np.stack([x, np.full(T, 150.0)], axis=-1)[:, None], np.nan) + np.zeros(
        (T, 17, 2)
    )
    points = Keypoints2D(xy, 0.9 * valid[:, None] * np.ones(17), valid, np.zeros(T, bool), "coco")
    return Track(number, points, box)


RIGHT, LEFT, LATE = walker(1, range(T), 50, 4), walker(2, range(T), 450, -4), walker(3, range(60, T), 900, 0)
PEOPLE = [[RIGHT, LEFT, LATE]]


@pytest.mark.parametrize(
    ("spec", "taken"),
    [
        ("50,150@0", "1"),
        ("50,150@4", "2"),  # the same place, when the other one has come there
        ("450, 150 @ 3.96", "1"),
        ("900,150@3", "3"),
        ("900,150@2.2", "3"),  # seen within half a second
        ("900,150@0", "2"),  # not there yet: the nearest of those who are
        ("auto", "auto"),
        ("50,150", "50,150"),
    ],
)
def test_who_is_there(spec: str, taken: str) -> None:
    assert at_moment(PEOPLE, spec, TIMES)[0] == taken


def test_each_shot_has_its_own_times() -> None:
    shots = [[walker(1, range(T), 50, 0)], [walker(2, range(T), 50, 0)]]
    assert at_moment(shots, "50,150@5", [TIMES[0], TIMES[0] + 4]) == ("2", None)
    assert at_moment(shots, "50,150@1", [TIMES[0], TIMES[0] + 4]) == ("1", None)


def test_nobody_is_there() -> None:
    with pytest.raises(UsageError, match="no person is seen at 60 s"):
        at_moment(PEOPLE, "50,150@60", TIMES)
    with pytest.raises(UsageError, match="no person"):
        at_moment([[]], "50,150@1", TIMES)


def test_a_flicker_is_taken_only_if_there_is_nobody_else() -> None:
    flicker = walker(4, range(50, 53), 50, 0)
    assert at_moment([[RIGHT, flicker]], "50,150@2", TIMES)[0] == "1"
    short = walker(1, range(30), 50, 4)  # ends 0.9 s before
    assert at_moment([[short, flicker]], "50,150@2.08", TIMES) == ("4", None)


def test_a_point_beside_the_person_is_a_warning() -> None:
    number, warning = at_moment(PEOPLE, "900,150@0", TIMES)
    assert number == "2" and warning is not None and "420 px away" in warning
    assert at_moment(PEOPLE, "85,150@0", TIMES) == ("1", None)  # 5 px beside a box of 60 x 100


def test_a_moment_needs_the_times_of_the_frames() -> None:
    with pytest.raises(UsageError, match="without a time"):
        choose(PEOPLE[0], "50,150@1", 1000, 600)
