"""`kasf-demo reps` from a result of files to tables, curves, a plot and a page; and `compare` of repetitions."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from athlete import bent_legs, countermovement
from command_line import call_both
from written import written

from kasf_demo.errors import EXIT_NOT_SHOWN, EXIT_OUTPUT, EXIT_USAGE

DOCS = Path(__file__).resolve().parents[3] / "docs" / "sports.md"
Call = Callable[..., tuple[str, str]]


def bends(depths: list[float]) -> np.ndarray:
    phase = np.arange(0, 2, 1 / 30) / 2
    parts = [bent_legs(float(deg * (1 - np.cos(2 * np.pi * p)) / 2)) for deg in depths for p in phase]
    return np.array([*[bent_legs(0)] * 10, *parts, *[bent_legs(0)] * 10])


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    written(tmp_path / "set.npz", bends([50, 50, 40, 50, 51]), 30)
    written(tmp_path / "later.npz", bends([45, 45, 45, 45]), 30)
    written(tmp_path / "jump.npz", countermovement(30), 30)
    monkeypatch.chdir(tmp_path)

    return partial(call_both, capsys=capsys)


def test_a_set_as_tables_plot_and_page(call: Call, tmp_path: Path) -> None:
    files = ("--json", "s.json", "--csv", "s.csv", "--curves", "c.csv", "--plot", "s.png", "--html", "s.html")
    out, _ = call("reps", "set.npz", *files, "-q")
    assert "5 repetitions" in out and "number 3 is farthest from the mean" in out and "no verdict" in out
    record = json.loads((tmp_path / "s.json").read_text())
    assert record["farthest_from_mean"] == 3 and record["period_s"] == pytest.approx(2, abs=0.05)
    assert record["per_minute"] == pytest.approx(30, abs=0.5) and len(record["repetitions"]) == 5
    knee = record["angles"]["r_knee_flexion"]
    assert len(knee["mean_deg"]) == len(knee["sd_deg"]) == len(record["percent"]) == 101
    assert max(knee["mean_deg"]) == pytest.approx(np.mean([100, 100, 80, 100, 102]), abs=2)
    assert record["repetitions"][2]["largest_difference"]["difference_deg"] == pytest.approx(-20.5, abs=2)
    with open(tmp_path / "s.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    deep = [r for r in rows if (r["number"], r["angle"]) == ("greatest", "l_knee_flexion")]
    assert [float(r["value"]) for r in deep] == pytest.approx([100, 100, 80, 100, 102], abs=1)
    assert {r["unit"] for r in rows} == {"s", "deg"} and deep[2]["mark"] == "farthest"
    with open(tmp_path / "c.csv", newline="") as file:
        curves = [r for r in csv.DictReader(file) if r["angle"] == "r_knee_flexion"]
    assert len(curves) == 101 and float(curves[50]["repetition_3"]) == pytest.approx(80, abs=2)
    page = (tmp_path / "s.html").read_text()
    assert "farthest from the mean" in page and page.count("<figure>") == 6 and 'src="http' not in page
    assert (tmp_path / "s.png").read_bytes()[:4] == b"\x89PNG"


def test_every_number_is_in_the_documentation(call: Call, tmp_path: Path) -> None:
    call("reps", "set.npz", "--json", "s.json", "-q")
    text = DOCS.read_text(encoding="utf-8")
    record = json.loads((tmp_path / "s.json").read_text())
    for key in (*record["definitions"], *record["repetitions"][0], "nearest_to_mean", "farthest_from_mean", "period_s",
                "turn_percent", "doubtful_share"):  # fmt: skip
        assert f"`{key}`" in text, key


def test_nothing_repeated_and_outputs_that_cannot_be(call: Call, tmp_path: Path) -> None:
    assert "no motion is repeated" in call("reps", "jump.npz", "-q", code=EXIT_NOT_SHOWN)[1]
    assert "--start and --end" in call("reps", "set.npz", "--end", "3", "-q", code=EXIT_NOT_SHOWN)[1]
    call("reps", "set.npz", "--plot", "s.jpg", code=EXIT_USAGE)
    call("reps", "set.npz", "--csv", "set.npz", code=EXIT_USAGE)
    (tmp_path / "there.json").write_text("x")
    call("reps", "set.npz", "--json", "there.json", code=EXIT_OUTPUT)


def test_a_part_of_a_result(call: Call) -> None:
    assert "3 repetitions" in call("reps", "set.npz", "--start", "4.2", "-q")[0]


def test_compare_takes_repetitions(call: Call, tmp_path: Path) -> None:
    of = ("--repetition", "3", "--reference-repetition")
    call("compare", "set.npz", "set.npz", *of, "1", "--csv", "d.csv", "--html", "d.html")
    with open(tmp_path / "d.csv", newline="") as file:
        knee = next(r for r in csv.DictReader(file) if r["name"] == "r_knee_flexion")
    assert float(knee["worst"]) == pytest.approx(-20, abs=2)  # 80 degrees against 100, at the turn
    out, _ = call("compare", "later.npz", "set.npz", "--repetition", "mean", "--reference-repetition", "mean")
    assert "mean of 4 repetitions against set, mean of 5 repetitions" in " ".join(out.split())
    assert "by start, turn and end of the mean repetition" in " ".join(out.split())
    said = call("compare", "set.npz", "later.npz", *of, "9", code=EXIT_USAGE)[1]
    assert "no repetition" in said and "1 to 4, or mean" in said
    call("compare", "set.npz", "later.npz", "--repetition", "1", code=EXIT_USAGE)
