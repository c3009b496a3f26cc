"""What the accuracy benchmark computes beyond `kasf_demo.evaluate`: the peer's numbers, means and floors."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scene import a_truth, perfect, without
from scipy.spatial.transform import Rotation
from walker import Clip, walk

from body import FORWARD, UP, as_pose, bent, standing, turn
from kasf_demo import analyse
from kasf_demo.camera.lines import find_segments
from kasf_demo.evaluate import evaluate
from kasf_demo.evaluate.ground_truth import LIMBS_COCO
from kasf_demo.kinematics import measure
from kasf_demo.options import EXPORTS
from kasf_demo.types.camera import Camera, CameraMotion, Orientation
from kasf_demo.types.motion import ANGLES, Events
from kasf_demo.types.people import Keypoints2D, Person, Pose3D
from kasf_demo.types.result import Provenance, Result, Scene

__all__ = ["walk"]  # a fixture
BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def accuracy(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The benchmark as a module."""
    pytest.importorskip("mediapipe")
    monkeypatch.syspath_prepend(str(BENCHMARKS / "accuracy"))
    return importlib.import_module("accuracy")


def test_the_peer_is_compared_with_the_athlete_it_follows(accuracy: Any) -> None:
    truth = a_truth(10, athletes=2)
    assert truth.coco_world_m is not None
    followed = np.where(np.arange(10) < 6, 1, 0)  # it changes over
    frames = np.arange(10)
    uv = truth.limbs_px[followed, frames].copy()
    xyz = truth.coco_world_m[followed, frames][:, LIMBS_COCO] * 1.3 + 5  # a similarity is no error
    uv[2] = xyz[2] = np.nan
    estimate = without(perfect(truth), 1, slice(4, 5))
    got = accuracy.mediapipe_baseline.compare((uv, xyz), estimate, truth)
    assert (
        got["frames"] == 8
        and got["peer_mm"] == pytest.approx(0, abs=1e-6)
        and got["ours_mm"] == pytest.approx(0, abs=1e-6)
    )
    xyz[:, 0] += [0.3, 0, 0]
    worse = accuracy.mediapipe_baseline.compare((uv, xyz), estimate, truth)
    assert worse["peer_mm"] > 5 and worse["ours_mm"] == pytest.approx(0, abs=1e-6)
    nobody = accuracy.mediapipe_baseline.compare((uv * np.nan, xyz * np.nan), estimate, truth)
    assert nobody["frames"] == 0 and np.isnan(nobody["peer_mm"])


def test_tables_and_floors(accuracy: Any, tmp_path: Path) -> None:
    truth = a_truth(10, athletes=2)
    estimate = without(replace(perfect(truth), xyz=perfect(truth).xyz * [1.2, 1, 1]), 1, slice(0, 3))
    limbs = {"frames": 10, "ours_mm": 40.0, "peer_mm": float("nan")}
    rows = [accuracy.Row("two", "yolo", e, limbs) for e in evaluate(estimate, truth).athletes]
    lines = accuracy.table(rows, ["yolo"]).splitlines()
    assert [line.split(" | ")[:4] for line in lines[2:]] == [
        ["| two", "yolo", "10", "0"],
        ["| two (2)", "yolo", "10", "3"],
        ["| **mean**", "yolo", "20", "3"],
    ]
    assert accuracy.peer_table(rows, ["yolo"]).splitlines()[2:] == [
        "| two | yolo | 10 | 40 | nan |",
        "| **mean** | yolo | 10 | 40 | nan |",
    ]
    alone = accuracy.Row("one", "yolo", rows[0].errors, {"frames": 5, "ours_mm": 20.0, "peer_mm": 30.0})
    both = [line.split(" | ")[0:4] for line in accuracy.peer_table([alone, *rows], ["yolo"]).splitlines()[4:]]
    assert both == [["| **mean**", "yolo", "15", "30"], ["| **mean, one athlete**", "yolo", "5", "20"]]
    accuracy.write_floors(tmp_path / "f.toml", rows, "made up")
    floors = tomllib.loads((tmp_path / "f.toml").read_text())["two"]["yolo"]
    assert floors["missing_at_most"] == pytest.approx(3 * 1.1 + 1) and floors["pck_2d_at_least"] == pytest.approx(
        0.7 * 0.9 - 0.02
    )
    assert floors["p_mpjpe_mm_at_most"] == pytest.approx(max(r.errors.p_mpjpe_mm for r in rows) * 1.1 + 2, abs=0.1)


def test_the_table_of_qualities_is_about_mediapipe_in_2d_and_3d(accuracy: Any) -> None:
    truth = a_truth(10, athletes=1)
    errors = evaluate(perfect(truth), truth).athletes[0]
    names = ("mediapipe", "mediapipe, --quality best", "yolo")
    lines = accuracy.quality_table([accuracy.Row("one", name, errors, {}) for name in names]).splitlines()
    assert lines[0] == "| clip | detector | 2D px, median | PCK % | MPJPE | P-MPJPE |"
    assert [line.split(" | ")[:2] for line in lines[2:]] == [
        ["| one", "mediapipe"], ["| one", "mediapipe, --quality best"],
        ["| **mean**", "mediapipe"], ["| **mean**", "mediapipe, --quality best"],
    ]  # fmt: skip


def test_an_athlete_who_was_never_found_sets_no_floor_for_errors(accuracy: Any, tmp_path: Path) -> None:
    truth = a_truth(10, athletes=2)
    found = evaluate(without(perfect(truth), 1, slice(0, 10)), truth).athletes
    rows = [accuracy.Row("two", "yolo", e, {}) for e in found]
    for order in (rows, rows[::-1]):  # a NaN compares with nothing
        accuracy.write_floors(tmp_path / "f.toml", order, "made up")
        floors = tomllib.loads((tmp_path / "f.toml").read_text())["two"]["yolo"]
        assert "p_mpjpe_mm_at_most" not in floors and floors["missing_at_most"] == pytest.approx(10 * 1.1 + 1)


def test_errors_of_angles(monkeypatch: pytest.MonkeyPatch) -> None:
    """No error for the ground truth itself in any view; for a bent knee, its own; a missed kick is reported."""
    pytest.importorskip("mediapipe")
    monkeypatch.syspath_prepend(str(BENCHMARKS / "accuracy"))
    angles = importlib.import_module("angles")
    t = np.arange(120)
    swung = -30 + 110 / (1 + np.exp(-(t - 60) / 2))
    forward = np.cross(-UP, FORWARD)
    xyz = np.array([bent(standing(), "r_hip", forward, a) for a in swung])
    want = measure(as_pose(xyz))
    same = angles._row("a", "d", measure(as_pose(xyz @ turn(UP, 130).T)), want)
    assert np.nanmax(same.errors_deg) < 1e-6 and max(same.moments_s.values()) < 1e-9
    knee = np.array([bent(pose, "r_knee", -forward, 20) for pose in xyz])
    off = angles._row("a", "d", measure(as_pose(knee)), want)
    assert np.allclose(off.errors_deg[:, ANGLES.index("r_knee_flexion")], 20)
    line = angles.clip_table([same, replace(same, found=Events())]).splitlines()
    assert "+0.000 (" in line[2] and "| missed |" in line[3]
    assert "| knee_flexion | 10 | 20 |" in angles.angle_table([off], ["d"])  # the left knee's are 0


@pytest.fixture
def trajectory(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The benchmark as a module."""
    pytest.importorskip("mediapipe")
    monkeypatch.syspath_prepend(str(BENCHMARKS / "accuracy"))
    return importlib.import_module("trajectory")


def test_paths_are_compared_over_the_ground(trajectory: Any) -> None:
    """A perfect result of a camera that pans is perfect only where its rotation is undone."""
    truth = a_truth(20)
    estimate, turned = perfect(truth), truth.R @ truth.R[0].T
    made = Provenance(1, "", False, "x", None, "x", height_m=1.8, height_given=True)
    pose = Pose3D(estimate.xyz[0], np.ones((20, 17)), np.ones(20, bool), np.zeros(20, bool), truth.times_s, "camera")
    keypoints = Keypoints2D(estimate.uv[0], np.ones((20, 17)), np.ones(20, bool), np.zeros(20, bool), "h36m")
    person = Person(1, keypoints, keypoints, pose)
    for undone in (True, False):
        motion = (
            CameraMotion("turns", turned, np.ones(20), np.ones(20, bool)) if undone else CameraMotion.none(20, "still")
        )
        scene = Scene(Camera(1000.0, 0.0, 0.0, "given"), motion, Orientation.of(3.0), {})
        result = Result(None, truth.times_s, [person], scene=scene, provenance=made)  # type: ignore[arg-type]
        row = trajectory.compare("clip", "x", result, truth)[0]
        assert (row.mean_m < 1e-6) == undone and (row.rotation_deg < 0.01) == undone
        assert row.relative_m > 0.1
    header, _, cells, means = trajectory.table([row]).splitlines()
    assert header.count("|") == cells.count("|") == means.count("|") and "1000 given, 1000" in cells


def test_a_turned_clip_shows_where_the_ground_truth_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dot at the wrist is where the turned ground truth has it, and the border of the clip is no straight edge."""
    pytest.importorskip("mediapipe")
    monkeypatch.syspath_prepend(str(BENCHMARKS / "accuracy"))
    orientation = importlib.import_module("orientation")
    size, truth = (640, 360), a_truth(2)
    k = np.array([[900.0, 0, 320], [0, 900, 180], [0, 0, 1]])
    truth = replace(truth, K=np.stack([k, k]), coco_px=np.full((1, 2, 17, 2), (400.0, 150.0)))
    turn = Rotation.from_euler("ZX", [25, 3], degrees=True).as_matrix()
    own, h = orientation.turned_truth(truth, turn, size)
    image = np.full((360, 640, 3), 60, np.uint8)
    cv2.circle(image, (400, 150), 6, (255, 255, 255), -1)
    shown = orientation.warped(image, h[0], size)
    rows, columns = np.nonzero(shown[..., 0] > 150)
    assert np.allclose([columns.mean(), rows.mean()], own.coco_px[0, 0, 0], atol=0.7)
    assert np.hypot(*(own.coco_px[0, 0, 0] - [400, 150])) > 20
    halves = np.where(np.arange(640) < 320, 20, 220).astype(np.uint8)
    halves = np.broadcast_to(halves[None, :, None], (360, 640, 3)).copy()
    edge = h[0] @ np.array([[320.0, 320.0], [0.0, 360.0], [1.0, 1.0]])
    (x0, x1), (y0, y1) = edge[:2] / edge[2]
    found = find_segments(orientation.warped(halves, h[0], size), np.zeros((0, 4))).reshape(-1, 2)
    away = np.abs((x1 - x0) * (found[:, 1] - y0) - (y1 - y0) * (found[:, 0] - x0)) / np.hypot(x1 - x0, y1 - y0)
    assert len(found) and away.max() < 5  # the edge between the halves, and nothing else
    assert orientation.largest_square(truth, turn, size)[0] < 0.8 * 360


def test_the_doors_that_the_speed_benchmark_meters_are_there() -> None:
    """In a process of its own: meters are put into classes."""
    code = (
        "import profile_stages, types; profile_stages.metered(profile_stages.Meter(),"
        " types.SimpleNamespace(detector=None))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=BENCHMARKS / "speed", check=True, timeout=120)


@pytest.mark.slow
def test_written_files_that_are_wrong_are_called_so(
    walk: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The readers of benchmarks/end_to_end/all_formats.py: none complains about a run's own files; each does where it
    does not fit the table."""
    pytest.importorskip("ezc3d")
    pytest.importorskip("rerun")
    monkeypatch.syspath_prepend(str(BENCHMARKS / "end_to_end"))
    files = importlib.import_module("written_files")
    out, report = tmp_path / "p.mp4", tmp_path / "r.pdf"
    exports = [name for name in EXPORTS if name != "opensim"]
    analyse(walk[0], out, keypoints=walk[1], export=exports, plots=True, report=report, offline=True)
    run = files.Run.read(walk[0], out)
    said = {name: check(run) for name, check in files.CHECKS.items()} | {"pdf": files.pdf(run, report)}
    assert len(said) == 13 and not any(said.values()), said
    ((person, xyz),) = run.xyz.items()
    moved = replace(run, xyz={person: xyz + 0.05})
    assert all(files.CHECKS[name](moved) for name in ("npz", "trc", "mot", "c3d", "bvh", "glb"))
    hidden = xyz.copy()
    hidden[7] = np.nan
    gap = replace(run, xyz={person: hidden})
    assert all(files.CHECKS[name](gap) for name in ("npz", "trc", "mot", "c3d", "glb", "rrd"))
    two = replace(run, xyz={person: xyz, person + 1: xyz})
    one_each = ("angles.csv", "npz", "trc", "mot", "c3d", "bvh", "glb", "rrd", "plots")
    assert all(files.CHECKS[name](two) for name in one_each) and files.pdf(two, report)
    cv2.imwrite(str(run.beside(".path.png")), np.full((50, 50, 3), 255, np.uint8))
    assert files.plots(run) == ["p.path.png is blank"]
    report.write_bytes(report.read_bytes()[:-40])
    assert files.pdf(run, report) == ["not a whole PDF"]
    out.with_suffix(".json").write_text('{"a": NaN}')
    with pytest.raises(ValueError, match="NaN is no JSON"):
        files.Run.read(walk[0], out)


def test_tables_of_feet_that_are_wrong_are_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS / "end_to_end"))
    written = importlib.import_module("written_feet")
    footed = {"people": [{"id": 1, "feet": {"source": "a file"}}, {"id": 2, "feet": {"source": None}}]}
    head = "frame,time_s,person,joint,x_m,y_m,z_m"

    def table(toe_m: float) -> Path:
        rows = [f"0,0.0,1,{side}_{end},{x},0,0" for side in "lr" for end, x in (("heel", 0), ("toe", toe_m))]
        (tmp_path / "f.csv").write_text("\n".join([head, *rows]))
        return tmp_path / "f.csv"

    assert written.wrong(table(0.26), 1, footed) == []
    assert written.wrong(table(0.9), 1, footed) == ["a foot is no foot long"]
    assert written.wrong(table(0.26), 2, footed) == ["4 rows, 1 people with feet"]
