"""GLB files, read back by a reader that is not ours: places, times, gaps, skins, and what a run writes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import call
from glb_reader import Glb
from kicks import GAP, Array, kicking
from opensim_pose import joints as joints_of
from pages import athlete, varying_times
from walker import walking_coco, write_clip, write_keypoints

from body import as_pose, standing
from kasf_demo import analyse
from kasf_demo.export.glb import increasing, write_glb
from kasf_demo.types.feet import FEET, FootPose
from kasf_demo.types.people import Keypoints2D, Person, Pose3D
from kasportsformer.skeleton import BONES, H36M_NAMES

ABOUT = {"kasf_demo_version": "1.2.3", "clip": "Läufer.mp4", "height_m": 1.8, "fps": None}


def person_of(pose: Pose3D, number: int = 1) -> Person:
    t = len(pose)
    keypoints = Keypoints2D(np.zeros((t, 17, 2)), np.zeros((t, 17)), pose.valid, np.zeros(t, bool), "h36m")
    return Person(number, keypoints, keypoints, pose)


def constant(pose: Pose3D) -> Array:
    """(T, 17, 3) y up: the pose's directions with bones of their median lengths."""
    out = pose.xyz.copy()
    for a, b in BONES:
        bone = pose.xyz[:, b] - pose.xyz[:, a]
        length = np.linalg.norm(bone, axis=-1, keepdims=True)
        out[:, b] = out[:, a] + bone / length * np.median(length[pose.valid])
    return np.asarray(np.stack([out[..., 0], out[..., 2], -out[..., 1]], -1))


def joints(places: dict[str, Array]) -> Array:
    return np.stack([places[name] for name in H36M_NAMES])


def test_every_joint_is_in_its_place_at_every_frame(tmp_path: Path) -> None:
    times_s = varying_times(60)
    pose = kicking(times_s=times_s)
    write_glb(tmp_path / "k.glb", [person_of(pose)], ABOUT)
    glb, want = Glb(tmp_path / "k.glb"), constant(pose)
    for t in np.flatnonzero(pose.valid):
        assert np.abs(joints(glb.places(np.float32(times_s[t]))) - want[t]).max() < 1e-3, t
    keys, _, how = glb.track(0, "translation") or pytest.fail("the root does not move")
    np.testing.assert_array_equal(keys.astype(np.float32), times_s[pose.valid].astype(np.float32))
    assert how == "LINEAR" and glb.json["asset"] == {"version": "2.0", "generator": "kasf-demo 1.2.3"}
    extras = glb.json["scenes"][0]["extras"]
    assert extras["joints"] == list(H36M_NAMES) and extras["clip"] == "Läufer.mp4" and "fps" not in extras


def test_a_gap_hides_the_person(tmp_path: Path) -> None:
    pose = kicking()
    write_glb(tmp_path / "k.glb", [person_of(pose)], ABOUT)
    glb = Glb(tmp_path / "k.glb")
    for t in range(60):
        extent = np.ptp(glb.vertices(t / 30 + 1e-4), axis=0).max()
        assert (extent > 1.5) == pose.valid[t] and (extent < 1e-6) == (t in range(60)[GAP])
    whole = as_pose(np.repeat(standing()[None], 3, 0))
    write_glb(tmp_path / "w.glb", [person_of(whole)], ABOUT)
    assert Glb(tmp_path / "w.glb").track(0, "scale") is None


@pytest.mark.parametrize("missing", [slice(0, 5), slice(5, 9), slice(1, 9)])
def test_poses_that_begin_late_end_early_or_are_one(missing: slice, tmp_path: Path) -> None:
    valid = np.ones(9, bool)
    valid[missing] = False
    pose = as_pose(np.repeat(standing()[None], 9, 0) + np.linspace(0, 1, 9)[:, None, None], fps=10, valid=valid)
    write_glb(tmp_path / "k.glb", [person_of(pose)], ABOUT)
    glb = Glb(tmp_path / "k.glb")
    shown = [bool(np.ptp(glb.vertices(t / 10 + 1e-4), axis=0).max() > 1) for t in range(9)]
    assert shown == valid.tolist()
    with pytest.raises(ValueError, match="no frame"):
        write_glb(tmp_path / "n.glb", [person_of(as_pose(pose.xyz, valid=np.zeros(9, bool)))], ABOUT)


def test_the_body_follows_its_bones_and_stands_on_the_floor(tmp_path: Path) -> None:
    """Each limb's vertices lie around its bone in all frames; left is where the athlete's left is."""
    pose = kicking()
    write_glb(tmp_path / "k.glb", [person_of(pose)], ABOUT)
    glb = Glb(tmp_path / "k.glb")
    primitive = glb.json["meshes"][0]["primitives"][0]
    triangles = glb.values(primitive["indices"]).reshape(-1, 3)
    colours = glb.values(primitive["attributes"]["COLOR_0"])
    assert 300 < len(triangles) < 1500 and (colours[:, 3] == 65535).all()
    for t in (0, 11, 41, 59):
        vertices, places = glb.vertices(t / 30), glb.places(t / 30)
        bones = [(places[H36M_NAMES[a]], places[H36M_NAMES[b]]) for a, b in BONES]
        per_bone = len(vertices) // len(BONES)
        for k, (a, b) in enumerate(bones):
            part = vertices[k * per_bone : (k + 1) * per_bone]
            along = np.clip((part - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)[:, None]
            assert np.linalg.norm(part - (a + along * (b - a)), axis=-1).max() < 0.16, (t, BONES[k])
        a, b, c = (vertices[triangles[:, i]] for i in range(3))
        volume = (a * np.cross(b, c)).sum() / 6
        assert 0.03 < volume < 0.12  # m3, positive: triangles face outwards
        assert -0.02 < vertices[:, 1].min() < 0.1
        blue = colours[:, 2].astype(int) - colours[:, 0] > 20000
        near = {side: np.linalg.norm(vertices[blue] - places[f"{side}_ankle"], axis=-1).min() for side in "lr"}
        assert near["l"] < 0.05 < near["r"]


def test_people_share_one_file(tmp_path: Path) -> None:
    times_s = varying_times(20)
    people = [athlete(times_s, 1), athlete(times_s, 4, x_m=1.2, bend_deg=60)]
    write_glb(tmp_path / "k.glb", people, ABOUT)
    glb = Glb(tmp_path / "k.glb")
    assert len(glb.json["skins"]) == len(glb.json["meshes"]) == 2 and len(glb.json["animations"]) == 1
    tops = [glb.json["nodes"][i] for i in glb.json["scenes"][0]["nodes"]]
    assert [n["name"] for n in tops] == ["person 1", "body 1", "person 4", "body 4"]
    for skin, person in enumerate(people):
        got = joints(glb.places(np.float32(times_s[7]), skin))
        assert np.abs(got - constant(person.pose)[7]).max() < 1e-3


def test_times_that_float32_cannot_tell_apart_are_one_key() -> None:
    assert increasing(np.array([0.0, 0.1, 0.2])).all()
    hours = 36000 + np.arange(100) / 960
    kept = hours[increasing(hours)].astype(np.float32)
    assert 20 < len(kept) < 100 and (np.diff(kept) > 0).all()


def test_a_run_of_two_people_and_of_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = [walking_coco(30, x0=80), walking_coco(30, x0=220)]
    clip, keypoints = write_clip(tmp_path / "c.mp4", people), write_keypoints(tmp_path / "k.json", people)
    args = [clip, "--keypoints", keypoints, "--athlete", "all", "--no-video", "--offline", "--axes", "camera"]
    call(*args, "--out", tmp_path / "p.mp4", "--export", "glb", code=0, capsys=capsys)
    assert {p.name for p in tmp_path.iterdir()} == {"c.mp4", "k.json", "p.csv", "p.glb", "p.json"}
    glb = Glb(tmp_path / "p.glb")
    report = json.loads((tmp_path / "p.json").read_text())
    assert len(glb.json["skins"]) == 2 and "p.glb" in report["files"]
    assert 0 < glb.vertices(0.5)[:, 1].min() + 0.05 < 0.2  # world axes, whatever the table's are
    call(*args, "--out", tmp_path / "p.mp4", "--no-csv", "--export", "glb", code=6, capsys=capsys)  # not replaced
    nobody = write_keypoints(tmp_path / "none.json", people, np.zeros(30, bool))
    result = analyse(clip, tmp_path / "n.mp4", keypoints=nobody, export="glb", video=False, offline=True)
    assert [f.name for f in result.files] == ["n.csv", "n.json"] and not (tmp_path / "n.glb").exists()


def test_feet_are_nodes_and_limbs(tmp_path: Path) -> None:
    """Heel and toe are where the pose has them, also after a gap; an unknown foot keeps its axes."""
    xyz, feet = zip(*(joints_of({"ankle_angle_l": 5.0 * k, "knee_angle_r": 9.0 * k}) for k in range(9)), strict=True)
    known = np.array(feet)
    known[4, :2] = np.nan
    pose = as_pose(np.array(xyz), fps=10, valid=np.arange(9) != 2)
    pose = replace(pose, feet=FootPose(np.where(pose.valid[:, None, None], known, np.nan), np.ones((9, 4))))
    write_glb(tmp_path / "k.glb", [person_of(pose)], ABOUT)
    glb = Glb(tmp_path / "k.glb")
    for t in (0, 1, 3, 5, 8):
        places = glb.places(np.float32(t / 10))
        got = np.stack([places[name] for name in FEET])
        want = np.stack([known[t, :, 0], known[t, :, 2], -known[t, :, 1]], -1)
        assert np.abs(got - want).max() < 2e-3, t
    toe = glb.places(np.float32(0.4))["l_toe"]
    assert np.isfinite(toe).all() and np.linalg.norm(toe - glb.places(np.float32(0.3))["l_toe"]) < 0.05
    assert len(glb.values(glb.json["meshes"][0]["primitives"][0]["indices"])) == 3 * 1280
    assert joints(glb.places(0.0)).shape == (17, 3)
