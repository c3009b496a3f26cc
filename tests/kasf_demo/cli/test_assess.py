"""`kasf-demo assess` from a result of files to a table, JSON, CSV and a page."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from athlete import countermovement, squatting
from written import written

from kasf_demo import cli
from kasf_demo.errors import EXIT_NOT_SHOWN, EXIT_OUTPUT, EXIT_USAGE


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[str, str]]:
    written(tmp_path / "jump.npz", countermovement(60), 60)
    written(tmp_path / "squat.npz", squatting(30), 30)
    monkeypatch.chdir(tmp_path)

    def run(*args: str, code: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as e:
            cli.main(["assess", *args])
        said = capsys.readouterr()
        assert (e.value.code or 0) == code, said.err
        return said.out, said.err

    return run


def test_a_jump_as_table_json_csv_and_page(call: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    out, _ = call("cmj", "jump.npz", "--json", "j.json", "--csv", "j.csv", "--html", "j.html")
    assert "countermovement jump: jump" in out and "jump height" in out
    record = json.loads((tmp_path / "j.json").read_text())
    values = {v["key"]: v for v in record["values"]}
    assert values["flight_time"]["value"] == pytest.approx(0.5, abs=0.02) and values["flight_time"]["unit"] == "s"
    assert all(v["definition"] and v["source"] and v["trust"] in ("good", "rough", "no") for v in record["values"])
    with open(tmp_path / "j.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(record["values"]) and rows[0]["unit"] == "m"
    page = (tmp_path / "j.html").read_text()
    assert (
        page.count("<figure>") == len(record["moments"])
        and "lowest point" in page
        and "http:" not in page
        and "https:" not in page
    )
    assert call("cmj", "jump.npz", "--json", "j.json", code=EXIT_OUTPUT)[1].count("\n") == 1


def test_what_is_not_shown_is_refused_with_a_remedy(call: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    out, err = call("cmj", "squat.npz", "--json", "no.json", code=EXIT_NOT_SHOWN)
    assert out == "" and err.startswith("error: the clip shows no jump") and err.count("\n") == 1
    assert not (tmp_path / "no.json").exists()
    assert "repetitions" in call("squat", "squat.npz")[0]


def test_outputs_replace_no_input(call: Callable[..., tuple[str, str]]) -> None:
    assert "replace" in call("cmj", "jump.npz", "--json", "jump.json", "--csv", "jump.json", code=EXIT_USAGE)[1]
    assert ".html" in call("cmj", "jump.npz", "--html", "page.pdf", code=EXIT_USAGE)[1]
    assert "--html" in call("cmj", "jump.npz", "--clip", "c.mp4", code=EXIT_USAGE)[1]
    call("nothing", "jump.npz", code=EXIT_USAGE)


def test_findings_on_the_footage_and_the_height_come_along(
    call: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    finding = {"code": "light", "level": "warning", "text": "<it is dark>", "remedy": "use more light"}
    good = finding | {"level": "ok", "text": "all is well"}
    report = {"schema": 1, "scale": {"kind": "given", "height_m": 1.82}, "findings": [finding, good], "people": [],
              "files": None, "options": {}, "input": {}}  # fmt: skip
    (tmp_path / "jump.json").write_text(json.dumps(report))
    out, _ = call("cmj", "jump.json", "--json", "j.json", "--html", "j.html", "-q")
    assert "Footage: <it is dark>; use more light." in out and "all is well" not in out
    record = json.loads((tmp_path / "j.json").read_text())
    assert record["scale"]["height_m"] == 1.82 and record["recorded"] is None and record["findings"] == [finding, good]
    page = (tmp_path / "j.html").read_text()
    assert "Footage: &lt;it is dark&gt;; use more light." in page
