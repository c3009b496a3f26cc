"""Angles and contacts of feet on bodies whose feet are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from body import LEFT, UP, Array, as_pose, standing, turn
from kasf_demo.kinematics import measure
from kasf_demo.kinematics.foot_motion import foot_angles, strike_kind
from kasf_demo.types.feet import FEET_MIRROR, FootPose
from kasf_demo.types.motion import Contact, Events
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M, H36M_MIRROR

HEEL, TOE = np.array([0.0, 0.05, -0.06]), np.array([0.0, -0.15, -0.06])  # from the ankle, facing -y
FPS, STRIDE_S = 30.0, 0.72


def with_feet(xyz: Array, turns: dict[str, Array]) -> Pose3D:
    """Feet turned by (T, 3, 3) about the ankles."""
    ends = []
    for side in "lr":
        for end in (HEEL, TOE):
            ends.append(xyz[:, H36M[f"{side}_ankle"]] + turns[side] @ end)
    return replace(as_pose(xyz, fps=FPS), feet=FootPose(np.stack(ends, axis=1), np.full((len(xyz), 4), 0.9)))


def still(frames: int, left: Array, right: Array, heading_deg: float = 0.0) -> Pose3D:
    body = turn(UP, heading_deg)
    xyz = np.tile(standing() @ body.T, (frames, 1, 1))
    return with_feet(xyz, {side: np.tile(body @ own, (frames, 1, 1)) for side, own in (("l", left), ("r", right))})


@pytest.mark.parametrize("heading_deg", [0.0, 70.0, 200.0])
def test_neutral_and_turned_feet(heading_deg: float) -> None:
    flat = foot_angles(still(3, np.eye(3), np.eye(3), heading_deg))
    assert flat is not None
    np.testing.assert_allclose(flat.deg, 0, atol=1e-6)
    up, out = turn(LEFT, -20), turn(UP, 15)  # toes up; to the left
    raised = foot_angles(still(3, up, np.eye(3), heading_deg))
    assert raised is not None
    assert raised["l_ankle_flexion"] == pytest.approx(20) and raised["l_foot_pitch"] == pytest.approx(20)
    assert raised["r_ankle_flexion"] == pytest.approx(0, abs=1e-6)
    turned = foot_angles(still(3, out, out, heading_deg))
    assert turned is not None
    assert turned["l_foot_progression"] == pytest.approx(15) and turned["r_foot_progression"] == pytest.approx(-15)


def test_pitch_is_that_of_the_sole() -> None:
    pose = still(3, turn(LEFT, -20), np.eye(3))
    assert pose.feet is not None
    sloped = foot_angles(replace(pose, feet=replace(pose.feet, flat_deg=np.full(3, -4.0))))
    assert sloped is not None
    assert sloped["l_foot_pitch"] == pytest.approx(24) and sloped["r_foot_pitch"] == pytest.approx(4)
    assert sloped["l_ankle_flexion"] == pytest.approx(20)  # of the line from heel to toe


def test_the_median_strike_leaves_out_what_is_doubtful_or_unknown() -> None:
    strikes = [("l", 12.0, False), ("l", 16.0, False), ("l", -30.0, True), ("l", None, False), ("r", -3.0, True)]
    contacts = tuple(Contact(side, k, k + 0.2, doubt, deg) for k, (side, deg, doubt) in enumerate(strikes))  # type: ignore[arg-type]
    events = Events(contacts=contacts)
    assert events.median_strike_deg("l") == 14 and np.isnan(events.median_strike_deg("r"))


def test_progression_is_from_the_direction_of_travel() -> None:
    pose = still(20, np.eye(3), np.eye(3))
    assert pose.feet is not None
    to_the_left = np.arange(20)[:, None, None] / FPS * np.array([1.0, -1.0, 0])  # 45 degrees to the left, 1.4 m/s
    moved = replace(pose, xyz=pose.xyz + to_the_left, feet=replace(pose.feet, xyz=pose.feet.xyz + to_the_left))
    angles = foot_angles(moved)
    assert angles is not None
    right, left = (angles[f"{side}_foot_progression"][10] for side in "rl")
    assert right == pytest.approx(45) and left == pytest.approx(-45)


def running(frames: int = 120) -> tuple[Pose3D, float]:
    """On a treadmill: each foot is down for 40 % of its stride, moving back at 2.5 m/s, toes up by 15 degrees at first
    and then down. The time of the left foot's first contact."""
    xyz, turns = np.tile(standing(), (frames, 1, 1)), {}
    for side, phase in (("l", 0.1), ("r", 0.6)):
        t = (np.arange(frames) / FPS / STRIDE_S - phase) % 1
        stance = t < 0.4
        swing = np.clip((t - 0.4) / 0.6, 0, 1)
        reach = 2.5 * STRIDE_S * 0.4 / 2
        ahead = np.where(stance, reach * (1 - 5 * t), reach * (-np.cos(np.pi * swing)))
        lift = np.where(stance, 0, 0.25 * np.sin(np.pi * swing))
        deg = np.where(stance, np.interp(t, [0, 0.1, 0.3, 0.4], [15, 0, 0, -25]), np.interp(swing, [0, 1], [-25, 15]))
        turns[side] = np.stack([turn(LEFT, -d) for d in deg])
        ankle = xyz[:, H36M[f"{side}_ankle"]]
        ankle[:, 1] -= ahead
        # the lower end of the turned foot stands on the floor
        lowest = np.minimum(*(np.einsum("tij,j->ti", turns[side], end)[:, 2] for end in (HEEL, TOE)))
        ankle[:, 2] = lift - lowest
        xyz[:, H36M[f"{side}_knee"], 1] -= 0.5 * ahead
    return with_feet(xyz, turns), 0.1 * STRIDE_S


def test_contacts_on_a_treadmill() -> None:
    pose, first_s = running()
    events = measure(pose).events
    assert events.contact_cadence_per_min == pytest.approx(120 / STRIDE_S, abs=0.5)
    left = [c for c in events.contacts if c.side == "l" and c.strike_deg is not None]
    starts = first_s + STRIDE_S * np.arange(7)
    for c in left:
        assert np.abs(starts - c.start_s).min() < 1.5 / FPS and c.end_s - c.start_s == pytest.approx(0.29, abs=0.07)
        assert c.strike_deg is not None and c.strike_deg > 0 and c.flat_s is not None
        assert c.start_s <= c.flat_s[0] < c.flat_s[1] <= c.end_s
    assert len(left) >= 4 and events.contacts[0].start_s == min(c.start_s for c in events.contacts)
    off = [(time_s, side) for time_s, side, name in events.marks() if name == "Foot Off"]
    assert off == sorted((c.end_s, c.side) for c in events.contacts if c.end_s < pose.times_s[-1])


def test_a_foot_that_still_stands_at_the_end_or_is_lost_has_no_toe_off() -> None:
    pose = with_feet(np.tile(standing(), (90, 1, 1)), {side: np.tile(np.eye(3), (90, 1, 1)) for side in "lr"})
    events = measure(pose).events
    assert [c.flat_s for c in events.contacts] == [(0.0, pose.times_s[-1])] * 2
    assert events.marks() == []
    assert pose.feet is not None
    pose.feet.xyz[60:, :2] = np.nan  # the left one is not seen to its end
    lost = measure(pose).events
    assert lost.contacts and lost.marks() == []


def test_mirrored_feet_have_mirrored_contacts_and_equal_angles() -> None:
    pose, _ = running()
    flip = np.array([-1.0, 1, 1])
    assert pose.feet is not None
    other = replace(
        pose, xyz=(pose.xyz * flip)[:, H36M_MIRROR],
        feet=replace(pose.feet, xyz=(pose.feet.xyz * flip)[:, FEET_MIRROR]),
    )  # fmt: skip
    a, b = measure(pose), measure(other)
    assert a.foot_angles is not None and b.foot_angles is not None
    for name in ("ankle_flexion", "foot_pitch", "foot_progression"):
        np.testing.assert_allclose(a.foot_angles[f"l_{name}"], b.foot_angles[f"r_{name}"], atol=1e-9)
    key = [(c.side, c.start_s, c.end_s) for c in a.events.contacts]
    swapped = [("l" if c.side == "r" else "r", c.start_s, c.end_s) for c in b.events.contacts]
    assert sorted(key) == sorted(swapped)


def test_unknown_feet_have_no_angles() -> None:
    pose, _ = running()
    assert pose.feet is not None
    pose.feet.xyz[20:60, :2] = np.nan
    motion = measure(pose)
    assert motion.foot_angles is not None
    assert np.isnan(motion.foot_angles["l_ankle_flexion"][20:60]).all()
    assert np.isfinite(motion.foot_angles["r_ankle_flexion"]).all()
    assert measure(replace(pose, feet=None)).foot_angles is None


@pytest.mark.parametrize(("deg", "kind"), [(12.0, "rear"), (8.1, "rear"), (3.0, "mid"), (-1.5, "mid"), (-5.0, "fore")])
def test_which_part_lands_first(deg: float, kind: str) -> None:
    assert strike_kind(deg) == kind
