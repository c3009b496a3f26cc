"""Time stamps as pure functions."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo.video.timestamps import ClipClock, constant_rate, last_duration_s, to_ticks

RATES = [
    Fraction(1),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(240),
]
stamps = st.lists(st.none() | st.integers(-(10**6), 10**6), min_size=1, max_size=60)


@given(stamps, st.sampled_from(RATES), st.sampled_from([Fraction(1, 1000), Fraction(1, 90000), Fraction(1)]))
def test_times_always_rise_and_start_at_zero(pts: list[int | None], fps: Fraction, time_base: Fraction) -> None:
    clock = ClipClock(time_base, fps)
    times = [clock.time_s(p) for p in pts]
    assert times[0] == 0
    assert all(b > a for a, b in pairwise(times))


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=60, unique=True), st.sampled_from(RATES))
def test_rising_stamps_pass_unchanged(pts: list[int], fps: Fraction) -> None:
    pts = sorted(pts)
    clock = ClipClock(Fraction(1, 15360), fps)
    assert [clock.time_s(p) for p in pts] == [float(Fraction(p - pts[0], 15360)) for p in pts]
    assert clock.missing == clock.nudged == clock.jumps == 0


@given(st.integers(1, 50), st.sampled_from(RATES))
def test_no_stamps_at_all_are_frames_at_the_rate(n: int, fps: Fraction) -> None:
    clock = ClipClock(Fraction(1, 1000), fps)
    assert [clock.time_s(None) for _ in range(n)] == [float(k / fps) for k in range(n)]
    assert clock.missing == n


def test_missing_first_stamps_count_back_from_the_first_known() -> None:
    clock = ClipClock(Fraction(1, 1000), Fraction(25))
    assert [clock.time_s(p) for p in (None, None, 500, 540)] == pytest.approx([0, 0.04, 0.08, 0.12])


def test_a_new_clock_is_joined_and_a_small_step_back_is_nudged() -> None:
    clock = ClipClock(Fraction(1, 1000), Fraction(25))
    assert [clock.time_s(p) for p in (0, 40, 80, 120, 0, 40)] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, 0.2])
    assert (clock.jumps, clock.nudged) == (1, 0)
    clock = ClipClock(Fraction(1, 1000), Fraction(25))
    assert [clock.time_s(p) for p in (0, 40, 38, 80)] == pytest.approx([0, 0.04, 0.041, 0.08])
    assert (clock.jumps, clock.nudged) == (0, 1)
    assert "did not rise" in clock.remarks()[0]


@given(st.integers(2, 400), st.sampled_from(RATES), st.floats(0, 1000))
def test_constant_rate_survives_milliseconds(n: int, fps: Fraction, start_s: float) -> None:
    times = start_s + np.round(np.arange(n) / float(fps), 3)
    assert constant_rate(times, fps) == fps


@given(st.integers(60, 400), st.sampled_from(RATES))
def test_constant_rate_is_found_under_a_wrong_nominal_rate(n: int, fps: Fraction) -> None:
    assert constant_rate(np.arange(n) / float(fps), Fraction(1000)) == fps


@given(st.integers(3, 100), st.integers(1, 99), st.sampled_from([25.0, 30.0, 60.0]))
def test_a_dropped_frame_is_no_constant_rate(n: int, at: int, fps: float) -> None:
    times = np.arange(n + 1) / fps
    times = np.delete(times, 1 + at % (n - 1))
    assert constant_rate(times, Fraction(fps)) is None


@given(st.lists(st.floats(1e-7, 10), min_size=1, max_size=100))
def test_ticks_rise_and_are_near(gaps: list[float]) -> None:
    times = 5 + np.concatenate([[0.0], np.cumsum(gaps)])
    ticks = to_ticks(times)
    assert ticks[0] == 0
    assert (np.diff(ticks) > 0).all()
    crowded = sum(g < 2 / 90000 for g in gaps)
    assert np.abs(ticks / 90000 - (times - times[0])).max() <= (0.51 + crowded) / 90000 + 1e-9


def test_last_duration() -> None:
    assert last_duration_s(np.array([0.0]), Fraction(25)) == 0.04
    assert last_duration_s(np.array([0.0, 0.1, 0.2, 5.0]), Fraction(25)) == pytest.approx(0.1)
