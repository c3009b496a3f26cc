"""Inverse kinematics by OpenSim: known coordinates come back, files open in its readers, a user's model, refusals."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import call
from kicks import Array, even
from opensim_pose import HIP, LUMBAR, SHOULDER, joints
from readers import mot
from walker import Clip, walking_coco, write_clip, write_keypoints

from body import as_pose
from kasf_demo.errors import InputError
from kasf_demo.export.opensim.job import Solution, person_job, solve, users_job
from kasf_demo.export.opensim.posture import forward_lean, heading, lumbar_extension
from kasf_demo.export.opensim.write import all_frames
from kasf_demo.export.resample import EvenMotion

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("opensim") is None, reason="opensim is not installed: pip install kasf-demo[opensim]"
    ),
]
FRAMES = 12
COMPARED = (
    "pelvis_tilt", "pelvis_list", "pelvis_rotation", "lumbar_extension", "lumbar_bending", "lumbar_rotation",
    *(f"{c}_{s}" for s in "rl" for c in ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "arm_flex",
                                         "arm_add", "arm_rot", "elbow_flex")),
)  # fmt: skip


def known(frames: int = FRAMES, **constant: float) -> list[dict[str, float]]:
    """Coordinates over time: all of them move, the two sides differently. Knees and elbows stay bent, as straight ones
    do not determine the rotation above them."""
    out = []
    for t in np.linspace(0, 2 * np.pi, frames):
        wave = {name: amp * np.sin(t + k) for k, (name, amp) in enumerate({
            "pelvis_list": 6, "pelvis_rotation": 10, "lumbar_bending": 8, "lumbar_rotation": 9,
        }.items())}  # fmt: skip
        for k, side in enumerate("rl"):
            wave |= {
                f"hip_flexion_{side}": 25 + 30 * np.sin(t + k), f"hip_adduction_{side}": 8 * np.sin(t + 1 - k),
                f"hip_rotation_{side}": 10 * np.cos(t + k), f"knee_angle_{side}": 50 + 30 * np.cos(t - k),
                f"ankle_angle_{side}": 15 * np.sin(t + 2 * k), f"arm_flex_{side}": 30 * np.sin(t + 2 - k),
                f"arm_add_{side}": -30 + 15 * np.cos(t + k), f"arm_rot_{side}": 20 * np.sin(t - k),
                f"elbow_flex_{side}": 70 + 30 * np.sin(t + k),
            }  # fmt: skip
        out.append({"pelvis_tx": 0.1 * t, "pelvis_ty": 0.95, "pelvis_tz": -2.0} | wave | constant)
    return out


def motion_of(rows: list[dict[str, float]], heading_deg: float = 0.0, **pose: Any) -> EvenMotion:
    return even(as_pose(np.array([joints(q, heading_deg)[0] for q in rows]), fps=30, **pose))


def with_shared_lean(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    """The lumbar joint takes its share of the bending, which is how the program tells it from the pelvis' tilt."""

    def own_share(xyz: Array) -> Array:
        return np.asarray(lumbar_extension(forward_lean(xyz), (LUMBAR - HIP)[:2], SHOULDER[:2]))

    for k, q in enumerate(rows):
        q["pelvis_tilt"] = -12.0 + 4 * np.sin(k)
        for _ in range(30):
            q["lumbar_extension"] = float(np.degrees(own_share(joints(q)[0][None]))[0])
    return rows


def by_name(found: Solution, motion: EvenMotion) -> dict[str, Array]:
    return dict(zip(found.coordinates, all_frames(found, motion).T, strict=True))


@pytest.mark.parametrize("heading_deg", [0.0, 130.0])
def test_known_coordinates_come_back(heading_deg: float) -> None:
    rows = with_shared_lean(known())
    motion = motion_of(rows, heading_deg)
    found = solve(person_job(motion, 1.75), motion)
    got, turned = by_name(found, motion), np.degrees(heading(motion.xyz)) - heading_deg
    for name in COMPARED:
        want = np.array([q.get(name, 0.0) for q in rows]) - (turned if name == "pelvis_rotation" else 0.0)
        assert np.abs(got[name] - want).max() < 1.0, name
    assert found.errors_m.max() < 0.005 and got["pelvis_ty"] == pytest.approx(0.95, abs=0.01)
    assert np.ptp(got["ankle_angle_r"]) == np.ptp(got["pro_sup_l"]) == 0  # not estimated without feet


def test_ankles_come_back_where_feet_are_known() -> None:
    rows = with_shared_lean(known())
    feet = np.array([joints(q)[1] for q in rows])
    feet[5] = np.nan
    motion = replace(motion_of(rows), feet=feet)
    got = by_name(solve(person_job(motion, 1.75), motion), motion)
    for name in ("ankle_angle_r", "ankle_angle_l"):
        error = np.abs(got[name] - [q[name] for q in rows])
        assert error[np.arange(FRAMES) != 5].max() < 1.0, name


def test_a_whirling_athlete_with_a_gap_never_jumps() -> None:
    rows = with_shared_lean(known(40))
    for k, q in enumerate(rows):
        q["pelvis_rotation"] = 18.0 * k  # two turns
    valid = np.ones(40, bool)
    valid[[0, 20, 21, 39]] = False
    motion = motion_of(rows, valid=valid)
    got = by_name(solve(person_job(motion, 1.75), motion), motion)
    steps = np.diff(np.stack(list(got.values())), axis=1)
    assert np.abs(steps).max() < 40 and got["pelvis_rotation"][-2] - got["pelvis_rotation"][1] > 600
    assert np.isfinite(steps).all() and (steps[:, 0] == 0).all()  # held at the ends


READ = """
import json, sys, opensim
opensim.Logger.setLevelString("off")
osim, motion, markers = sys.argv[1:]
model = opensim.Model(osim)
model.initSystem()
coordinates, storage, table = model.getCoordinateSet(), opensim.Storage(motion), opensim.TimeSeriesTable(motion)
last = storage.getLastStateVector().getData()
print(json.dumps({
    "names": [coordinates.get(i).getName() for i in range(coordinates.getSize())], "degrees": storage.isInDegrees(),
    "columns": list(table.getColumnLabels()), "rows": [storage.getSize(), table.getNumRows()],
    "last": [last.get(i) for i in range(last.size())], "markers": model.getMarkerSet().getSize(),
    "trc": opensim.TimeSeriesTableVec3(markers).getNumRows(),
}))
"""


def run_clip(folder: Path, people: int, capsys: pytest.CaptureFixture[str]) -> None:
    walkers = [walking_coco(20, x0=80), walking_coco(20, x0=220)][:people]
    clip, keypoints = write_clip(folder / "c.mp4", walkers), write_keypoints(folder / "k.json", walkers)
    args = [clip, "--keypoints", keypoints, "--athlete", "all" if people > 1 else "auto", "--no-video", "--offline"]
    call(*args, "--out", folder / "p.mp4", "--export", "opensim", code=0, capsys=capsys)


def test_a_run_writes_files_that_opensim_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_clip(tmp_path, 1, capsys)
    assert {f.name for f in tmp_path.glob("p.*")} == {"p.csv", "p.json", "p.trc", "p.osim", "p.ik.mot", "p.ik.json"}
    done = subprocess.run(
        [sys.executable, "-c", READ, "p.osim", "p.ik.mot", "p.trc"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    read = json.loads(done.stdout.splitlines()[-1])
    title, keys, columns, values = mot(tmp_path / "p.ik.mot")
    assert title == "p.ik.mot" and keys["inDegrees"] == "yes" and keys["nColumns"] == str(len(columns))
    assert read["degrees"] and read["rows"] == [20, 20] and read["trc"] == 20 and read["markers"] == 17
    assert read["names"] == read["columns"] == columns[1:] and read["last"] == pytest.approx(values[-1, 1:])
    fit = json.loads((tmp_path / "p.ik.json").read_text())
    assert len(fit["frames"]["rms_m"]) == 20 and 0 < fit["marker_rms_m"] < fit["marker_max_m"] < 0.2
    assert max(fit["frames"]["max_m"]) == fit["marker_max_m"] and "ankle_angle_r" in fit["not_estimated"]
    (entry,) = (e for e in json.loads((tmp_path / "p.json").read_text())["exports"] if e["file"] == "opensim")
    assert entry["marker_rms_m"] == fit["marker_rms_m"] and not entry["filled"]


def test_two_people_have_files_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_clip(tmp_path, 2, capsys)
    made = {f.name for f in tmp_path.glob("p.*")} - {"p.csv", "p.json"}
    assert made == {f"p{a}.p{n}{b}" for n in (1, 2) for a, b in (("", ".trc"), ("", ".osim"), (".ik", ".mot"),
                                                                 (".ik", ".json"))}  # fmt: skip


def test_a_users_model(tmp_path: Path) -> None:
    """Ours, taken as the user's: joints lie at the origins of its bodies, or at the markers that a file names."""
    motion = motion_of(with_shared_lean(known()))
    plain = solve(person_job(motion, 1.75), motion)
    (tmp_path / "mine.osim").write_bytes(plain.osim)
    want = by_name(plain, motion)
    for placed in (None, {name: name for name in plain.markers}):
        found = solve(users_job(motion, tmp_path / "mine.osim", placed), motion)
        got = by_name(found, motion)
        assert max(np.abs(got[name] - want[name]).max() for name in COMPARED) < 0.2
        assert (b"kasf_r_knee" in found.osim) == (placed is None)


@pytest.mark.parametrize(
    "placed, said",
    [({"r_knee": "RKNE"}, "no marker 'RKNE'"), ({"r_knee": ["tibia_r", [0, 0, 0]]}, "only 1 joints")],
)
def test_a_users_model_that_lacks_markers(placed: dict[str, Any], said: str, tmp_path: Path) -> None:
    motion = motion_of(with_shared_lean(known(2)))
    (tmp_path / "mine.osim").write_bytes(solve(person_job(motion, 1.75), motion).osim)
    with pytest.raises(InputError, match=said):
        solve(users_job(motion, tmp_path / "mine.osim", placed), motion)
    (tmp_path / "bad.osim").write_text("no model")
    with pytest.raises(InputError, match=r"bad\.osim: OpenSim cannot use the model"):
        solve(users_job(motion, tmp_path / "bad.osim", None), motion)


def test_a_run_with_a_users_model(walk: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    motion = motion_of(with_shared_lean(known(2)))
    (tmp_path / "mine.osim").write_bytes(solve(person_job(motion, 1.75), motion).osim)
    bodies = {"hip": "femur", "knee": "tibia", "ankle": "talus", "shoulder": "humerus"}
    lines = [f'{s}_{j} = {{ body = "{b}_{s}", at = [0, 0, 0] }}' for s in "rl" for j, b in bodies.items()]
    (tmp_path / "map.toml").write_text("\n".join(lines))
    files = ["--opensim-model", tmp_path / "mine.osim", "--opensim-markers", tmp_path / "map.toml"]
    call(walk[0], "--keypoints", walk[1], "--no-video", "--offline", "--out", tmp_path / "p.mp4", "--export", "opensim",
         *files, code=0, capsys=capsys)  # fmt: skip
    fit = json.loads((tmp_path / "p.ik.json").read_text())
    assert fit["model"] == "mine.osim" and sorted(fit["markers"]) == sorted(f"kasf_{line.split()[0]}" for line in lines)
