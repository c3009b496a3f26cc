"""Smooth motion is cheap, whatever its speed; leaps are dear, and a single outlier does not cost more and more."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.tracking.path_cost import path_costs
from kasf_demo.types.arrays import FloatArray

FPS = 30.0


def cost(x: FloatArray, weight: FloatArray | None = None) -> float:
    points = np.stack([x, 0 * x], -1)[None, :, None]
    weight = np.ones((1, len(x), 1)) if weight is None else weight[None, :, None]
    return float(path_costs(points, weight, FPS)[0])


@pytest.mark.parametrize("speed", [0.0, 0.02, 0.1])
def test_an_even_motion_costs_nothing(speed: float) -> None:
    assert cost(speed * np.arange(12)) < 0.01


def test_a_leap_costs_more_the_farther_it_is_but_ever_less_so() -> None:
    leaps = [cost(np.where(np.arange(12) < 6, 0.0, far)) for far in (0.0, 0.1, 0.2)]
    assert leaps[0] < 0.01 and leaps[1] > 5 and leaps[2] > leaps[1]
    spike = [cost(np.where(np.arange(12) == 6, far, 0.0)) for far in (0.1, 0.2, 0.4)]
    assert spike[1] < 3 * spike[0] and spike[2] < 3 * spike[1]  # squares would be 4 times as much


def test_what_does_not_count_costs_nothing() -> None:
    frames = np.arange(12)
    assert cost(np.where(frames == 6, 0.4, 0.0), np.where(frames == 6, 1e-6, 1.0)) < 0.01


def test_windows_and_joints_are_independent() -> None:
    rng = np.random.default_rng(0)
    points, weight = rng.normal(0, 0.05, (3, 14, 2, 2)), rng.uniform(0.2, 1, (3, 14, 2))
    alone = [
        sum(float(path_costs(points[n : n + 1, :, j : j + 1], weight[n : n + 1, :, j : j + 1], FPS)[0]) for j in (0, 1))
        for n in range(3)
    ]
    assert np.allclose(path_costs(points, weight, FPS), alone)
