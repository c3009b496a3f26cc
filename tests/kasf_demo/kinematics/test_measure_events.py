"""Events of motions made up so that the events are known, and none where nothing happens."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from body import FORWARD, LEFT, UP, as_pose, bent, standing, turn
from kasf_demo.kinematics import measure
from kasf_demo.kinematics.measure import symmetry
from kasf_demo.types.motion import Events
from kasportsformer.skeleton import H36M

SWING = np.cross(-UP, FORWARD)


def jump(rise_m: float, fps: float = 60.0, g: float = 9.80665, wobble_m: float = 0.0) -> np.ndarray:
    """A stand, a jump off straight feet, a stand. The toes leave 8 cm above the stand: 0.4 s of rising onto them before
    and after."""
    v = np.sqrt(2 * g * rise_m)
    air = 2 * v / g
    t = np.arange(0, 3.0 + air, 1 / fps)
    in_air = (t > 1.5) & (t < 1.5 + air)
    z = np.where(
        in_air, 0.08 + v * (t - 1.5) - g / 2 * (t - 1.5) ** 2 + wobble_m * np.sin(2 * np.pi * (t - 1.5) / air), 0.0
    )
    z += 0.08 * np.clip((t - 1.44) / 0.06, 0, 1) * (t <= 1.5) + 0.08 * np.clip((1.56 + air - t) / 0.06, 0, 1) * (
        t >= 1.5 + air
    )
    return standing() + z[:, None, None] * UP


@pytest.mark.parametrize("rise_m", [0.1, 0.35, 0.6])
def test_jump_height_from_both(rise_m: float) -> None:
    (flight,) = measure(as_pose(jump(rise_m))).events.flights
    assert flight.height_path_m == pytest.approx(rise_m, abs=0.01) and flight.height_time_m == pytest.approx(
        rise_m, abs=0.02
    )
    assert flight.takeoff_s == pytest.approx(1.5, abs=0.01) and abs(flight.difference_m) < 0.02


def test_what_does_not_fall_does_not_fly() -> None:
    """Carried up at even speed, or the floor seen to sink: no flight."""
    t = np.arange(0, 3, 1 / 60)
    z = 0.4 * np.clip(np.minimum(t - 1, 2.2 - t) / 0.3, 0, 1)
    assert measure(as_pose(standing() + z[:, None, None] * UP)).events.flights == ()
    assert measure(as_pose(jump(0.06, g=0.6 * 9.80665))).events.flights == ()  # as in a wrong estimate after a kick
    assert measure(as_pose(jump(0.06))).events.flights != ()
    cut = jump(0.4)[100:]
    assert measure(as_pose(cut)).events.flights == ()  # take-off is not in the clip


def test_who_flies_goes_along_a_parabola() -> None:
    """A noisy height may fall at 1 g in the mean."""
    assert measure(as_pose(jump(0.06, wobble_m=0.034))).events.flights == ()
    assert measure(as_pose(jump(0.35, wobble_m=0.034))).events.flights != ()


def walk(seconds: float = 4.0, steps_per_s: float = 2.0, fps: float = 60.0) -> np.ndarray:
    t = np.arange(0, seconds, 1 / fps)
    out = []
    for time in t:
        a = 28 * np.sin(np.pi * steps_per_s * time)
        p = bent(bent(standing(), "r_hip", SWING, a), "l_hip", SWING, -a)
        out.append(p + 1.4 * time * FORWARD)
    return np.array(out)


def test_steps_alternate_at_the_right_moments() -> None:
    gait = measure(as_pose(walk())).events.gait
    assert gait is not None and gait.cadence_per_min == pytest.approx(120, rel=0.01)
    sides = [side for _, side in gait.steps]
    assert all(a != b for a, b in pairwise(sides)) and len(sides) >= 6
    assert gait.steps[1][0] % 1 == pytest.approx(0.25 if gait.steps[1][1] == "r" else 0.75, abs=0.01)


def test_a_kick_is_found_in_any_heading_and_from_a_moving_camera() -> None:
    t = np.arange(0, 2, 1 / 60)
    leg = -30 + 110 / (1 + np.exp(-(t - 1.0) / 0.03))
    poses = np.array(
        [bent(standing(), "l_hip", SWING, a) + 0.5 * np.sin(time) * LEFT for time, a in zip(t, leg, strict=True)]
    )
    strike = measure(as_pose(poses)).events.strike
    assert strike is not None and (strike.kind, strike.side) == ("kick", "l")
    assert strike.time_s == pytest.approx(1.0, abs=0.02) and 10 < strike.limb_m_per_s < 14
    assert measure(as_pose(poses, low={"l_ankle": slice(50, 70)})).events.strike is None
    top = round(60 * strike.time_s)  # a foot is blurred where it is fastest
    assert measure(as_pose(poses, low={"l_ankle": slice(top, top + 1)})).events.strike is not None


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0])
def test_a_quick_kick_at_few_frames_a_second_is_no_jump_of_a_joint(fps: float) -> None:
    """A free kick's foot is faster than half its peak for 0.1 s; left and right mixed up from one frame to the next,
    for less."""
    t = np.arange(0, 2, 1 / fps)
    quick = -30 + 110 / (1 + np.exp(-(t - 1.01) / 0.026))
    strike = measure(as_pose(np.array([bent(standing(), "r_hip", SWING, a) for a in quick]), fps=fps)).events.strike
    assert strike is not None and strike.side == "r" and strike.time_s == pytest.approx(1.01, abs=0.5 / fps + 1e-6)
    at_once = np.where(t < 1.01, -30, 80)
    assert (
        measure(as_pose(np.array([bent(standing(), "r_hip", SWING, a) for a in at_once]), fps=fps)).events.strike
        is None
    )


def test_a_foot_that_is_back_at_once_did_not_kick() -> None:
    """Seen in front for a frame, then aside, then where it was: fast for as long as a kick, and nowhere in the end."""
    poses = np.tile(bent(standing(), "r_hip", SWING, -30), (60, 1, 1))
    poses[30] = bent(standing(), "r_hip", SWING, 40)
    poses[31] = bent(poses[30], "r_hip", np.cross(-UP, LEFT), 50)
    assert measure(as_pose(poses, fps=30)).events.strike is None


def test_who_kicks_stands_on_the_other_foot() -> None:
    t = np.arange(0, 2, 1 / 60)
    leg = 110 / (1 + np.exp(-(t - 1.0) / 0.03))
    for share, found in ((0.1, True), (0.7, False)):
        poses = [bent(bent(standing(), "l_hip", SWING, a - 30), "r_hip", SWING, 30 - share * a) for a in leg]
        assert (measure(as_pose(np.array(poses))).events.strike is not None) == found


def test_an_arm_that_swings_along_with_a_kick_is_no_throw() -> None:
    t = np.arange(0, 2, 1 / 60)
    # a kick whose foot jumped: not called one
    arms, leg = -40 + 180 / (1 + np.exp(-(t - 1.0) / 0.02)), np.where(t < 1.05, -30, 80)
    poses = np.array(
        [bent(bent(standing(), "l_shoulder", SWING, a), "r_hip", SWING, b) for a, b in zip(arms, leg, strict=True)]
    )
    assert measure(as_pose(poses)).events.strike is None


@pytest.mark.parametrize("cut", [slice(56, None), slice(59, None), slice(60, None), slice(0, 60), slice(0, 62)])
def test_a_kick_that_the_clip_cuts_is_none_or_a_kick_but_never_an_error(cut: slice) -> None:
    t = np.arange(0, 2, 1 / 60)
    leg = -30 + 110 / (1 + np.exp(-(t - 1.0) / 0.03))
    poses = np.array([bent(standing(), "l_hip", SWING, a) for a in leg])[cut]
    strike = measure(as_pose(poses)).events.strike
    assert strike is None or (strike.kind, strike.side) == ("kick", "l")


@pytest.mark.parametrize("frame", [1, 2, 56, 58])
def test_a_peak_at_the_clips_end_has_no_neighbours_to_judge_it_by(frame: int, monkeypatch: pytest.MonkeyPatch) -> None:
    own = np.zeros((60, 2))
    own[:, 0] = 12 - 0.5 * np.abs(np.arange(60) - frame)
    monkeypatch.setattr("kasf_demo.kinematics.strike._own_speed", lambda *_: own)
    found = measure(as_pose(np.repeat(standing()[None], 60, axis=0))).events.strike
    assert (found is None) == (frame in (1, 58))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(0, 10_000))
def test_wild_poses_of_any_length_are_no_error(frames: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    xyz = standing() + rng.normal(0, 0.4, (frames, 17, 3))
    measure(as_pose(xyz, valid=rng.random(frames) < 0.9))


def test_spinning_is_no_kick_and_both_hands_are_no_throw() -> None:
    t = np.arange(0, 2, 1 / 60)
    out = bent(standing(), "l_hip", np.cross(-UP, LEFT), 80)
    spin = np.array([out @ turn(UP, 900 * np.clip(time - 0.5, 0, 0.5)).T for time in t])
    assert measure(as_pose(spin)).events.strike is None
    arms = -40 + 180 / (1 + np.exp(-(t - 1.0) / 0.02))
    both = np.array([bent(bent(standing(), "l_shoulder", SWING, a), "r_shoulder", SWING, a) for a in arms])
    assert measure(as_pose(both)).events.strike is None
    one = np.array([bent(standing(), "r_shoulder", SWING, a) for a in arms])
    strike = measure(as_pose(one)).events.strike
    assert strike is not None and (strike.kind, strike.side) == ("throw", "r")


@pytest.mark.parametrize("frames", [slice(60, 61), slice(60, 70)])
def test_mixed_up_legs_are_no_kick(frames: slice) -> None:
    xyz = walk()
    legs, other = [H36M[f"r_{n}"] for n in ("hip", "knee", "ankle")], [H36M[f"l_{n}"] for n in ("hip", "knee", "ankle")]
    xyz[frames, legs], xyz[frames, other] = xyz[frames][:, other], xyz[frames][:, legs]
    assert measure(as_pose(xyz)).events.strike is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 0.004))
def test_standing_still_is_uneventful(seed: int, noise_m: float) -> None:
    xyz = np.tile(standing(), (60, 1, 1)) + np.random.default_rng(seed).normal(0, noise_m, (60, 17, 3))
    events = measure(as_pose(xyz, fps=30)).events
    assert events.flights == () and events.gait is None and events.strike is None and events.symmetry == {}


def test_contacts_of_a_planted_foot() -> None:
    t = np.arange(0, 3, 1 / 60)
    xyz = np.tile(standing(), (len(t), 1, 1))
    up = (t > 1) & (t < 2)
    xyz[up, H36M["r_ankle"], 2] += 0.2
    contacts = measure(as_pose(xyz)).events.contacts
    assert [c.side for c in contacts if c.end_s - c.start_s > 2.5] == ["l"]
    right = [c for c in contacts if c.side == "r"]
    assert (
        len(right) == 2
        and right[0].end_s == pytest.approx(1, abs=0.1)
        and right[1].start_s == pytest.approx(2, abs=0.1)
    )


def test_symmetry_and_marks() -> None:
    t = np.arange(0, 2, 1 / 60)
    poses = [bent(bent(standing(), "r_knee", -SWING, 60 * x), "l_knee", -SWING, 30 * x) for x in np.abs(np.sin(3 * t))]
    motion = measure(as_pose(np.array(poses)))
    assert (
        symmetry(motion.angles)["knee_flexion"] == pytest.approx(100 * 30 / 45, abs=1)
        and "elbow_flexion" not in motion.events.symmetry
    )
    marks = measure(as_pose(jump(0.3))).events.marks()
    assert [name for _, _, name in marks] == ["Take-off", "Landing"] and marks[0][0] < marks[1][0]


def test_nobody_and_a_moment_of_somebody() -> None:
    none = measure(as_pose(np.zeros((20, 17, 3)), valid=np.zeros(20, bool)))
    assert none.events == Events() and np.isnan(none.angles.deg).all()
    assert measure(as_pose(standing()[None])).events == Events()
    some = np.arange(40) < 12
    assert measure(as_pose(np.tile(standing(), (40, 1, 1)), valid=some)).events.flights == ()
