"""A shot does not depend on who makes it, where it goes and with which foot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from strikes import STRIKE_S, recorded, standing_kick, truth_of

from body import UP, turn
from kasf_demo.strikes.features import shot_features
from kasf_demo.strikes.posture import (
    AthleteShot,
    body_height,
    bone_lengths,
    make_shot,
    with_constant_bones,
)
from kasf_demo.types.motion import Strike
from kasportsformer.skeleton import BONES, H36M, mirror_h36m

KICK = Strike("kick", "r", 0.9, 8.0, 8.0)


def alike(a: AthleteShot, b: AthleteShot) -> None:
    assert np.abs(a.posture - b.posture).max() < 1e-6 and np.abs(a.xyz - b.xyz).max() < 1e-6
    for one, other in zip(shot_features(a), shot_features(b), strict=True):
        assert one.key == other.key and one.frame == other.frame and one.trust == other.trust
        assert (one.value is None) == (other.value is None)
        assert one.value is None or one.value == pytest.approx(other.value, abs=1e-6), one.key


@pytest.mark.parametrize("name", ["soccer_kick", "martial_kick"])
def test_mirroring_turning_and_scaling_change_nothing(name: str) -> None:
    (xyz,), times_s = truth_of(name)
    recording = recorded(xyz, times_s)
    strike = recording.motion.events.strike
    assert strike is not None
    other = "l" if strike.side == "r" else "r"
    shot = make_shot(recording, strike, height_m=1.8)
    changes = {
        "mirror": mirror_h36m(xyz),
        "turn": xyz @ turn(UP, 137.3).T,
        "scale": 1.31 * xyz,
        "move": xyz - 5.0,
    }
    for change, body in changes.items():
        same = replace(strike, side=other if change == "mirror" else strike.side)
        found = make_shot(recorded(body, times_s, events=False), same, height_m=1.8)
        assert found.mirrored == (same.side == "l")
        alike(found, shot)


def test_axes_and_unit() -> None:
    shot = make_shot(recorded(standing_kick(60) * 1.1 + [3, 2, 0], 60), KICK)
    assert np.allclose(shot.posture[:, 0], 0)
    assert shot.posture[-1, H36M["r_ankle"], 0] > 0.3  # the foot goes forward, along x
    assert shot.posture[0, H36M["l_hip"], 1] > 0 > shot.posture[0, H36M["r_hip"], 1]
    assert body_height(shot.posture) == pytest.approx(1.0) and shot.height_m == pytest.approx(
        body_height(standing_kick() * 1.1)
    )
    assert shot.xyz[:, [H36M["r_ankle"], H36M["l_ankle"]], 2].min() == pytest.approx(0)
    assert shot.frames[0] == 24 and shot.times_s[0] == pytest.approx(-0.5)


def test_bones_become_constant_as_a_tree_and_keep_their_directions() -> None:
    xyz = standing_kick()[20:40] + np.random.default_rng(0).normal(0, 0.02, (20, 17, 3))
    lengths = bone_lengths(xyz)
    fixed = with_constant_bones(xyz, lengths)
    assert np.array_equal(fixed[:, 0], xyz[:, 0])
    for (a, b), length in zip(BONES, lengths, strict=True):
        before, after = xyz[:, b] - xyz[:, a], fixed[:, b] - fixed[:, a]
        assert np.linalg.norm(after, axis=-1) == pytest.approx(length)
        assert np.abs(np.cross(before, after)).max() < 1e-12  # also the hips', which the published order turns


def test_the_trunk_may_turn_through_the_shot() -> None:
    """Turned once: what turns after the run-up stays turned."""
    xyz = standing_kick(50)
    late = np.arange(len(xyz)) / 50 > STRIKE_S
    xyz[late] = xyz[late] @ turn(UP, 40).T
    shot = make_shot(recorded(xyz, 50, events=False), KICK)
    across = shot.posture[:, H36M["l_hip"]] - shot.posture[:, H36M["r_hip"]]
    heading = np.degrees(np.arctan2(-across[:, 0], across[:, 1]))
    assert np.abs(heading[:11]).max() < 1e-6 and heading[-1] == pytest.approx(40)
