"""The numbers of each clip in the summary, and the pages and plots of each clip."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import call

from clips import make_clips
from kasf_demo.batch.measured import COLUMNS, measured
from kasf_demo.cli import app as program


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_report_and_plots_of_each_clip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keypoints, out = make_clips(tmp_path / "in", ["a", "sub/b"], frames=30), tmp_path / "out"
    call(
        "batch",
        tmp_path / "in",
        "--out",
        out,
        "--keypoints",
        keypoints,
        "--no-video",
        "--report",
        "--plots",
        "-q",
        code=0,
        capsys=capsys,
    )
    for folder, name in ((out, "a"), (out / "sub", "b")):
        assert {f"{name}.report.pdf", f"{name}.angles.png", f"{name}.csv"} <= {p.name for p in folder.iterdir()}


@pytest.mark.usefixtures("here")
def test_pages_and_numbers_of_each_clip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keypoints, out = make_clips(tmp_path / "in", ["a", "bad"], frames=30), tmp_path / "out"
    words = ["batch", tmp_path / "in", "--out", out, "--keypoints", keypoints, "--no-video", "--html", "-q"]
    call(*words, code=3, capsys=capsys)
    assert {"a.html", "a.csv", "a.json"} <= {p.name for p in out.iterdir()}
    rows = {r["name"]: r for r in csv.DictReader((out / "summary.csv").open(newline=""))}
    person = json.loads((out / "a.json").read_text())["people"][0]
    assert float(rows["a"]["r_wrist_peak_m_per_s"]) == person["speeds"]["r_wrist"]["peak_m_per_s"] > 0
    assert float(rows["a"]["r_knee_flexion_max_deg"]) == person["angles"]["r_knee_flexion"]["max_deg"]
    assert (
        int(rows["a"]["steps"]) == len((person["events"]["gait"] or {"steps": []})["steps"])
        and rows["a"]["flights"] == "0"
    )
    assert rows["bad"]["steps"] == "" and set(COLUMNS) <= set(rows["a"])
    journal = out / "batch_files" / "journal.jsonl"
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    assert any(r.pop("measured", None) for r in records)
    journal.write_text("".join(json.dumps(r) + "\n" for r in records))  # as an earlier version wrote it
    before = (out / "a.json").stat().st_mtime_ns
    call(*words, code=3, capsys=capsys)
    again = {r["name"]: r for r in csv.DictReader((out / "summary.csv").open(newline=""))}
    assert again["a"] == rows["a"] and (out / "a.json").stat().st_mtime_ns == before
    said = call(*words[:-2], "--overwrite", code=3, capsys=capsys)  # without --html
    assert "a.html" not in {p.name for p in out.iterdir()}
    assert sum(line.endswith("; of the earlier result: removed a.html") for line in said.splitlines()) == 1


def test_the_kind_of_report() -> None:
    assert program.with_command(["batch", "in", "--report"]) == ["batch", "in", "--report=pdf"]
    assert program.with_command(["batch", "--report", "in"]) == ["batch", "--report=pdf", "in"]
    assert program.with_command(["batch", "--report", "html", "in"]) == ["batch", "--report", "html", "in"]
    assert program.with_command(["batch", "--report=html", "in"]) == ["batch", "--report=html", "in"]


def test_kinds_that_there_are_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.mp4").touch()
    assert "neither pdf nor html" in call(
        "batch", tmp_path / "in", "--out", tmp_path / "o", "--report=docx", code=2, capsys=capsys
    )
    err = call(tmp_path / "in", "--out", tmp_path / "o", "--report", "x.pdf", code=2, capsys=capsys)
    assert "--report names one file" in err and "batch" in err
    assert "--export html" in call(tmp_path / "in", "--out", tmp_path / "o", "--html", "x.html", code=2, capsys=capsys)


def test_numbers_of_reports_that_have_none() -> None:
    assert measured([]) == measured([{"id": 1}]) == {}
