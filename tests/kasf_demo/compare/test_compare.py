"""Aligning two motions in time and space: known shifts, paces, turns and sizes must come back, and be no difference."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from feet import with_feet
from kicks import GAP, kicking

from body import UP, turn
from kasf_demo.compare.align import align, warp
from kasf_demo.compare.difference import compare
from kasf_demo.compare.side import Side
from kasf_demo.compare.tables import (
    COLUMNS,
    MARKED,
    angle_table,
    doubt_sentence,
    joint_table,
    page_of,
    sentence,
    worst_joints,
    write_csv,
)
from kasf_demo.errors import InputError, UsageError
from kasf_demo.kinematics import measure
from kasf_demo.results.doubtful import doubtful_from, doubtful_record
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import ANGLES, Flight, Strike
from kasf_demo.types.people import Pose3D
from kasf_demo.viewer import page_html
from kasf_demo.viewer.scene import GREY
from kasportsformer.skeleton import H36M

STRIKE = Strike("kick", "r", 1.3, 8.0, 7.0)


def a_side(
    pose: Pose3D | None = None, name: str = "a", source: str | None = None, strike: Strike | None = None
) -> Side:
    pose = pose or kicking()
    motion = measure(pose)
    motion = replace(motion, events=replace(motion.events, strike=strike, flights=()))
    return Side(name, pose, motion, np.full((len(pose), 17, 2), np.nan), source)


def moved(
    pose: Pose3D, *, yaw_deg: float = 0.0, scale: float = 1.0, by: tuple[float, ...] = (0, 0, 0), later_s: float = 0.0
) -> Pose3D:
    return replace(pose, xyz=scale * pose.xyz @ turn(UP, yaw_deg).T + by, times_s=pose.times_s + later_s)


def at_pace(pose: Pose3D, own_s: FloatArray, frames: int) -> Pose3D:
    """The motion with its time stretched: frame k of the new one shows the moment own_s[k]."""
    flat = pose.xyz.reshape(len(pose), -1)
    xyz = np.stack([np.interp(own_s, pose.times_s, c) for c in flat.T], axis=-1).reshape(frames, 17, 3)
    seen = np.ones(frames, bool)
    return Pose3D(xyz, np.ones((frames, 17)), seen, ~seen, np.arange(frames) / 30)


def whole() -> Pose3D:
    """The motion with its gap filled."""
    pose = kicking()
    seen = pose.valid
    flat = pose.xyz[seen].reshape(seen.sum(), -1)
    xyz = np.stack([np.interp(pose.times_s, pose.times_s[seen], c) for c in flat.T], axis=-1).reshape(60, 17, 3)
    return replace(pose, xyz=xyz, valid=np.ones(60, bool))


def test_doubtful_joints_are_counted_and_marked(tmp_path: Path) -> None:
    knee = H36M["r_knee"]
    doubtful = np.zeros((60, 17), bool)
    doubtful[30:40, knee] = True
    xyz = kicking().xyz.copy()
    xyz[30:40, knee] += [0.3, 0, 0]
    a, b = a_side(source="clip"), a_side(replace(kicking(), xyz=xyz, doubtful=doubtful), "b", "clip")
    found = compare(a, b)
    assert found.other.in_doubt[30:40, knee].all() and found.other.in_doubt.sum() == 10
    said = doubt_sentence(found)
    assert f"0.0 % of a, {100 * 10 / (56 * 17):.1f} % of b" in said
    assert re.search(r"without them the joints are [01] mm apart on average, with them [3-6] mm", said)
    assert any(said in note for note in page_of(found).notes) and page_of(found).takes[1].doubtful is not None
    write_csv(tmp_path / "c.csv", found)
    with open(tmp_path / "c.csv", encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert rows["r_knee"]["doubtful_frames"] == "10" and rows["l_knee"]["doubtful_frames"] == "0"
    assert rows["r_knee_flexion"]["doubtful_frames"] == "10"
    assert doubt_sentence(compare(a, a)) == ""


def test_doubtful_joints_come_back_from_the_report() -> None:
    pose = kicking()
    doubtful = np.zeros((60, 17), bool)
    doubtful[3:9, H36M["l_wrist"]] = doubtful[[50], H36M["l_wrist"]] = doubtful[[59], H36M["head"]] = True
    doubtful &= pose.valid[:, None]
    report = {"people": [{"id": 4, "doubtful": doubtful_record(replace(pose, doubtful=doubtful))}, {"id": 7}]}
    back = doubtful_from(report, ["7", "4"], pose.times_s)
    assert not back[0].any() and (back[1] == doubtful).all()
    with pytest.raises(KeyError):
        doubtful_from({"people": [{"id": 4, "doubtful": {"spans_s": {"tail": [[0, 1]]}}}]}, ["4"], pose.times_s)


def test_the_same_motion_elsewhere_is_no_difference() -> None:
    a = a_side(source="clip")
    b = a_side(moved(kicking(), yaw_deg=70, by=(3, -2, 0.4)), "b", "clip")
    found = compare(a, b)
    assert found.clock.kind == "time" and found.scale == 1.0
    assert found.yaw_deg == pytest.approx(-70, abs=1e-6)
    assert np.nanmax(found.joint_m) < 1e-9 and np.nanmax(np.abs(found.angle_deg)) < 1e-6
    assert np.isnan(found.joint_m[GAP]).all() and np.isfinite(found.joint_m[: GAP.start]).all()
    np.testing.assert_allclose(found.other.xyz[: GAP.start], a.pose.xyz[: GAP.start], atol=1e-9)


def test_another_athletes_size_is_taken_out_but_not_that_of_one_clip() -> None:
    big = moved(kicking(), scale=1.2)
    other = compare(a_side(), a_side(big, "b"), wanted="time")
    assert other.scale == pytest.approx(1 / 1.2) and np.nanmax(other.joint_m) < 1e-9
    same = compare(a_side(source="clip"), a_side(big, "b", "clip"))
    assert same.scale == 1.0 and np.nanmean(same.joint_m[:, H36M["head"]]) == pytest.approx(0.2 * 0.8, abs=0.03)


def test_what_is_different_is_found_where_it_is() -> None:
    pose = kicking()
    xyz = pose.xyz.copy()
    xyz[30:40, H36M["l_wrist"], 2] += 0.3
    found = compare(a_side(replace(pose, xyz=xyz), source="c"), a_side(source="c", name="b"))
    assert worst_joints(found)[0] == H36M["l_wrist"]
    np.testing.assert_allclose(found.joint_m[30:40, H36M["l_wrist"]], 0.3, atol=0.01)
    assert np.nanmax(np.abs(found.angle_deg[30:40, ANGLES.index("l_elbow_flexion")])) > 20
    assert np.nanmax(np.abs(found.angle_deg[:, ANGLES.index("r_knee_flexion")])) < 1e-6


def test_a_kick_of_both_aligns_them() -> None:
    a = a_side(strike=STRIKE)
    b = a_side(moved(kicking(), later_s=0.4), "b", strike=replace(STRIKE, time_s=1.7))
    found = compare(a, b)
    assert found.clock.kind == "event" and "kick" in found.clock.how and np.nanmax(found.joint_m) < 1e-6
    left = a_side(strike=replace(STRIKE, side="l"), name="b")
    assert align(a, left).kind == "dtw"
    with pytest.raises(UsageError, match="no event is in both"):
        align(a, left, "event")


def test_a_take_off_aligns_those_who_jump() -> None:
    a, b = a_side(), a_side(moved(kicking(), later_s=1.0), "b")
    flight = Flight(0.5, 0.9, 0.2, 0.2)
    sides = [
        replace(s, motion=replace(s.motion, events=replace(s.motion.events, flights=(f,))))
        for s, f in ((a, flight), (b, replace(flight, takeoff_s=1.5, landing_s=1.9)))
    ]
    clock = align(*sides)
    assert clock.kind == "event" and clock.other_s[10] == pytest.approx(a.pose.times_s[10] + 1.0)


def test_warping_finds_another_pace() -> None:
    """The same kick, first slower and then faster, with a pause before it."""
    pose = whole()
    own_s = np.concatenate([np.zeros(15), np.linspace(0, 0.8, 36), np.linspace(0.8, pose.times_s[-1], 30)[1:]])
    slow = at_pace(pose, own_s, len(own_s))
    found = compare(a_side(pose), a_side(moved(slow, yaw_deg=120), "b"), wanted="dtw")
    assert found.clock.kind == "dtw" and (np.diff(found.clock.other_s[np.isfinite(found.clock.other_s)]) >= 0).all()
    back = np.interp(found.clock.other_s, slow.times_s, own_s)
    assert np.nanmedian(np.abs(back - pose.times_s)) < 0.05  # this side's moments, by way of the other's clock
    assert np.nanmean(found.joint_m) < 0.06
    by_clock = compare(a_side(pose), a_side(moved(slow, yaw_deg=120), "b"), wanted="time")
    assert np.nanmean(by_clock.joint_m) > 2 * np.nanmean(found.joint_m)
    other_way = compare(a_side(slow), a_side(pose, "b"), wanted="dtw")
    assert np.nanmean(other_way.joint_m) < 0.06


def test_warp_is_the_best_path() -> None:
    """Against every path of the allowed steps, on small tables."""
    random = np.random.default_rng(0)
    for _ in range(20):
        table = random.uniform(0, 1, (4, 5))
        path = warp(table)
        assert path[0, 0] == 0 and path[-1, 0] == 3
        steps = np.diff(path, axis=0)
        assert (steps >= 0).all() and (steps.sum(1) >= 1).all()
    diagonal = np.ones((6, 9))
    diagonal[np.arange(6), np.arange(6) + 2] = 0
    np.testing.assert_array_equal(warp(diagonal), np.stack([np.arange(6), np.arange(6) + 2], axis=1))
    assert warp(np.ones((1, 4))).shape == (1, 2)


def test_nothing_in_common_is_said() -> None:
    with pytest.raises(InputError, match="only 0 frames are in both a and b"):
        compare(a_side(), a_side(moved(kicking(), later_s=50.0), "b"), wanted="time")


def test_a_rotation_counted_in_whole_turns_is_no_difference() -> None:
    pose = kicking()  # turns by 180 degrees
    found = compare(a_side(pose, source="c"), a_side(moved(pose, yaw_deg=359), "b", "c"))
    assert np.nanmax(np.abs(found.angle_deg[:, ANGLES.index("pelvis_rotation")])) < 1e-6


def test_the_page_has_both_and_marks_the_worst() -> None:
    found = compare(
        a_side(strike=STRIKE, source="c"), a_side(kicking(1), "<b>", "c", strike=replace(STRIKE, time_s=1.2))
    )
    page = page_of(found)
    a, b = page.takes
    assert a.colour and a.colour != GREY and b.colour == GREY and a.error_m is not None and b.error_m is None
    assert [name for _, _, name in a.marks] == ["Kick"] and [name for _, _, name in b.marks] == ["Kick (<b>)"]
    assert b.marks[0][0] == pytest.approx(1.2, abs=0.02)
    np.testing.assert_array_equal(a.times_s, b.times_s)
    assert "<b>" not in page_html(page).split("</head>")[1].replace("\\u003cb\\u003e", "")
    assert sentence(found) in " ".join(page.notes)


def test_tables_say_what_was_measured(tmp_path: Path) -> None:
    found = compare(a_side(source="c"), a_side(kicking(1), "b", "c"))
    joints, angles = joint_table(found), angle_table(found)
    assert (
        joints.row_count == 17
        and list(joints.columns[5].cells).count("*") == MARKED
        and angles.row_count == len(ANGLES)
    )
    write_csv(tmp_path / "c.csv", found)
    with open(tmp_path / "c.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 17 + len(ANGLES)
    by_name = {(r["kind"], r["name"]): r for r in rows}
    wrist = found.joint_m[:, H36M["r_wrist"]]
    row = by_name["joint", "r_wrist"]
    # as on the screen
    assert float(row["mean_absolute"]) == pytest.approx(1000 * np.nanmean(wrist), abs=0.1) and row["unit"] == "mm"
    assert (
        float(row["worst_s"]) == pytest.approx(found.a.pose.times_s[np.nanargmax(wrist)], abs=1e-3)
        and row["frames"] == "56"
    )
    knee = found.angle_deg[:, ANGLES.index("r_knee_flexion")]
    row = by_name["angle", "r_knee_flexion"]
    assert float(row["mean_difference"]) == pytest.approx(np.nanmean(knee), abs=0.01) and row["unit"] == "deg"
    assert float(row["a_high"]) == pytest.approx(np.nanmax(found.a.motion.angles["r_knee_flexion"]), abs=0.01)


def test_angles_of_feet_are_compared_if_both_have_feet(tmp_path: Path) -> None:
    footed = with_feet(kicking())
    a = a_side(footed, source="clip")
    assert compare(a, a_side(kicking(), "b", "clip")).foot_deg is None
    deg = a.motion.foot_angles
    assert deg is not None
    raised = replace(a.motion, foot_angles=replace(deg, deg=deg.deg - 5.0))
    found = compare(a, replace(a, name="b", motion=raised))
    assert found.foot_deg is not None
    np.testing.assert_allclose(found.foot_deg[np.isfinite(found.foot_deg)], 5.0, atol=1e-6)
    write_csv(tmp_path / "c.csv", found)
    with open(tmp_path / "c.csv", encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert float(rows["l_ankle_flexion"]["mean_difference"]) == pytest.approx(5) and "r_foot_pitch" in rows
    assert page_of(found).takes[0].feet is not None and page_of(found).takes[1].foot_angles is not None
