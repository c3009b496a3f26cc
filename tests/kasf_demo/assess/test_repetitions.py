"""A set of repetitions: nearest, farthest, spread, and change over the set."""

from __future__ import annotations

import numpy as np
import pytest
from athlete import bent_legs, chair_rises, on_treadmill, recorded

from body import Array
from kasf_demo.assess.repetitions import SHOWN, find_set
from kasf_demo.assess.values import NotShownError


def squats(depths: list[float], fps: float = 30.0, lasts_s: list[float] | None = None) -> Array:
    """Half knee bends, one after the other."""
    parts = []
    for deg, s in zip(depths, lasts_s or [2.0] * len(depths), strict=True):
        phase = np.arange(0, s, 1 / fps) / s
        parts += [bent_legs(float(deg * (1 - np.cos(2 * np.pi * p)) / 2)) for p in phase]
    return np.array([*[bent_legs(0)] * 10, *parts, *[bent_legs(0)] * 10])


def test_the_odd_one_is_farthest_and_is_told_apart() -> None:
    found = find_set(recorded(squats([50, 50, 50, 35, 50, 50]), 30))
    assert len(found.each) == 6 and found.farthest == 3 and found.nearest != 3
    assert found.period_s == pytest.approx(2.0, abs=0.05)
    name, off, share = found.largest_difference(3)
    assert name.endswith("knee_flexion") and off == pytest.approx(-30, abs=2) and 0.4 < share < 0.6
    knee = SHOWN.index("r_knee_flexion")
    others = found.curves[[0, 1, 2, 4, 5], :, knee]
    assert found.mean[:, knee].max() == pytest.approx((5 * 100 + 70) / 6, abs=2) and np.ptp(others, axis=0).max() < 10
    assert not any(c.sure for c in found.changes)


def test_a_change_over_the_set_is_measured() -> None:
    depths = [55.0, 53, 51, 49, 47, 45, 43]
    lasts = [1.5 + 0.1 * n for n in range(7)]
    found = find_set(recorded(squats(depths, lasts_s=lasts), 30))
    changes = {(c.key, c.what): c for c in found.changes}
    knee, time = changes["l_knee_flexion", "greatest"], changes["", "duration"]
    assert knee.per_rep == pytest.approx(-4, abs=0.3) and knee.sure and knee.unit == "°"
    assert time.per_rep == pytest.approx(0.1, abs=0.02) and time.sure and time.unit == "s"
    assert knee.by_rep == pytest.approx([2 * d for d in depths], abs=2)


def test_no_change_is_sure_by_noise() -> None:
    """At 1 %, 20 sets of 6 with some 20 numbers each: a few of 400."""
    rng = np.random.default_rng(0)
    sure = total = 0
    for _ in range(20):
        found = find_set(recorded(squats(list(50 + rng.normal(0, 2, 6)), fps=20), 20))
        sure += sum(c.sure for c in found.changes if c.what == "greatest")
        total += sum(c.what == "greatest" for c in found.changes)
    assert total >= 80 and sure <= 0.1 * total  # hips and knees move together: they are sure, or not, together


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_strides_and_chair_rises(fps: float) -> None:
    xyz, feet = on_treadmill(fps, contact_s=0.22, step_s=0.35, seconds=5.0)
    strides = find_set(recorded(xyz, fps, feet))
    assert strides.period_s == pytest.approx(0.7, abs=0.01) and 5 <= len(strides.each) <= 7
    rises = find_set(recorded(chair_rises(fps, reps=4), fps))
    assert rises.period_s == pytest.approx(4.0, abs=0.1) and 3 <= len(rises.each) <= 4


def test_who_stands_repeats_nothing() -> None:
    with pytest.raises(NotShownError, match="no motion is repeated"):
        find_set(recorded(np.tile(bent_legs(0), (90, 1, 1)), 30))
