"""Heels and toes in every format, read back; files of people without feet are what they were."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from exported import a_person
from feet import some_feet, with_feet
from kicks import GAP, even, kicking
from readers import forward_pass, mot, trc

from kasf_demo.export.bvh import write_bvh
from kasf_demo.export.c3d import write_c3d
from kasf_demo.export.csv_feet import write_feet_csv
from kasf_demo.export.csv_joints import COLUMNS
from kasf_demo.export.mot import mot_angles, write_mot
from kasf_demo.export.npz import write_npz
from kasf_demo.export.resample import y_up
from kasf_demo.export.trc import write_trc
from kasf_demo.kinematics import measure
from kasf_demo.types.feet import FEET
from kasf_demo.types.motion import ANGLES, FOOT_ANGLES
from kasf_demo.types.people import Person, Pose3D
from kasportsformer.skeleton import H36M_NAMES

UNKNOWN = slice(30, 36)


@pytest.fixture(scope="module")
def pose() -> Pose3D:
    return with_feet(kicking(), UNKNOWN)


def person_with(pose: Pose3D) -> Person:
    person = a_person(pose)
    return replace(person, coco=replace(person.coco, skeleton="coco", feet=some_feet(len(pose))))


def test_trc(pose: Pose3D, tmp_path: Path) -> None:
    write_trc(tmp_path / "k.trc", even(pose), name="k.trc")
    _, header, names, rows = trc(tmp_path / "k.trc")
    assert tuple(names) == (*H36M_NAMES, *FEET) and header["NumMarkers"] == "21"
    cells = np.array([[float(c) if c else np.nan for c in row] for row in rows])[:, 2:].reshape(-1, 21, 3)
    assert pose.feet is not None
    np.testing.assert_allclose(cells[:, 17:], y_up(pose.feet.xyz), atol=1e-5)


def test_mot_has_the_angles_of_feet_after_the_others(pose: Pose3D, tmp_path: Path) -> None:
    foot_angles = measure(pose).foot_angles
    assert foot_angles is not None
    plain, footed = even(pose), replace(even(pose), foot_deg=foot_angles.deg)
    for name, motion in (("plain", plain), ("feet", footed)):
        write_mot(tmp_path / name, motion, name=name)
    _, _, columns, values = mot(tmp_path / "feet")
    _, _, before, without = mot(tmp_path / "plain")
    assert columns == [*before[:-1], *(f"kasf_{name}" for name in FOOT_ANGLES), "kasf_filled"]
    known = np.isfinite(foot_angles.deg)
    np.testing.assert_allclose(values[:, -7:-1][known], foot_angles.deg[known], atol=6e-4)
    assert np.isfinite(values).all()
    np.testing.assert_array_equal(values[:, -1] - without[:, -1], (~known).sum(1))
    assert mot_angles(plain) == ANGLES and mot_angles(footed) == (*ANGLES, *FOOT_ANGLES)


def test_c3d_has_the_angles_of_feet_after_the_others(pose: Pose3D, tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    foot_angles = measure(pose).foot_angles
    assert foot_angles is not None
    write_c3d(tmp_path / "k.c3d", replace(even(pose), foot_deg=foot_angles.deg), name="k.c3d")
    file = ezc3d.c3d(str(tmp_path / "k.c3d"))
    for values in (file["parameters"]["POINT"]["ANGLES"]["value"], file["parameters"]["POINT"]["LABELS"]["value"][21:]):
        assert tuple(values) == (*ANGLES, *FOOT_ANGLES)
    np.testing.assert_allclose(file["data"]["points"][0, -6:].T, foot_angles.deg, atol=1e-3)


def test_c3d(pose: Pose3D, tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    write_c3d(tmp_path / "k.c3d", even(pose), name="k.c3d")
    file = ezc3d.c3d(str(tmp_path / "k.c3d"))
    assert tuple(file["parameters"]["POINT"]["LABELS"]["value"]) == (*H36M_NAMES, *FEET, *ANGLES)
    points, residuals = file["data"]["points"], file["data"]["meta_points"]["residuals"][0]
    assert pose.feet is not None
    np.testing.assert_allclose(np.moveaxis(points[:3, 17:21], -1, 0).swapaxes(1, 2) / 1000, pose.feet.xyz, atol=1e-5)
    assert (residuals[19:21, UNKNOWN] == -1).all() and (residuals[17:19, UNKNOWN] == 0).all()
    np.testing.assert_allclose(points[0, 21:].T, measure(pose).angles.deg, atol=1e-3)


def test_bvh(pose: Pose3D, tmp_path: Path) -> None:
    write_bvh(tmp_path / "k.bvh", even(pose), name="k.bvh")
    places, _ = forward_pass(tmp_path / "k.bvh")
    assert pose.feet is not None
    feet = y_up(pose.feet.xyz)
    for side, own in (("l", 0), ("r", 2)):
        ankle = y_up(pose.xyz[:, H36M_NAMES.index(f"{side}_ankle")])
        for k, end in enumerate(("heel", "toe")):
            got = places[f"{side}_{end}"] - places[f"{side}_ankle"]
            known = pose.feet.valid[:, own + k]
            np.testing.assert_allclose(got[known], (feet[:, own + k] - ankle)[known], atol=1e-3)
            assert np.isfinite(got[GAP]).all()


def test_npz(pose: Pose3D, tmp_path: Path) -> None:
    people = [person_with(pose), a_person(kicking())]
    write_npz(tmp_path / "k.npz", people, [measure(p.pose).angles for p in people], pose.times_s)
    with np.load(tmp_path / "k.npz", allow_pickle=False) as f:
        assert f["feet_names"].tolist() == list(FEET) and f["feet_m"].shape == (2, 60, 4, 3)
        assert pose.feet is not None and people[0].coco.feet is not None
        np.testing.assert_array_equal(f["feet_m"][0], pose.feet.xyz)
        np.testing.assert_array_equal(f["feet_px"][0], people[0].coco.feet.xy)
        assert np.isnan(f["feet_m"][1]).all() and (f["feet_score"][1] == 0).all()


def test_csv(pose: Pose3D, tmp_path: Path) -> None:
    write_feet_csv(tmp_path / "k.csv", [person_with(pose), a_person(kicking())], pose.times_s)
    with open(tmp_path / "k.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == (*COLUMNS, "sigma_m") and len(rows) == 4 * 60  # nothing of the person without feet
    assert [r["joint"] for r in rows[:4]] == list(FEET)
    assert pose.feet is not None
    got = np.array([[float(r[c] or "nan") for c in ("x_m", "y_m", "z_m")] for r in rows]).reshape(60, 4, 3)
    np.testing.assert_allclose(got, pose.feet.xyz, atol=6e-5)
    assert rows[4 * UNKNOWN.start + 3]["interpolated"] == rows[4 * UNKNOWN.start + 3]["score"] == ""


def test_uneven_times_move_feet_with_the_joints(tmp_path: Path) -> None:
    times_s = np.arange(60) / 30
    times_s[10:] += 0.01
    pose = with_feet(kicking(times_s=times_s))
    motion = even(pose)
    assert motion.resampled and motion.feet is not None
    ankle = H36M_NAMES.index("l_ankle")
    reach = np.linalg.norm(motion.feet[:, 1] - motion.xyz[:, ankle], axis=-1)
    assert np.nanmax(np.abs(reach - np.nanmedian(reach))) < 0.01


def test_without_feet_the_files_are_as_before(tmp_path: Path) -> None:
    pose = kicking()
    bare = replace(with_feet(pose), feet=None)
    nowhere = with_feet(pose, slice(None))
    assert nowhere.feet is not None
    nowhere.feet.xyz[:] = np.nan  # a source with feet, none of them believed
    for writer, name in ((write_trc, "a.trc"), (write_bvh, "a.bvh")):
        files = []
        for i, one in enumerate((pose, bare, nowhere)):
            (tmp_path / str(i)).mkdir(exist_ok=True)
            writer(tmp_path / str(i) / name, even(one), name=name)
            files.append((tmp_path / str(i) / name).read_bytes())
        assert files[0] == files[1] == files[2]
