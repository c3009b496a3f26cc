"""Peaks against scipy's own."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import find_peaks as scipy_peaks

from kasf_demo.kinematics.peaks import find_peaks

levels = st.lists(st.integers(-4, 4), max_size=60)


@settings(max_examples=300, deadline=None)
@given(levels, st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0]))
def test_peaks_and_flat_tops_are_those_of_scipy(y: list[int], prominence: float) -> None:
    series = np.array(y, float)
    assert find_peaks(series, prominence).tolist() == scipy_peaks(series, prominence=prominence)[0].tolist()


def test_peaks_of_a_walk() -> None:
    y = np.sin(np.linspace(0, 20, 200)) + 0.01 * np.random.default_rng(0).normal(size=200)
    assert find_peaks(y, 0.5).tolist() == scipy_peaks(y, prominence=0.5)[0].tolist()
