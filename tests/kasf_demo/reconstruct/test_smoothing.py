"""Smoothing removes jitter, shifts nothing, and keeps what is fast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kasf_demo.reconstruct.smoothing import constant_bones, smooth, smooth_body
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import BONES


def kick(fps: float, peak_m_per_s: float = 18.0) -> FloatArray:
    """(T, 1, 3) an ankle that swings along an arc of 0.9 m: speed rises as a Gaussian of 0.06 s, as measured in instep
    kicks (peak foot speed 16 to 22 m/s, Kellis and Katis 2007), then falls as fast."""
    t = np.arange(0, 2, 1 / fps)
    fine = np.arange(0, 2, 1e-4)
    omega = peak_m_per_s / 0.9 * np.exp(-0.5 * ((fine - 1) / 0.06) ** 2)
    angle = np.interp(t, fine, np.cumsum(omega) * 1e-4)
    return (0.9 * np.stack([np.sin(angle), np.zeros_like(angle), -np.cos(angle)], 1))[:, None]


def peak_speed(x: FloatArray, fps: float) -> float:
    return float(np.linalg.norm(np.gradient(x, 1 / fps, axis=0), axis=-1).max())


@pytest.mark.parametrize("fps", [25, 30, 50, 60, 120])
@pytest.mark.parametrize("offset", [0.0, 0.3, 0.7])
def test_peak_speed_of_a_kick_survives_the_default(fps: float, offset: float) -> None:
    x = kick(fps)[round(offset * fps / 10) :]
    y = smooth(x, np.ones(x.shape[:2]), np.ones(len(x), bool), fps=fps, method="one-euro")
    assert peak_speed(y, fps) == pytest.approx(peak_speed(x, fps), rel=0.05)


@pytest.mark.parametrize("fps", [30, 60])
def test_peak_speed_survives_with_jitter_and_doubtful_scores(fps: float) -> None:
    rng = np.random.default_rng(0)
    x = kick(fps)
    noisy = x + rng.normal(0, 0.01, x.shape)
    y = smooth(noisy, np.full(x.shape[:2], 0.6), np.ones(len(x), bool), fps=fps, method="one-euro")
    assert peak_speed(y, fps) == pytest.approx(peak_speed(x, fps), rel=0.05)
    still = slice(0, round(0.6 * fps))
    assert (y - x)[still].std() < 0.6 * (noisy - x)[still].std()  # and the jitter before the kick is gone


@pytest.mark.parametrize("method", ["one-euro", "butterworth"])
def test_smoothing_has_no_delay(method: str) -> None:
    fps = 60
    t = np.arange(120) / fps
    x = np.zeros((120, 1, 3))
    x[:, 0, 0] = 0.2 * np.sin(2 * np.pi * 1.5 * t)
    y = smooth(x, np.ones((120, 1)), np.ones(120, bool), fps=fps, method=method)  # type: ignore[arg-type]
    lags = [np.corrcoef(x[20:100, 0, 0], y[20 + k : 100 + k, 0, 0])[0, 1] for k in range(-5, 6)]
    assert int(np.argmax(lags)) == 5


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 60), st.integers(0, 10_000), st.sampled_from(["one-euro", "butterworth", "none"]))
def test_reversed_motion_gives_the_reversed_result(n: int, seed: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.normal(0, 0.05, (n, 17, 3)), 0)
    score = rng.uniform(0, 1, (n, 17))
    ok = np.ones(n, bool)
    a = smooth(x, score, ok, fps=30, method=method)  # type: ignore[arg-type]
    b = smooth(x[::-1], score[::-1], ok, fps=30, method=method)[::-1]  # type: ignore[arg-type]
    assert np.allclose(a, b, atol=1e-3 if method == "butterworth" else 1e-9)
    assert a.shape == x.shape and np.isfinite(a).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 80), st.integers(0, 10_000))
def test_gaps_stay_gaps_and_do_not_leak(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    valid = rng.uniform(size=n) < 0.8
    x = np.where(valid[:, None, None], rng.normal(size=(n, 17, 3)), np.nan)
    y = x.copy()
    smooth_body(y, np.ones((n, 17)), valid, fps=30, method="one-euro")
    assert (np.isfinite(y).all((1, 2)) == valid).all()


def test_constant_bones_have_one_length_and_keep_directions() -> None:
    rng = np.random.default_rng(0)
    x = np.cumsum(rng.normal(0, 0.3, (1, 17, 3)), 1) + rng.normal(0, 0.02, (50, 17, 3))
    y = constant_bones(x, np.ones((50, 17)), np.ones(50, bool))
    for a, b in BONES:
        length = np.linalg.norm(y[:, b] - y[:, a], axis=-1)
        assert length.std() < 1e-9
        before, after = x[:, b] - x[:, a], y[:, b] - y[:, a]
        cosine = (before * after).sum(-1) / np.linalg.norm(before, axis=-1) / np.linalg.norm(after, axis=-1)
        assert np.allclose(cosine, 1)
    assert np.allclose(y[:, 0], x[:, 0])
