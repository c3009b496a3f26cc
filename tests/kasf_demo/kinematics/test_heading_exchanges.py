"""Headings with left and right exchanged: right, or said not to be known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kasf_demo.kinematics.heading_exchanges import MIN_MARGIN, steady_heading


def seen(turns: float, fps: float, seed: int, exchanged: float, noise_deg: float = 6.75) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    t = np.arange(-0.1, 0.75, 1 / fps)
    true = 360 * turns * np.clip(t / 0.65, 0, 1)
    deg = true + rng.normal(0, noise_deg, len(t)) + 180 * (rng.random(len(t)) < exchanged)
    return t, np.asarray((deg + 180) % 360 - 180), true


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0, pytest.param(120.0, marks=pytest.mark.slow)])
@pytest.mark.parametrize("turns", [-2.0, 4.0])
def test_turns_are_counted_and_never_wrong(turns: float, fps: float) -> None:
    known = 0
    for seed in range(4):
        for exchanged in (0.0, 0.3):
            t, deg, true = seen(turns, fps, seed, exchanged)
            found = steady_heading(deg, t)
            if found.margin < MIN_MARGIN:
                continue
            known += 1
            assert (found.deg[-1] - found.deg[0]) / 360 == pytest.approx((true[-1] - true[0]) / 360, abs=0.1)
    assert known >= (2 if fps == 25 and abs(turns) > 3 else 7)


def test_an_exchange_is_found_where_it_is() -> None:
    t = np.arange(0, 1, 1 / 30)
    deg = 200 * t
    deg[10:14] += 180
    found = steady_heading((deg + 180) % 360 - 180, t)
    assert np.flatnonzero(found.exchanged).tolist() in ([10, 11, 12, 13], [*range(10), *range(14, 30)])
    assert np.ptp(found.deg) == pytest.approx(200 * t[-1], abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-180, 180), min_size=3, max_size=25), st.floats(10, 240))
def test_any_headings_give_a_curve_that_keeps_to_them(headings: list[float], fps: float) -> None:
    """The curve differs from what was seen by half turns only, and is continuous in a mirror."""
    deg = np.array(headings)
    t = np.arange(len(deg)) / fps
    found = steady_heading(deg, t)
    off = (found.deg - deg) / 180
    assert np.allclose(off, np.rint(off), atol=1e-6) and found.margin >= 0
    assert np.abs(np.diff(found.deg)).max() <= 180 + 1e-6


def test_frames_too_far_apart_are_not_counted() -> None:
    """Turning by a quarter turn a frame with random exchanges could be either way."""
    rng = np.random.default_rng(5)
    t = np.arange(12) / 25
    deg = 90 * np.arange(12) + 180 * (rng.random(12) < 0.5)
    assert steady_heading((deg + 180.0) % 360 - 180, t).margin < MIN_MARGIN


@pytest.mark.parametrize("seed", range(6))
def test_turns_that_unwrapping_put_in_do_not_count(seed: int) -> None:
    """Joint angles come unwrapped, and each exchange may have added a turn."""
    t, deg, true = seen(2.0, 60, seed, 0.3)
    found, again = steady_heading(deg, t), steady_heading(np.degrees(np.unwrap(np.radians(deg))), t)
    assert again.margin == pytest.approx(found.margin) and (again.exchanged == found.exchanged).all()
    assert (again.deg[-1] - again.deg[0]) / 360 == pytest.approx((true[-1] - true[0]) / 360, abs=0.1)
