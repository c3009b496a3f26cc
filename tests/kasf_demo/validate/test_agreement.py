"""Numbers of agreement, against what is known of made-up curves."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.validate.agreement import Waveform, agreement


def waves(count: int, frames: int, *, bias: float, between: float, within: float, seed: int = 1) -> list[Waveform]:
    rng = np.random.default_rng(seed)
    found = []
    for i in range(count):
        truth = 40 + 25 * np.sin(np.linspace(0, 6, frames) + i)
        off = bias + rng.normal(0, between) + rng.normal(0, within, frames)
        found.append(Waveform(f"clip {i}", truth + off, truth))
    return found


def test_bias_rmse_and_limits() -> None:
    found = agreement("knee", "°", waves(400, 60, bias=3.0, between=4.0, within=2.0), min_range=10)
    assert found is not None and found.frames == 400 * 60 and found.curves == found.moving == 400
    single = np.hypot(4, 2)  # of one difference: between curves and within them
    assert found.bias == pytest.approx(3, abs=0.5)
    assert found.rmse == pytest.approx(np.sqrt(9 + 16 + 4), rel=0.05)
    assert (found.low, found.high) == (
        pytest.approx(3 - 1.96 * single, abs=0.8), pytest.approx(3 + 1.96 * single, abs=0.8)
    )  # fmt: skip
    assert found.r > 0.9 and found.r_curves > 0.98
    assert found.spm is not None and found.spm.clusters  # a bias of 3 in 400 curves is everywhere


def test_limits_of_unequal_curves_hold_95_percent() -> None:
    rng = np.random.default_rng(2)
    some = [w for n in (12, 40, 90) for w in waves(60, n, bias=-1, between=5, within=3, seed=int(rng.integers(99)))]
    found = agreement("knee", "°", some, min_range=10)
    assert found is not None
    new = -1 + rng.normal(0, 5, 20000) + rng.normal(0, 3, 20000)
    assert np.mean((new > found.low) & (new < found.high)) == pytest.approx(0.95, abs=0.02)


def test_gaps_short_curves_and_still_ones() -> None:
    (one,) = waves(1, 60, bias=1, between=0, within=0.1)
    gappy = Waveform("a", np.where(np.arange(60) < 20, np.nan, one.estimate), one.truth)
    still = Waveform("b", np.full(60, 5.0), np.full(60, 4.0))
    short = Waveform("c", one.estimate[:5], one.truth[:5])
    found = agreement("knee", "°", [gappy, still, short], min_range=10)
    assert found is not None and (found.curves, found.frames, found.moving) == (2, 100, 1)
    assert found.spm is None  # two curves are too few
    assert agreement("knee", "°", [short], min_range=10) is None
    alone = agreement("knee", "°", [still], min_range=10)
    assert alone is not None and np.isnan(alone.r) and np.isnan(alone.r_curves) and alone.rmse == 1
