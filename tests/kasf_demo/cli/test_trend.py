"""`kasf-demo trend`: sessions over days, from files of assess, reps and runs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from athlete import countermovement, squatting
from command_line import call_both
from written import written

from kasf_demo.errors import EXIT_INPUT, EXIT_USAGE
from kasf_demo.results.sessions import read_session
from kasf_demo.results.trend import trend_of

Call = Callable[..., tuple[str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.chdir(tmp_path)

    return partial(call_both, capsys=capsys)


def assessed(path: Path, value: float, *, sigma: float = 0.01, height_m: float | None = 1.8, trust: str = "good",
             test: str = "cmj", recorded: str | None = None) -> Path:  # fmt: skip
    """A file as `assess` writes it, with one number."""
    number = {
        "key": "jump_height_time", "side": None, "label": "jump height", "value": value, "unit": "m",
        "interval": [value - sigma, value + sigma], "trust": trust, "time_s": 1.0, "note": "", "definition": "d",
        "source": "s",
    }  # fmt: skip
    content: dict[str, Any] = {"schema": 1, "input": "c.mp4", "test": test, "frames_per_s": 60.0, "values": [number]}
    content |= {"scale": None if height_m is None else {"kind": "given", "height_m": height_m}, "recorded": recorded}
    path.write_text(json.dumps(content))
    return path


def test_jumps_of_three_weeks(call: Call, tmp_path: Path) -> None:
    """From the poses on: 0.40, 0.45 and 0.55 s of flight, a week apart."""
    names = []
    for air_s, day in ((0.40, "2026-01-05"), (0.45, "2026-01-12"), (0.55, "2026-01-19")):
        written(tmp_path / f"pose{day}.npz", countermovement(60, air_s=air_s), 60)
        names.append(f"cmj {day}.json")
        call("assess", "cmj", f"pose{day}.npz", "--json", names[-1], "-q")
    out, _ = call(
        "trend", *reversed(names), "--csv", "t.csv", "--json", "t.json", "--html", "t.html", "--plot", "t.png"
    )
    assert "3 sessions" in out and "2026-01-05" in out
    record = json.loads((tmp_path / "t.json").read_text())
    assert [s["date"] for s in record["sessions"]] == ["2026-01-05", "2026-01-12", "2026-01-19"]
    flight = next(n for n in record["numbers"] if n["key"] == "flight_time")
    assert [v["value"] for v in flight["values"]] == pytest.approx([0.40, 0.45, 0.55], abs=0.02)
    assert flight["change"] == pytest.approx(0.15, abs=0.02) and flight["changed"] is True and flight["unit"] == "s"
    assert flight["per_week"] == pytest.approx(0.075, abs=0.01)
    depth = next(n for n in record["numbers"] if n["key"] == "countermovement_depth")
    assert depth["change"] == pytest.approx(0, abs=0.01) and not depth["changed"]
    with open(tmp_path / "t.csv", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["number"] == "flight_time"]
    assert [r["date"] for r in rows] == ["2026-01-05", "2026-01-12", "2026-01-19"] and float(rows[0]["sigma"]) > 0.01
    page = (tmp_path / "t.html").read_text()
    assert "2026-01-12" in page and "changed" in page and "<script" not in page
    assert (tmp_path / "t.png").read_bytes()[:4] == b"\x89PNG"


def test_repetitions_over_days(call: Call, tmp_path: Path) -> None:
    for n, deg in enumerate((55.0, 45.0), 1):
        written(tmp_path / f"p{n}.npz", squatting(30, deg=deg, reps=4), 30)
        call("reps", f"p{n}.npz", "--json", f"r{n}.json", "-q")
    call("trend", "r1.json", "r2.json", "--dates", "2026-02-01,2026-02-08", "--json", "t.json")
    record = json.loads((tmp_path / "t.json").read_text())
    knee = next(n for n in record["numbers"] if n["key"] == "r_knee_flexion_greatest")
    assert record["kind"] == "repetitions" and knee["change"] == pytest.approx(-20, abs=2) and knee["changed"]


def test_results_of_runs(tmp_path: Path) -> None:
    jump = {"height_time_m": 0.4, "height_path_m": 0.38, "air_s": 0.57, "height_interval_m": [0.38, 0.42],
            "air_interval_s": [0.56, 0.58], "sure": {"height": True, "flight": True}}  # fmt: skip
    person = {"frames_with_pose": 9, "jumps": [jump], "events": {"gait": None, "strike": None}}
    for n, height in ((1, 0.4), (2, 0.46)):
        jump["height_time_m"] = height
        content = {"schema": 1, "people": [person], "scale": {"height_m": 1.8}}
        (tmp_path / f"run_2026-03-0{n}.json").write_text(json.dumps(content))
    trend = trend_of([read_session(tmp_path / f"run_2026-03-0{n}.json") for n in (1, 2)])
    line = next(line for line in trend.lines if line.key == "height_time_m")
    assert line.change == pytest.approx(0.06) and line.change_sigma == pytest.approx(0.02 * 2**0.5) and line.changed


@pytest.mark.parametrize(
    "second,said",
    [
        ({"test": "sj"}, "different tests"), ({"height_m": 1.75}, "1.75 m"), ({"recorded": None}, "has no date"),
    ],
)  # fmt: skip
def test_what_does_not_compare_is_refused(call: Call, tmp_path: Path, second: dict[str, Any], said: str) -> None:
    assessed(tmp_path / "a.json", 0.3, recorded="2026-01-01")
    assessed(tmp_path / "b.json", 0.3, **{"recorded": "2026-01-08"} | second)
    error = call("trend", "a.json", "b.json", code=EXIT_INPUT)[1]
    assert said in error and len(error.strip().splitlines()) == 1
    if "height_m" in second:
        call("trend", "a.json", "b.json", "--other-heights")


def test_a_number_not_to_be_trusted_makes_no_change(call: Call, tmp_path: Path) -> None:
    assessed(tmp_path / "a.json", 0.30, recorded="2026-01-01")
    assessed(tmp_path / "b.json", 0.99, recorded="2026-01-08", trust="no")
    assessed(tmp_path / "c.json", 0.32, recorded="2026-01-15", height_m=None)
    out, _ = call("trend", "a.json", "b.json", "c.json", "--json", "t.json")
    (line,) = json.loads((tmp_path / "t.json").read_text())["numbers"]
    assert line["change"] == pytest.approx(0.02) and line["changed"] is False and "do not say" in out
    assert [v["usable"] for v in line["values"]] == [True, False, True] and line["per_week"] is None


@pytest.mark.parametrize(
    "args", [("a.json",), ("a.json", "a.json"), ("a.json", "b.json", "--dates", "2026-01-01"),
             ("a.json", "b.json", "--dates", "today,tomorrow"), ("a.json", "b.json", "--csv", "a.json"),
             ("a.json", "b.json", "--html", "t.pdf")],
)  # fmt: skip
def test_requests_that_make_no_sense(call: Call, tmp_path: Path, args: tuple[str, ...]) -> None:
    for name in ("a", "b"):
        assessed(tmp_path / f"{name}.json", 0.3, recorded="2026-01-01")
    call("trend", *args, code=EXIT_USAGE)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 1}', '{"schema": 1, "test": "cmj", "values": 5}', "x" * 100,
             '{"schema": 1, "test": "cmj", "values": [{"value": 1e400}]}'],
)  # fmt: skip
def test_files_that_are_none(call: Call, tmp_path: Path, text: str) -> None:
    assessed(tmp_path / "a.json", 0.3, recorded="2026-01-01")
    (tmp_path / "b.json").write_text(text)
    assert "b.json" in call("trend", "a.json", "b.json", code=EXIT_INPUT)[1]
