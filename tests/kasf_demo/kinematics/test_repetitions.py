"""Repetitions of known number and period, of any exercise; and motions that repeat nothing."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.kinematics.repetitions import POINTS, Repetition, aligned, find_repetitions, times_of, turn_share
from kasf_demo.types.arrays import FloatArray


def exercise(
    count: int, fps: float, *, period_s: float = 1.5, rest_s: float = 0.0, noise_deg: float = 2.0, tempo: float = 0.0,
    before_s: float = 0.6, seed: int = 0,
) -> tuple[FloatArray, FloatArray, list[tuple[float, float]]]:  # fmt: skip
    """(T, 4) degrees, times, and start and end of each: two angles bend and straighten, one twice as fast. tempo:
    standard deviation of the time of one, as a share."""
    rng = np.random.default_rng(seed)
    spans, at = [], before_s
    for _ in range(count):
        lasts = period_s * (1 + float(np.clip(tempo * rng.normal(), -0.3, 0.3)))
        spans.append((at, at + lasts))
        at += lasts + rest_s
    t = np.arange(0, at + before_s, 1 / fps)
    phase = np.zeros(len(t))
    for a, b in spans:
        inside = (t >= a) & (t < b)
        phase[inside] = (t[inside] - a) / (b - a)
    bend = (1 - np.cos(2 * np.pi * phase)) / 2
    twice = np.sin(4 * np.pi * phase) * (phase > 0)
    curves = np.stack([90 * bend + 10, 70 * bend, 20 * twice, np.full(len(t), 30.0)], axis=-1)
    return curves + rng.normal(0, noise_deg, curves.shape), t, spans


@pytest.mark.parametrize("fps", [25.0, 60.0, pytest.param(240.0, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "count,period_s,rest_s,tempo",
    [(5, 1.5, 0.0, 0.0), (8, 0.7, 0.0, 0.0), (3, 3.0, 1.0, 0.0), (6, 1.2, 2.0, 0.1), (10, 1.0, 0.0, 0.12)],
)
def test_number_and_period(count: int, period_s: float, rest_s: float, tempo: float, fps: float) -> None:
    curves, t, spans = exercise(count, fps, period_s=period_s, rest_s=rest_s, tempo=tempo)
    found = find_repetitions(curves, t)
    assert found is not None and len(found.each) == count and found.apart < 0.1
    starts = np.array([r.start_s for r in found.each])
    assert np.diff(starts) == pytest.approx(np.diff([a for a, _ in spans]), abs=0.12 * period_s)
    # rest is left out, and with it the first and last tenth of the way
    middles = np.array([(a + b) / 2 for a, b in spans])
    assert np.array([r.turn_s for r in found.each]) == pytest.approx(middles, abs=0.08 * period_s)


def test_a_stride_is_not_a_step() -> None:
    """Both legs do the same, half a period apart."""
    t = np.arange(0, 6, 1 / 30)
    curves = np.stack([40 * np.sin(2 * np.pi * (t / 0.8 + n / 2)) for n in (0, 1, 0, 1)], axis=-1)
    curves[:, 2:] *= 0.5
    found = find_repetitions(curves, t)
    assert found is not None
    assert np.diff([r.start_s for r in found.each]) == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("kind", ["still", "once", "twice", "wandering"])
def test_what_repeats_nothing(kind: str) -> None:
    rng = np.random.default_rng(1)
    if kind == "still":
        curves, t = rng.normal(0, 1.5, (300, 4)), np.arange(300) / 30
    elif kind == "wandering":
        curves = np.cumsum(rng.normal(0, 3, (600, 9)), axis=0)
        t = np.arange(600) / 30
    else:
        curves, t, _ = exercise(1 if kind == "once" else 2, 30)
    assert find_repetitions(curves, t) is None


def test_a_set_within_other_motion_is_found() -> None:
    rng = np.random.default_rng(3)
    curves, t, _ = exercise(6, 30, period_s=1.2)
    other = np.cumsum(rng.normal(0, 3, (150, 4)), axis=0)
    other += curves[-1] - other[0]
    both = np.concatenate([curves, other])
    found = find_repetitions(both, np.arange(len(both)) / 30)
    assert found is not None and 5 <= len(found.each) <= 7 and found.each[-1].turn_s < t[-1]


def test_alignment_puts_turns_at_one_place() -> None:
    each = (Repetition(0.0, 1.0, 2.0), Repetition(2.0, 2.5, 4.0), Repetition(5.0, 6.0, 7.0))
    assert turn_share(each) == 0.5
    assert times_of(each[1], each, np.array([0, 0.25, 0.5, 1])) == pytest.approx([2.0, 2.25, 2.5, 4.0])
    t = np.arange(0, 8, 0.01)
    ramp = np.interp(t, [0, 1, 2, 2.5, 4, 5, 6, 7], [0, 9, 0, 9, 0, 0, 9, 0])
    shapes = aligned(ramp[:, None], t, each)
    assert shapes.shape == (3, POINTS, 1) and np.abs(shapes - shapes[0]).max() < 0.2
