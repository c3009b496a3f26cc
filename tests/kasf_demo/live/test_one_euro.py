"""The causal filter: still points stay, fast ones are followed, noise at rest is removed."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.live.one_euro import OneEuro, share

CONSTANTS = {"min_cutoff_hz": 1.5, "beta_hz_per_m_s": 6.0, "speed_cutoff_hz": 1.0}


def lag_m(speed_m_s: float) -> float:
    """How far the filter is behind a point that moves at a steady speed."""
    smoother = OneEuro(**CONSTANTS)
    for k in range(90):
        point = np.array([[speed_m_s * k / 30, 0.0, 0.0]])
        value = smoother.smooth(point, k / 30)
    return float(point[0, 0] - value[0, 0])


def test_share_of_a_step_is_that_of_a_single_pole() -> None:
    assert share(1.0, 1 / (2 * np.pi)) == pytest.approx(0.5)
    assert share(1e9, 0.03) == pytest.approx(1.0)


def test_delay_falls_with_speed() -> None:
    slow, fast = lag_m(0.2) / 0.2, lag_m(5.0) / 5.0  # seconds
    assert fast < 0.01 < slow < 0.11


def test_noise_at_rest_is_removed() -> None:
    noisy = 0.005 * np.random.default_rng(1).standard_normal((300, 17, 3))
    smoother = OneEuro(**CONSTANTS)
    out = np.stack([smoother.smooth(points, k / 30) for k, points in enumerate(noisy)])
    assert out[30:].std() < 0.55 * noisy.std()


def test_each_point_has_its_own_cutoff() -> None:
    """A still joint stays smooth while another one is fast."""
    smoother, alone = OneEuro(**CONSTANTS), OneEuro(**CONSTANTS)
    noise = 0.005 * np.random.default_rng(2).standard_normal((60, 3))
    for k in range(60):
        both = smoother.smooth(np.stack([noise[k], [5.0 * k / 30, 0, 0]]), k / 30)
        one = alone.smooth(noise[k][None], k / 30)
        assert np.allclose(both[0], one[0])


def test_forgets() -> None:
    smoother = OneEuro(**CONSTANTS)
    smoother.smooth(np.zeros((1, 3)), 0.0)
    smoother.forget()
    assert np.array_equal(smoother.smooth(np.ones((1, 3)), 0.1), np.ones((1, 3)))
