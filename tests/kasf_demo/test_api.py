"""The Python API: models that serve many clips, arrays by name, slices, a pandas table, and the notebook in docs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from walker import Clip, walk  # noqa: F401

from kasf_demo import Models, Result, UsageError, analyse, load_models
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
    np.testing.assert_array_equal(person.angles.of("l_elbow_flexion"), person.angles["l_elbow_flexion"])
    assert person.events is result.events[0] and person.angles is result.angles[0]


def test_a_part_of_a_person_shares_memory(result: Result) -> None:
    person = result.people[0]
    part = person[10:20]
    assert len(part) == len(part.pose) == len(part.coco) == len(part.angles) == 10
    assert np.shares_memory(part.pose.xyz, person.pose.xyz) and np.shares_memory(part.coco.xy, person.coco.xy)
    np.testing.assert_array_equal(part.angles["l_hip_flexion"], person.angles["l_hip_flexion"][10:20])


def test_values_introduce_themselves_in_a_line(result: Result, models: Models) -> None:
    person = result.people[0]
    for value in (result, person, person.pose, person.coco, person.angles, models):
        assert len(repr(value)) < 120 and "\n" not in repr(value) and "array(" not in repr(value)
    assert "walk.mp4: 45 frames" in repr(result) and "1 person" in repr(result)


def test_the_data_frame_holds_the_csv(result: Result) -> None:
    table = result.to_dataframe()
    path = next(p for p in result.files if p.suffix == ".csv")
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    assert list(table.columns) == [*rows[0], "doubtful"] and len(table) == len(rows)
    for name in ("x_m", "z_m", "u_px", "score", "time_s"):
        written = np.array([float(r[name] or "nan") for r in rows])
        np.testing.assert_allclose(table[name].to_numpy(float), written, atol=0.0051)
    assert table["joint"].tolist()[:17] == [r["joint"] for r in rows[:17]]


def test_no_people_are_empty_detections() -> None:
    assert len(Detections.empty()) == 0 and Detections.empty().xyxy.shape == (0, 4)


def test_the_notebook_runs() -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("mediapipe")
    notebook = nbformat.read(ROOT / "docs" / "example.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=200, kernel_name="python3").execute()
    text = str(notebook.cells)
    assert "right knee:" in text and "Result(soccer_kick.mp4" in text
