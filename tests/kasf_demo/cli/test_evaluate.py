"""`kasf-demo eval` as scripts see it."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from scene import a_truth, perfect, save_truth, without, write_result

from kasf_demo import cli
from kasf_demo.evaluate.columns import QUANTITIES

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with pose.csv, pose.json and t.gt.npz of two athletes, one of them missing in 3 frames."""
    truth = a_truth(12, athletes=2)
    write_result(tmp_path / "pose", without(perfect(truth), 1, slice(4, 7)))
    save_truth(tmp_path / "t.gt.npz", truth)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*args: str, code: int = 0, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    with pytest.raises(SystemExit) as e:
        cli.main(list(args))
    out, err = capsys.readouterr()
    assert (e.value.code or 0) == code, err
    if code:
        assert err.startswith("error: ") and err.count("\n") == 1 and out == ""
    return out, err


@pytest.mark.usefixtures("here")
def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = call("eval", "pose.csv", "--truth", "t.gt.npz", capsys=capsys)
    assert all(q.title in out for q in QUANTITIES) and "athlete 2" in out and err == ""
    assert "1.80 (given)" in out and max(map(len, out.splitlines())) <= 100


def test_the_csv_has_the_units_of_the_screen(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = call("eval", "pose.csv", "--truth", "t.gt.npz", "--csv", "e.csv", capsys=capsys)
    with open(here / "e.csv", newline="") as file:
        row = next(csv.DictReader(file))
    for q in QUANTITIES:
        shown = next(
            line for line in out.splitlines() if line.startswith(f"{q.title} ") and f" {q.unit} " in f"{line} "
        )
        first = shown.removeprefix(q.title).split()[1 if q.unit else 0]
        assert f"{float(row[q.column]):.{q.digits}f}" == first if row[q.column] else first == "-", q.column
    assert float(row["pck_2d_percent"]) > 50


def test_files(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call("eval", "pose.json", "--truth", "t.gt.npz", "--csv", "e.csv", "--plot", "e.png", capsys=capsys)
    with open("e.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (
        [r["missing"] for r in rows] == ["0", "3"]
        and [r["persons"] for r in rows] == ["1", "2"]
        and float(rows[0]["mpjpe_mm"]) < 0.1
    )
    assert Path("e.png").read_bytes().startswith(b"\x89PNG")
    before = set(here.iterdir())
    for name in ("e.csv", "e.png"):
        _, err = call(
            "eval",
            "pose.json",
            "--truth",
            "t.gt.npz",
            f"--{'csv' if name == 'e.csv' else 'plot'}",
            name,
            code=6,
            capsys=capsys,
        )
        assert "--overwrite" in err
    call("eval", "pose.json", "--truth", "t.gt.npz", "--plot", "e.svg", "--csv", "e.csv", "--overwrite", capsys=capsys)
    assert Path("e.svg").read_text().count("<svg") == 1 and set(here.iterdir()) == before | {here / "e.svg"}
    first = Path("e.svg").read_bytes()
    call("eval", "pose.json", "--truth", "t.gt.npz", "--plot", "e.svg", "--overwrite", capsys=capsys)
    assert Path("e.svg").read_bytes() == first


@pytest.mark.usefixtures("here")
def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    got = json.loads(call("eval", "pose.mp4", "--truth", "t.gt.npz", "--json", capsys=capsys)[0])
    second = got["athletes"][1]
    assert second["missing"] == 3 and second["mpjpe_mm_by_frame"][5] is None and len(second["mm_by_joint"]) == 17
    assert len(got["times_s"]) == 12 and got["extra_people"] == 0


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["nothere.csv", "--truth", "t.gt.npz"], 4, "no such file"),
        (["pose.txt", "--truth", "t.gt.npz"], 2, "pose.csv"),
        (["pose.csv"], 2, "--truth"),
        (["pose.csv", "--truth", "nothere.npz"], 4, "no such file"),
        (["pose.csv", "--truth", "pose.csv"], 4, "truth-format.md"),
        (["pose.csv", "--truth", "short.npz"], 4, "12 frames, the ground truth 10"),
        (["pose.csv", "--truth", "t.gt.npz", "--plot", "e.pdf"], 2, "--plot e.png"),
        (["pose.csv", "--truth", "t.gt.npz", "--csv", "pose.csv", "--overwrite"], 2, "replace what is measured"),
        (["pose.csv", "--truth", "t.gt.npz", "--csv", "link.csv", "--overwrite"], 2, "replace what is measured"),
        (["pose.csv", "--truth", "t.gt.npz", "--csv", "t.gt.npz", "--overwrite"], 2, "replace what is measured"),
        (["pose.csv", "--truth", "t.gt.npz", "--csv", "e.svg", "--plot", "e.svg"], 2, "same file"),
        (["pose.csv", "--truth", "t.gt.npz", "--csv", "none/e.csv"], 6, "does not exist"),
        (["pose.csv", "--truth", "t.gt.npz", "--csv", "."], 6, "folder"),
        (["pose.csv", "--truht", "t.gt.npz"], 2, "--tru"),
    ],
)
def test_bad_requests(args: list[str], code: int, says: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_truth(here / "short.npz", a_truth(10, athletes=2))
    os.symlink("pose.csv", "link.csv")
    before = {p: p.read_bytes() for p in here.iterdir()}
    assert says in call("eval", *args, code=code, capsys=capsys)[1]
    assert {p: p.read_bytes() for p in here.iterdir()} == before


def test_every_array_is_documented() -> None:
    from kasf_demo.evaluate.ground_truth import NEEDED

    text = (ROOT / "docs" / "ground-truth-format.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in (*NEEDED, "coco_world_m"))
