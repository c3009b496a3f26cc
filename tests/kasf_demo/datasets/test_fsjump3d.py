"""FS-Jump3D from JSON and C3D: the same motion, both definitions of the hips, heels and toes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from raw_sets import FRAMES, write_fsjump3d

from kasf_demo.compare.side import from_result
from kasf_demo.datasets.fsjump3d import (
    FOOT_MARKERS,
    HIP_JOINTS,
    MARKERS,
    feet_of,
    joints_of,
    read_fsjump3d,
    read_markers,
)
from kasf_demo.datasets.imported import write_motion
from kasf_demo.errors import InputError
from kasportsformer.skeleton import H36M

FEET_ON = {"l_ankle": ("LHEL", "L_Toe"), "r_ankle": ("RHEL", "R_Toe")}


def with_feet(path: Path) -> Path:
    """Toes 18 cm ahead of the heels, which are where the ankles are."""
    places = {joint: (*names, *HIP_JOINTS.get(joint, ()), *FEET_ON.get(joint, ())) for joint, names in MARKERS.items()}
    write_fsjump3d(path, places)
    content = json.loads(path.read_text())
    for marker in content["Markers"]:
        values = np.array(marker["Parts"][0]["Values"])
        if marker["Name"].endswith("Toe"):
            values[:, 1] -= 180.0
        if marker["Name"] in ("RHIP", "LHIP"):
            values[:, 2] -= 90.0
        marker["Parts"][0]["Values"] = values.tolist()
    path.write_text(json.dumps(content))
    return path


def as_c3d(source: Path, path: Path, *, lost: int = 0) -> Path:
    """The same markers as C3D; of the first marker the first `lost` frames are missing."""
    ezc3d = pytest.importorskip("ezc3d")
    markers, rate = read_markers(source)
    file = ezc3d.c3d()
    points = np.ones((4, len(markers), max(a + len(v) for a, v in markers.values())))
    residuals = np.full((1, *points.shape[1:]), -1.0)
    for m, (start, values) in enumerate(markers.values()):
        points[:3, m, start : start + len(values)] = values.T
        residuals[0, m, start : start + len(values)] = 0
    residuals[0, 0, :lost] = -1
    file["data"]["points"], file["data"]["meta_points"]["residuals"] = points, residuals
    file["parameters"]["POINT"]["LABELS"]["value"] = tuple(markers)
    file["parameters"]["POINT"]["UNITS"]["value"] = ("mm",)
    file["parameters"]["POINT"]["RATE"]["value"] = (rate,)
    file.write(str(path))
    return path


def test_c3d_holds_the_same_as_json(tmp_path: Path) -> None:
    source = with_feet(tmp_path / "one.json")
    c3d = as_c3d(source, tmp_path / "one.c3d", lost=3)
    (one,), (other,) = read_fsjump3d(source), read_fsjump3d(c3d)
    assert len(one.times_s) == FRAMES and len(other.times_s) == FRAMES - 3  # the pelvis is seen from frame 3 on
    np.testing.assert_allclose(other.joints_m[0], one.joints_m[0, 3:], atol=1e-5)
    assert other.feet_m is not None and one.feet_m is not None
    np.testing.assert_allclose(other.feet_m[0], one.feet_m[0, 3:], atol=1e-5)


@pytest.mark.assets
def test_c3d_of_the_published_vector(tmp_path: Path, shared: Path) -> None:
    golden = shared / "golden" / "fsjump3d_small.json"
    markers, rate = read_markers(as_c3d(golden, tmp_path / "small.c3d"))
    own, _ = read_markers(golden)
    assert rate == 60 and set(markers) == set(own)
    for hips in ("published", "joint"):
        (first, pose), (expected_first, expected) = joints_of(markers, hips), joints_of(own, hips)
        assert first == expected_first
        np.testing.assert_allclose(pose, expected, atol=1e-3)  # C3D holds float32
    assert feet_of(own, *[joints_of(own)[0], len(joints_of(own)[1])]) is not None


def test_hip_joints_lie_below_the_iliac_spines(tmp_path: Path) -> None:
    source = with_feet(tmp_path / "one.json")
    (published,), (joint,) = read_fsjump3d(source), read_fsjump3d(source, hips="joint")
    down = published.joints_m[0] - joint.joints_m[0]
    assert np.abs(down[:, [H36M["r_hip"], H36M["l_hip"]], 2] - 0.09).max() < 1e-6
    assert set(np.flatnonzero(np.abs(down).max((0, 2)) > 1e-6)) == {H36M["r_hip"], H36M["l_hip"]}


def test_heels_and_toes_come_with_the_motion(tmp_path: Path) -> None:
    (clip,) = read_fsjump3d(with_feet(tmp_path / "one.json"))
    (tmp_path / "out").mkdir()
    side = from_result(write_motion(clip, tmp_path / "out", overwrite=False))
    assert side.pose.feet is not None and side.pose.feet.valid.all()
    feet = side.pose.feet.xyz
    np.testing.assert_allclose(np.linalg.norm(feet[:, 1] - feet[:, 0], axis=-1), 0.18, atol=1e-6)
    assert side.motion.foot_angles is not None and np.isnan(side.motion.foot_angles["r_foot_pitch"]).all()


def test_without_a_foot_marker_there_are_no_feet(tmp_path: Path) -> None:
    path = with_feet(tmp_path / "one.json")
    content = json.loads(path.read_text())
    content["Markers"] = [m for m in content["Markers"] if m["Name"] != FOOT_MARKERS[1]]
    path.write_text(json.dumps(content))
    (clip,) = read_fsjump3d(path)
    assert clip.feet_m is None


def test_what_is_no_c3d_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("ezc3d")
    bad = tmp_path / "bad.c3d"
    bad.write_bytes(b"no c3d" * 100)
    with pytest.raises(InputError, match="C3D"):
        list(read_fsjump3d(bad))
