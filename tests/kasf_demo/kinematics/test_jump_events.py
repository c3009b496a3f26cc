"""Jumps of an analytic skater with k turns, against what they are made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skater import AFTER_S, BEFORE_S, SPEED, jumping, rise_m

from body import as_pose, standing, turn
from kasf_demo.kinematics import measure, with_jumps
from kasf_demo.results.jumps_record import jumps_record
from kasf_demo.types.jumps import Jump
from kasportsformer.skeleton import H36M

UP = np.array([0.0, 0, 1])


def only(poses: np.ndarray, fps: float) -> Jump:
    (jump,) = measure(as_pose(poses, fps)).jumps
    return jump


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0])
@pytest.mark.parametrize("turns", [1.0, -3.0, *(pytest.param(k, marks=pytest.mark.slow) for k in (-1.5, 2.0, 4.0))])
def test_k_turn_jumps(turns: float, fps: float) -> None:
    """fsjump3d.md: turns within 0.1, air time within a frame (of 40 a second), height within 2 cm; with noise of 20 mm
    in every joint and frame, the moment of take-off is off by some 10 ms, in which the body rises by 3 cm."""
    for noise_m in (0.0, 0.02):
        jump = only(jumping(turns, fps, noise_m=noise_m, seed=1), fps)
        assert jump.air_s == pytest.approx(0.6, abs=max(1 / fps, 1 / 40))
        assert jump.height_path_m == pytest.approx(rise_m(), abs=0.04 if noise_m else 0.02 if fps > 25 else 0.03)
        if jump.turning.turns is None:
            assert fps == 25.0 and abs(turns) == 4.0 and jump.turning.why  # 60 degrees a frame and more
            continue
        assert jump.turning.turns == pytest.approx(turns, abs=0.1)
        assert jump.turning.named == abs(turns)
        assert jump.turning.direction == ("counter-clockwise" if turns > 0 else "clockwise")
        assert jump.turning.peak_deg_per_s == pytest.approx(600 * turns, rel=0.25)


@pytest.mark.parametrize("turns", [-2.0, *(pytest.param(k, marks=pytest.mark.slow) for k in (1.0, 1.5, 3.0, 4.0))])
@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0])
def test_exchanged_sides_give_the_turns_or_nothing(turns: float, fps: float) -> None:
    known = 0
    for seed in range(6):
        jump = only(jumping(turns, fps, noise_m=0.02, exchanged=0.3, seed=seed), fps)
        if jump.turning.turns is not None:
            known += 1
            # take-off and landing are off by some 10 ms with this noise
            assert jump.turning.turns == pytest.approx(turns, abs=0.1 + 0.02 * abs(turns))
            assert jump.turning.named == abs(turns)
        else:
            assert jump.turning.why
    assert known >= 3 or abs(turns) == 4.0  # up to 96 degrees a frame, and a third of them exchanged


def test_a_jump_goes_along_its_path() -> None:
    jump = only(jumping(1.0, 60), 60)
    assert jump.distance_m == pytest.approx(SPEED * 0.6, abs=0.06)
    assert jump.speed_in_m_per_s == pytest.approx(SPEED, rel=0.01) == jump.speed_out_m_per_s
    assert jump.phases.flight_s == (jump.takeoff_s, jump.landing_s)
    assert jump.tightness_m is not None and jump.tightness_m < 0.2 and (jump.lean_deg or 0) < 1
    assert jump.landing_foot == "both" and jump.swing_foot_m is None and not jump.doubts
    assert jump.forward is None  # faces -y and goes along x


def test_forward_and_backward_at_take_off() -> None:
    poses = jumping(1.0, 60)
    centre = poses[:, :1]
    for deg, forward in ((90, 1), (-90, -1)):
        own = (poses - centre) @ turn(UP, deg).T + centre
        assert only(own, 60).forward == forward


def test_the_landing_foot_is_the_lower_one() -> None:
    poses = jumping(1.0, 60)
    late = np.arange(len(poses)) / 60 > BEFORE_S + 0.3
    poses[late, H36M["l_ankle"]] += [0, 0, 0.35]
    jump = only(poses, 60)
    assert jump.landing_foot == "r" and jump.swing_foot_m == pytest.approx(0.35, abs=0.02)


def test_a_body_upside_down_has_no_turns() -> None:
    poses = jumping(0.0, 60)
    t = np.arange(len(poses)) / 60
    flip = 360 * np.clip((t - BEFORE_S) / 0.6, 0, 1)
    centre = poses[:, :1]
    rolled = np.stack(
        [(p - c) @ turn(np.array([1.0, 0, 0]), a).T + c for p, c, a in zip(poses, centre, flip, strict=True)]
    )
    high = rolled + np.clip(0.9 * np.sin(np.pi * np.clip((t - BEFORE_S) / 0.6, 0, 1)), 0, 1)[:, None, None] * UP
    for jump in measure(as_pose(high, 60)).jumps:
        assert jump.turning.turns is None and jump.turning.why


def test_jumps_close_together_are_a_combination() -> None:
    one = jumping(1.0, 60)[: round(60 * (BEFORE_S + 0.6 + 0.4))]
    first, second = measure(as_pose(np.concatenate([one, one[round(60 * 0.6) :]]), 60)).jumps
    assert first.after_s is None and second.after_s == pytest.approx(1.0, abs=0.05)
    far = np.concatenate([jumping(1.0, 60), jumping(1.0, 60)])
    assert BEFORE_S + AFTER_S > 1.5 and all(j.after_s is None for j in measure(as_pose(far, 60)).jumps)


def test_the_record_says_what_is_not_sure() -> None:
    pose = as_pose(jumping(2.0, 60), 60)
    motion = measure(pose)
    (record,) = jumps_record(motion)["jumps"]
    assert record["turns"] == pytest.approx(2, abs=0.05) and all(record["sure"].values()) and record["turns_named"] == 2
    low, high = record["air_interval_s"]
    assert high - low == pytest.approx(2 * (2 / 12) ** 0.5 / 60, abs=2e-3)
    (unsure,) = jumps_record(with_jumps(motion, pose, np.zeros(len(pose), bool)))["jumps"]
    assert not unsure["sure"]["distance"] and unsure["sure"]["turns"] and "camera" in unsure["why_unsure"][0]
    events = replace(motion.events, flights=tuple(replace(f, doubtful=True) for f in motion.events.flights))
    (doubted,) = jumps_record(with_jumps(replace(motion, events=events), pose))["jumps"]
    assert not any(doubted["sure"].values())


def test_who_stands_does_not_jump() -> None:
    motion = measure(as_pose(np.tile(standing(), (60, 1, 1)), 60))
    assert motion.jumps == () and motion.spins == () and jumps_record(motion) == {"jumps": [], "spins": []}


@pytest.mark.parametrize("glide_m", [0.1, 0.2])
def test_skating_finds_a_jump_on_ice_that_seems_to_slope(glide_m: float) -> None:
    """The floor is wrong along the way, as of a panning camera: the ice rises by `glide_m` a second."""
    poses = jumping(2.0, 60)
    long = np.concatenate([np.tile(poses[:1], (360, 1, 1)), poses])  # at the end of a long way
    long[..., 2] += (glide_m * np.arange(len(long)) / 60)[:, None]
    assert not measure(as_pose(long, 60)).jumps
    (jump,) = measure(as_pose(long, 60), sport="skating").jumps
    assert jump.air_s == pytest.approx(0.6, abs=0.05) and jump.turning.named == 2
    flat = as_pose(jumping(2.0, 60), 60)
    one, other = (measure(flat, sport=sport).jumps for sport in (None, "skating"))
    assert [j.air_s for j in one] == pytest.approx([j.air_s for j in other], abs=0.01)


def test_gliding_is_no_jump() -> None:
    poses = np.tile(standing(), (180, 1, 1))
    poses[60:120, H36M["l_ankle"]] += [0, 0, 0.4]  # on one foot
    poses[..., 2] += (0.1 * np.sin(np.arange(180) / 20))[:, None]
    assert not measure(as_pose(poses, 60), sport="skating").jumps
