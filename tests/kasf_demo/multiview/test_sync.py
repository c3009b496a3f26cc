"""Clocks from motion."""

import numpy as np
import pytest
from virtual_views import around, filmed, moving_person

from kasf_demo.multiview.seen import sampled
from kasf_demo.multiview.sync import correlation, find_offsets, peaks


@pytest.mark.parametrize("offset_s", [0.0, 0.404, -0.731])
def test_the_offset_of_two_clocks_is_found_to_half_a_frame(offset_s: float) -> None:
    a, b = filmed([moving_person()], around((0.0, 70.0)), offsets_s=(0.0, offset_s))
    found, _, _ = find_offsets(a.people[0], b.people[0], a, b)
    assert abs(found[0].offset_s - offset_s) < 0.5 / 60
    assert found[0].score > 0.5
    assert all(f.score < found[0].score - 0.1 for f in found[1:])


def test_people_who_move_differently_correlate_less() -> None:
    people = [moving_person(seed=1), moving_person(seed=2)]
    a, b = filmed(people, around((0.0, 70.0)), offsets_s=(0.0, 0.2))
    score = [[find_offsets(p, q, a, b)[0][0].score for q in b.people] for p in a.people]
    assert score[0][0] > score[0][1] + 0.2 and score[1][1] > score[1][0] + 0.2


def test_nothing_is_compared_over_less_than_the_shortest_overlap() -> None:
    rng = np.random.default_rng(0)
    lags, score = correlation(rng.normal(size=(60, 16)), rng.normal(size=(70, 16)), 0.0, 5.0)
    assert np.isclose(lags[0], 5 - 12 / 60) and np.isclose(lags[-1], 5 + 22 / 60)
    assert (np.abs(score) <= 1).all()
    short, _ = correlation(rng.normal(size=(30, 16)), rng.normal(size=(30, 16)), 0.0, 0.0)
    assert not len(short)


def test_a_slope_is_no_peak_and_peaks_stand_apart() -> None:
    lags = np.arange(100) / 60
    score = np.exp(-(((lags - 0.8) / 0.1) ** 2)) + 0.5 * np.exp(-(((lags - 1.4) / 0.05) ** 2)) - 0.3
    found = peaks(lags, score, 5)
    assert [round(p.offset_s, 2) for p in found[:2]] == [0.8, 1.4]


def test_values_are_read_between_frames_but_not_across_gaps() -> None:
    values, times = np.array([[0.0], [1.0], [2.0], [9.0]]), np.array([0.0, 0.1, 0.2, 1.0])
    at = np.array([-0.1, 0.0, 0.05, 0.2, 0.5, 1.0, 1.1])
    read = sampled(values, times, at)[:, 0]
    assert np.allclose(read[[1, 2, 3]], [0.0, 0.5, 2.0])
    assert np.isnan(read[[0, 4, 6]]).all()
