"""Images in a network's input and back; one box per person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo.detect.letterbox import GREY, Letterbox, people

SIZES = st.integers(1, 4000)


@given(SIZES, SIZES)
def test_inputs_are_the_smallest_that_hold_the_picture(width: int, height: int) -> None:
    box = Letterbox.of(width, height, (640, 640), 32)
    assert box.rows % 32 == 0 and box.columns % 32 == 0 and min(box.input) >= 32 and max(box.input) == 640
    inner = (round(height * box.scale), round(width * box.scale))
    for size, whole, first in ((inner[0], box.rows, box.top), (inner[1], box.columns, box.left)):
        assert first >= 0 and first + max(size, 1) <= whole and whole - size < 32 + 1


@given(st.integers(16, 2000), st.integers(16, 2000), st.integers(0, 2**32 - 1))
def test_points_come_back_where_they_were(width: int, height: int, seed: int) -> None:
    box = Letterbox.of(width, height, (640, 640), 32)
    points = np.random.default_rng(seed).uniform((0, 0), (width, height), (50, 2))
    there = points * box.scale + (box.left, box.top)
    np.testing.assert_allclose(box.back(there), points, atol=1e-3 * max(width, height))
    outside = box.back(np.array([[-500.0, 1e6]]))
    np.testing.assert_array_equal(outside, [[0, height]])


def test_the_picture_lies_on_grey() -> None:
    image = np.full((90, 160, 3), 200, np.uint8)
    box = Letterbox.of(160, 90, (64, 64), 32)
    out = box.put(image)
    assert out.shape == (64, 64, 3) and box.top == 14
    assert (
        (out[box.top : box.top + 36] == 200).all()
        and (out[: box.top] == GREY).all()
        and (out[box.top + 36 :] == GREY).all()
    )


def answer(*rows: tuple[float, float, float, float, float]) -> np.ndarray:
    raw = np.zeros((56, len(rows)), np.float32)
    for i, row in enumerate(rows):
        raw[:5, i] = row
        raw[5:, i] = np.tile([row[0], row[1], 0.5], 17)
    return raw


def test_of_overlapping_boxes_the_best_stays_and_the_best_comes_first() -> None:
    box = Letterbox.of(640, 640, (640, 640), 32)
    raw = answer(
        (100, 100, 50, 80, 0.6),
        (102, 101, 50, 80, 0.9),
        (400, 300, 60, 60, 0.7),
        (500, 300, 60, 60, 0.1),
        (np.nan, 1, 1, 1, 0.9),
    )
    found = people(raw, box, min_score=0.2, max_overlap=0.7, most=30)
    np.testing.assert_allclose(found.box_score, [0.9, 0.7], atol=1e-6)
    np.testing.assert_allclose(found.box[0], [77, 61, 127, 141])
    np.testing.assert_allclose(found.xy[1], np.tile([400, 300], (17, 1)))
    assert found.xy.dtype == np.float32 and found.score.shape == (2, 17)
    assert len(people(raw, box, min_score=0.2, max_overlap=0.7, most=1)) == 1


@pytest.mark.parametrize("raw", [answer(), answer((1, 1, 1, 1, 0.1))])
def test_nobody(raw: np.ndarray) -> None:
    found = people(raw, Letterbox.of(64, 64, (64, 64), 32), min_score=0.2, max_overlap=0.7, most=30)
    assert len(found) == 0 and found.xy.shape == (0, 17, 2)
