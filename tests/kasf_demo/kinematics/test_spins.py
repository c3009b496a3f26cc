"""Spins: on the spot, by a whole turn or more, outside flights."""

from __future__ import annotations

import numpy as np
import pytest
from skater import MIRROR, jumping

from body import as_pose, standing, turn
from kasf_demo.kinematics import measure
from kasf_demo.types.jumps import Spin
from kasportsformer.skeleton import H36M

UP = np.array([0.0, 0, 1])


def spinning(turns: float, fps: float = 30.0, *, seconds: float = 2.0, travel_m: float = 0.0) -> np.ndarray:
    """Stands for 0.5 s, turns about the left foot, stands."""
    t = np.arange(0, seconds + 1, 1 / fps)
    share = np.clip((t - 0.5) / seconds, 0, 1)
    centre = standing()[H36M["l_ankle"]] * (1, 1, 0)
    poses = [(standing() - centre) @ turn(UP, 360 * turns * s).T + centre + [travel_m * s, 0, 0] for s in share]
    return np.array(poses)


def spins(poses: np.ndarray, fps: float = 30.0) -> tuple[Spin, ...]:
    return measure(as_pose(poses, fps)).spins


@pytest.mark.parametrize("turns", [1.5, -3.0, 6.0])
@pytest.mark.parametrize("exchanged", [0.0, 0.2])
def test_turns_on_the_spot(turns: float, exchanged: float) -> None:
    poses = spinning(turns)
    swapped = np.random.default_rng(1).random(len(poses)) < exchanged
    poses[swapped] = poses[swapped][:, MIRROR]
    found = spins(poses)
    if exchanged:  # or in parts, or none: but never more than there was, nor the other way
        assert all(s.turning.turns is None or 0 < s.turning.turns / turns <= 1.05 for s in found)
        return
    (spin,) = found
    assert spin.turning.turns == pytest.approx(turns, abs=0.1 * max(1, abs(turns) / 3))
    assert spin.start_s == pytest.approx(0.5, abs=0.2) and spin.end_s == pytest.approx(2.5, abs=0.2)
    assert spin.foot in ("l", "both") and spin.travel_m < 0.5


def test_half_a_turn_or_a_curve_is_no_spin() -> None:
    assert spins(spinning(0.7)) == () and spins(spinning(2.0, travel_m=8.0, seconds=3.0)) == ()


def test_turns_in_the_air_are_a_jump() -> None:
    motion = measure(as_pose(jumping(3.0, 60), 60))
    assert len(motion.jumps) == 1 and motion.spins == ()
