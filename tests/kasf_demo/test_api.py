"""The Python API: models that serve many clips, arrays by name, slices, a pandas table, and the notebook in docs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from walker import Clip, walk  # noqa: F401

from kasf_demo import Models, Result, UsageError, analyse, load_models
from kasf_demo.reconstruct import shot
from kasf_demo.reconstruct.uncertainty import calibration
from kasf_demo.types.motion import ANGLES, POINTS
from kasf_demo.types.people import Detections

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def models(walk: Clip) -> Models:  # noqa: F811
    return load_models(keypoints=walk[1], device="cpu", backend="torch")


@pytest.fixture(scope="module")
def result(models: Models, walk: Clip, tmp_path_factory: pytest.TempPathFactory) -> Result:  # noqa: F811
    return models.analyse(walk[0], tmp_path_factory.mktemp("api") / "pose.mp4", video=False, height_m=1.8)


def test_loaded_models_give_what_analyse_gives(result: Result, walk: Clip) -> None:  # noqa: F811
    alone = analyse(walk[0], keypoints=walk[1], device="cpu", backend="torch", height_m=1.8)
    np.testing.assert_array_equal(alone.people[0].pose.xyz, result.people[0].pose.xyz)
    assert alone.report["options"]["height_m"] == 1.8


def test_other_networks_than_the_loaded_ones_are_refused(models: Models, walk: Clip) -> None:  # noqa: F811
    for change in ({"quality": "best"}, {"device": "cuda"}, {"keypoints": None}, {"weights": "other"}):
        with pytest.raises(UsageError, match="models were loaded"):
            models.analyse(walk[0], **change)
    assert len(models.analyse(walk[0], end_s=0.5)) < 20  # what is no model may change


def test_an_engine_decides_which_networks_the_record_names(models: Models, walk: Clip) -> None:  # noqa: F811
    found = analyse(walk[0], engine=models._engine, end_s=0.5)
    assert found.report["options"]["backend"] == "torch" and found.report["options"]["device"] == "cpu"


def test_arrays_have_names(result: Result) -> None:
    person = result.people[0]
    assert tuple(person.angles.keys()) == ANGLES and list(person.angles.speed) == list(POINTS)
    assert person.angles["r_knee_flexion"].shape == (len(person),)
    assert person.angles.velocity["trunk_lean"].shape == person.angles.speed["pelvis"].shape == (len(result),)
    with pytest.raises(KeyError, match="r_knee_flexion"):
        person.angles["right_knee"]
    assert result.scene is not None
    assert result.scene.camera.focal_px > 0 and result.scene.floors[person.id].camera_height_m > 0


def test_old_names_work_and_say_what_to_use(result: Result) -> None:
    person = result.people[0]
    angles = person.angles
    old_and_new: list[tuple[Callable[[], Any], Any, str]] = [
        (lambda: angles.of("l_elbow_flexion"), angles["l_elbow_flexion"], r"angles\[name\]"),
        (lambda: angles.velocity_of("l_elbow_flexion"), angles.velocity["l_elbow_flexion"], "angles.velocity"),
        (lambda: angles.speed_of("pelvis"), angles.speed["pelvis"], "angles.speed"),
        (lambda: person.coco.part(slice(3, 9)).xy, person.coco[3:9].xy, r"keypoints\[frames\]"),
        (lambda: Detections.none().xy, Detections.empty().xy, r"Detections.empty\(\)"),
        (lambda: result.angles[0].deg, angles.deg, r"people\[i\].angles"),
        (lambda: result.events[0].symmetry, person.events.symmetry, r"people\[i\].events"),
    ]
    for old, new, instead in old_and_new:
        with pytest.warns(DeprecationWarning, match=instead):
            np.testing.assert_array_equal(old(), new)


def test_a_part_of_a_person_shares_memory(result: Result) -> None:
    person = result.people[0]
    part = person[10:20]
    assert len(part) == len(part.pose) == len(part.coco) == len(part.angles) == 10
    assert np.shares_memory(part.pose.xyz, person.pose.xyz) and np.shares_memory(part.coco.xy, person.coco.xy)
    np.testing.assert_array_equal(part.angles["l_hip_flexion"], person.angles["l_hip_flexion"][10:20])
    for value in (person, person.pose, person.coco):
        with pytest.raises(TypeError, match=r"slice of frames, such as \[10:50\], got 3"):
            value[3]  # type: ignore[index]


def test_values_introduce_themselves_in_a_line(result: Result, models: Models) -> None:
    person = result.people[0]
    scene = result.scene
    assert scene is not None
    values = (result, person, person.pose, person.coco, person.angles, models, scene, scene.motion, scene.floors[1])
    for value in values:
        assert len(repr(value)) < 120 and "\n" not in repr(value) and "array(" not in repr(value)
    assert "walk.mp4: 45 frames" in repr(result) and "1 person" in repr(result)


def test_the_data_frame_holds_the_csv(result: Result) -> None:
    table = result.to_dataframe()
    path = next(p for p in result.files if p.suffix == ".csv")
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    assert list(table.columns) == [*rows[0], "doubtful", "sigma_m"] and len(table) == len(rows)
    for name in ("x_m", "z_m", "u_px", "score", "time_s"):
        written = np.array([float(r[name] or "nan") for r in rows])
        np.testing.assert_allclose(table[name].to_numpy(float), written, atol=0.0051)
    assert table["joint"].tolist()[:17] == [r["joint"] for r in rows[:17]]


def test_uncertainty_is_the_same_everywhere(models: Models, walk: Clip, tmp_path: Path) -> None:  # noqa: F811
    found = models.analyse(walk[0], tmp_path / "p.mp4", video=False, export=["npz", "csv"], height_m=1.8)
    person, report = found.people[0], json.loads((tmp_path / "p.json").read_text())
    sigma, degrees = person.pose.sigma_m, person.angles.sigma_deg
    assert sigma is not None and degrees is not None and (sigma[:, 1:] > 0.005).all() and (sigma[:, 0] == 0).all()
    with np.load(tmp_path / "p.npz") as f:
        np.testing.assert_array_equal(f["sigma_m"][0], sigma)
        np.testing.assert_array_equal(f["angles_sigma_deg"][0], degrees)
    record = report["people"][0]["uncertainty"]
    assert record["calibrated"] == (report["lifter"]["sha256"] == calibration().lifter[1])
    assert record["within_95"]["joints"] > 1.3
    assert list(record["median_sigma_m"].values()) == pytest.approx(np.median(sigma, axis=0).tolist(), abs=1e-4)
    knee, column = report["people"][0]["angles"]["r_knee_flexion"], ANGLES.index("r_knee_flexion")
    frame = int(np.abs(person.pose.times_s - knee["max_s"]).argmin())
    low, high = knee["max_interval_deg"]
    assert low < knee["max_deg"] < high and high - low == pytest.approx(2 * degrees[frame, column], abs=0.11)
    with open(tmp_path / "p.angles.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    assert float(rows[7]["r_knee_flexion_sigma_deg"]) == pytest.approx(degrees[7, column], abs=0.006)
    np.testing.assert_array_equal(found.to_dataframe()["sigma_m"].to_numpy(), sigma.ravel())


def test_the_uncertainty_does_not_change_the_joints(
    models: Models,
    walk: Clip,  # noqa: F811
    result: Result,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shot, "with_sigma", lambda person, *_: (person, None))
    without = models.analyse(walk[0], tmp_path / "pose.mp4", video=False, height_m=1.8)
    table, other = (next(p for p in r.files if p.suffix == ".csv") for r in (result, without))
    assert without.people[0].pose.sigma_m is None and without.report["people"][0]["uncertainty"] is None
    assert table.read_bytes() == other.read_bytes()


def test_no_people_are_empty_detections() -> None:
    assert len(Detections.empty()) == 0 and Detections.empty().xyxy.shape == (0, 4)


@pytest.mark.slow
def test_the_notebook_runs() -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("mediapipe")
    notebook = nbformat.read(ROOT / "docs" / "example.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=200, kernel_name="python3").execute()
    text = str(notebook.cells)
    assert "right knee:" in text and "Result(soccer_kick.mp4" in text
