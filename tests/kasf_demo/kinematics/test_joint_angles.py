"""Angles of poses whose angles are known, and what must not change them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from body import FORWARD, LEFT, UP, as_pose, bent, standing, turn, upper_turned
from kasf_demo.kinematics import measure_angles
from kasf_demo.kinematics.joint_angles import joint_angles
from kasf_demo.types.motion import ANGLES
from kasportsformer.skeleton import mirror_h36m

ROTATIONS = [ANGLES.index(n) for n in ("pelvis_rotation", "shoulders_rotation")]
SIGNED_ACROSS = [
    ANGLES.index(n)
    for n in (
        "trunk_lean_right",
        "pelvis_rotation",
        "pelvis_tilt",
        "shoulders_rotation",
        "shoulders_tilt",
        "separation",
    )
]
OTHER_SIDE = [
    ANGLES.index({"r": "l", "l": "r"}[n[0]] + n[1:]) if n[:2] in ("r_", "l_") else i for i, n in enumerate(ANGLES)
]
offsets = arrays(np.float64, (17, 3), elements=st.floats(-0.06, 0.06))


def angle(pose: np.ndarray, name: str) -> float:
    return float(joint_angles(pose[None])[0, ANGLES.index(name)])


def test_everything_is_zero_in_the_neutral_pose() -> None:
    got = joint_angles(standing()[None])[0]
    planes = [ANGLES.index(f"{s}_shoulder_plane") for s in "rl"]
    assert np.isnan(got[planes]).all()  # a hanging arm has none
    assert np.abs(np.delete(got, planes)).max() < 1e-6


@pytest.mark.parametrize("side", ["r", "l"])
def test_limbs(side: str) -> None:
    out = LEFT if side == "l" else -LEFT
    to_the_front, to_the_side = np.cross(-UP, FORWARD), np.cross(-UP, out)
    p = standing()
    assert angle(bent(p, f"{side}_knee", -to_the_front, 75), f"{side}_knee_flexion") == pytest.approx(75)
    assert angle(bent(p, f"{side}_elbow", to_the_front, 120), f"{side}_elbow_flexion") == pytest.approx(120)
    raised = bent(p, f"{side}_hip", to_the_front, 40)
    assert angle(raised, f"{side}_hip_flexion") == pytest.approx(40) and angle(
        raised, f"{side}_hip_abduction"
    ) == pytest.approx(0, abs=1e-6)
    assert angle(bent(p, f"{side}_hip", to_the_front, -20), f"{side}_hip_flexion") == pytest.approx(-20)
    assert angle(bent(p, f"{side}_hip", to_the_side, 35), f"{side}_hip_abduction") == pytest.approx(35)
    assert angle(bent(p, f"{side}_hip", to_the_side, -15), f"{side}_hip_abduction") == pytest.approx(-15)
    for axis, plane in ((to_the_side, 0), (to_the_front, 90), (-to_the_front, -90)):
        arm = bent(p, f"{side}_shoulder", axis, 70)
        assert angle(arm, f"{side}_shoulder_elevation") == pytest.approx(70)
        assert angle(arm, f"{side}_shoulder_plane") == pytest.approx(plane, abs=1e-6)


def test_trunk_and_lines() -> None:
    p = standing()
    bowed = upper_turned(p, np.cross(UP, FORWARD), 30)
    assert angle(bowed, "trunk_lean") == pytest.approx(30) and angle(bowed, "trunk_lean_forward") == pytest.approx(30)
    assert angle(bowed, "r_hip_flexion") == pytest.approx(30)  # the thigh against the trunk
    aside = upper_turned(p, np.cross(UP, -LEFT), 20)
    assert angle(aside, "trunk_lean_right") == pytest.approx(20) and angle(aside, "shoulders_tilt") == pytest.approx(
        -20
    )
    assert angle(aside, "trunk_lean_forward") == pytest.approx(0, abs=1e-6)
    twisted = upper_turned(p, UP, 50)
    assert angle(twisted, "separation") == pytest.approx(50) and angle(twisted, "shoulders_rotation") == pytest.approx(
        50
    )
    assert angle(twisted, "pelvis_rotation") == pytest.approx(0, abs=1e-6)
    assert angle(p @ turn(UP, 90).T, "pelvis_rotation") == pytest.approx(90)  # a turn to the athlete's left
    assert angle(p @ turn(FORWARD, -25).T, "pelvis_tilt") == pytest.approx(25)  # right side up


def test_upside_down_and_lying_have_no_false_numbers() -> None:
    p = standing()
    handstand = p @ turn(LEFT, 180).T
    assert angle(handstand, "trunk_lean") == pytest.approx(180) and angle(handstand, "l_knee_flexion") == pytest.approx(
        0, abs=1e-6
    )
    assert angle(handstand, "separation") == pytest.approx(0, abs=1e-6)
    on_the_side = p @ turn(FORWARD, 90).T
    assert np.isnan(angle(on_the_side, "pelvis_rotation")) and np.isnan(angle(on_the_side, "trunk_lean_forward"))
    assert angle(on_the_side, "r_hip_flexion") == pytest.approx(0, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(offsets, st.floats(-180, 180), arrays(np.float64, 3, elements=st.floats(-5, 5)))
def test_a_turn_about_the_vertical_and_a_shift_change_headings_only(
    off: np.ndarray, deg: float, shift: np.ndarray
) -> None:
    p = standing() + off
    before, after = joint_angles(p[None])[0], joint_angles((p @ turn(UP, deg).T + shift)[None])[0]
    change = (after - before + 180) % 360 - 180
    turned = (change[ROTATIONS] - deg + 180) % 360 - 180
    assert np.abs(turned).max() < 1e-6
    assert np.nanmax(np.abs(np.delete(change, ROTATIONS))) < 1e-6 and (np.isnan(before) == np.isnan(after)).all()


@settings(max_examples=60, deadline=None)
@given(offsets)
def test_a_mirrored_pose_swaps_the_sides(off: np.ndarray) -> None:
    p = standing() + off
    mirrored = joint_angles(mirror_h36m(p)[None])[0]
    want = joint_angles(p[None])[0][OTHER_SIDE]
    want[SIGNED_ACROSS] *= -1
    np.testing.assert_allclose((mirrored - want + 180) % 360 - 180, np.where(np.isnan(want), np.nan, 0), atol=1e-6)


def test_two_turns_are_720_degrees_and_gaps_stay_gaps() -> None:
    turns = np.linspace(0, 720, 121)
    xyz = np.stack([standing() @ turn(UP, a).T for a in turns])
    valid = np.ones(121, bool)
    valid[40:44] = False
    angles = measure_angles(as_pose(xyz, valid=valid))
    got = angles["pelvis_rotation"]
    np.testing.assert_allclose(got[valid], turns[valid], atol=1e-6)
    assert (
        np.isnan(angles.deg[~valid]).all()
        and np.isnan(angles.deg_per_s[~valid]).all()
        and np.isnan(angles.m_per_s[~valid]).all()
    )
    np.testing.assert_allclose(angles.velocity["pelvis_rotation"][valid], 360, atol=1e-6)


def test_doubtful_joints_are_flagged_and_set_no_peak() -> None:
    xyz = np.tile(standing(), (30, 1, 1))
    for t in range(30):
        xyz[t] = bent(standing(), "r_knee", np.cross(UP, FORWARD), 50 if t == 10 else t)
    angles = measure_angles(as_pose(xyz, low={"r_ankle": slice(9, 12)}))
    knee = ANGLES.index("r_knee_flexion")
    assert (
        angles.doubtful[:, knee].nonzero()[0].tolist() == [9, 10, 11]
        and not angles.doubtful[:, ANGLES.index("r_hip_flexion")].any()
    )
    e = angles.extremes("r_knee_flexion")
    assert (round(e.high), round(e.high_s, 3), round(e.range)) == (29, 0.483, 29)
    assert angles["r_knee_flexion"][10] == pytest.approx(50)


def test_world_axes_only() -> None:
    from dataclasses import replace

    with pytest.raises(ValueError, match="world axes"):
        measure_angles(replace(as_pose(standing()[None]), axes="camera"))
