"""--athlete: every rule on four made-up people, and specs that make no sense."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo.errors import UsageError
from kasf_demo.tracking import choose, flickers, parse_spec
from kasf_demo.types.people import Keypoints2D, Track

T, W, H = 100, 1000, 600


def track(number: int, frames: range, x: float, y: float, size: float, score: float = 0.9) -> Track:
    valid = np.zeros(T, bool)
    valid[list(frames)] = True
    box = np.full((T, 4), np.nan)
    box[valid] = [x - size / 2, y - size, x + size / 2, y + size]
    xy = np.full((T, 17, 2), np.nan)
    xy[valid] = [x, y]
    return Track(
        number,
        Keypoints2D(xy, np.where(valid[:, None], score, 0.0) * np.ones(17), valid, np.zeros(T, bool), "coco"),
        box,
    )


ATHLETE = track(1, range(5, 95), 300, 300, 150)
SPECTATOR = track(2, range(0, 100), 520, 290, 40)
PASSER_BY = track(3, range(10, 30), 800, 300, 250)
FLICKER = track(4, range(40, 43), 900, 100, 100)
ALL = [ATHLETE, SPECTATOR, PASSER_BY, FLICKER]


@pytest.mark.parametrize(
    ("spec", "ids"),
    [
        ("auto", [1]),
        ("AUTO ", [1]),
        ("largest", [3]),
        ("longest", [2]),
        ("center", [2]),
        ("3", [3]),
        ("4", [4]),
        ("all", [1, 3, 2]),
        ("310,300", [1]),
        ("540.5, 290", [2]),
        ("990,20", [2]),  # where a flicker is: the nearest person of those there at the start
        ("800,290", [2]),  # where a person is seen later
    ],
)
def test_rules(spec: str, ids: list[int]) -> None:
    assert [t.id for t in choose(ALL, spec, W, H)] == ids
    assert [t.id for t in choose(ALL[::-1], spec, W, H)] == ids


def test_all_leaves_out_flickers() -> None:
    assert [t.id for t in flickers(ALL)] == [4]
    assert 4 not in [t.id for t in choose(ALL, "all", W, H)]


def test_nobody_is_no_error() -> None:
    assert [choose([], spec, W, H) for spec in ("auto", "all", "largest", "7", "5,5")] == [[]] * 5


def test_unknown_id_lists_who_is_there() -> None:
    with pytest.raises(
        UsageError, match=r"1 \(frames 5-94\), 2 \(frames 0-99\), 3 \(frames 10-29\), 4 \(frames 40-42\)"
    ) as error:
        choose(ALL, "9", W, H)
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    "spec", ["", "biggest", "-1", "1.5", "1,2,3", ",5", "nan,3", "1e3,5", "99999999999", "５", "1;2", "x" * 500]
)
def test_specs_that_are_not_understood(spec: str) -> None:
    with pytest.raises(UsageError, match="X,Y in pixels"):
        parse_spec(spec)


def test_a_point_outside_the_picture() -> None:
    with pytest.raises(UsageError, match="1000x600"):
        choose(ALL, "1001,5", W, H)


@given(st.text(max_size=20))
def test_any_text_is_a_spec_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        parse_spec(text)
