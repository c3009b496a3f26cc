"""Derivatives: exact on parabolas at any spacing, no delay, no jump at 180 degrees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kasf_demo.kinematics.derivatives import angular_velocity, derivative
from kasf_demo.kinematics.vectors import continuous_deg, wrapped_deg


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.008, 0.07), min_size=8, max_size=60), st.floats(-9, 9), st.floats(-9, 9))
def test_a_parabola_at_any_times(steps: list[float], b: float, c: float) -> None:
    t = np.cumsum(steps)
    got = derivative(3 + b * t + c * t**2, t, np.ones(len(t), bool))
    inner = slice(4, -4)
    np.testing.assert_allclose(got[inner], (b + 2 * c * t)[inner], atol=0.6 if c else 1e-6)
    line = derivative(3 + b * t, t, np.ones(len(t), bool))
    np.testing.assert_allclose(line, b, atol=1e-6)


@pytest.mark.parametrize("fps", [25, 30, 60, 240])
def test_peaks_are_where_they_are(fps: int) -> None:
    """A kick as fast as that of soccer_kick: half a turn in 0.2 s."""
    t = np.arange(0, 1, 1 / fps)
    deg = 90 * np.tanh((t - 0.5) / 0.06)
    v = derivative(deg, t, np.ones(len(t), bool))
    peak = 90 / 0.06
    assert abs(t[np.argmax(v)] - 0.5) <= 0.5 / fps + 1e-9 and 0.7 * peak < v.max() <= peak * 1.001


def test_runs_are_apart_and_short_ones_have_no_rate() -> None:
    t = np.arange(12) / 30
    valid = np.ones(12, bool)
    valid[[5, 8]] = False
    x = np.where(np.arange(12) < 5, 0.0, 100.0)
    got = derivative(np.where(valid, x, np.nan), t, valid)
    assert np.isnan(got[[5, 6, 7, 8]]).all() and np.abs(got[[*range(5), 9, 10, 11]]).max() < 1e-9


def test_wrapping() -> None:
    t = np.arange(40) / 40
    turning = 400 * t - 100
    v = angular_velocity(wrapped_deg(turning)[:, None], t)
    np.testing.assert_allclose(v, 400, atol=1e-6)
    got = continuous_deg(np.where(np.arange(40) == 20, np.nan, wrapped_deg(turning)))
    assert np.isnan(got[20]) and np.nanmax(np.abs(got - turning)) < 1e-9
    assert wrapped_deg(np.array([180.0, -180.0, 540.0, 190.0])).tolist() == [180.0, 180.0, 180.0, -170.0]
