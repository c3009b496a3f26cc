"""Results and ground truths that were edited, damaged or made to harm: one line with the place, at once and without
filling the memory."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import call
from walker import Clip

from kasf_demo import analyse
from kasf_demo.compare.side import from_result
from kasf_demo.demo_clips import demos
from kasf_demo.errors import InputError
from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.evaluate.ground_truth import load_truth


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, walk: Clip) -> Path:
    """A folder with r.csv, r.json and r.npz."""
    folder = tmp_path_factory.mktemp("good")
    analyse(walk[0], folder / "r.mp4", keypoints=walk[1], video=False, export=("npz",), end_s=0.3)
    return folder


@pytest.fixture
def result(good: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return shutil.copytree(good, tmp_path / "result") / "r.csv"


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines(keepends=True)


def cell(column: int, text: str) -> Callable[[list[str]], list[str]]:
    """Row 20 with another text in a column."""

    def change(rows: list[str]) -> list[str]:
        cells = rows[20].split(",")
        cells[column] = text
        return [*rows[:20], ",".join(cells), *rows[21:]]

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: [*rows, rows[-1]], "second row"),
        (lambda rows: [*rows[:20], rows[5], *rows[20:]], "second row"),
        (lambda rows: rows + rows[1:], "second row"),
        (cell(4, "nan"), "line 21"),
        (cell(4, "1e308"), "line 21"),
        (cell(7, "-1e308"), "line 21"),
        (cell(8, "inf"), "line 21"),
        (cell(1, "1e308"), "line 21"),
        (cell(0, "9" * 6000), "line 21"),
        (cell(0, "1000000000"), "frames are not"),
        (cell(2, "77"), "people or frames|most are missing|empty cells"),
        (lambda rows: [re.sub(r"^(\d+),[0-9.]+,", r"\1,0.5,", row) for row in rows], "not after"),
        (
            lambda rows: (
                rows[:1] + [f"{i},{i / 9},{i},{j},0,0,0,0,0,1,0\r\n" for i in range(2000) for j in ("pelvis",)]
            ),
            "missing",
        ),
    ],
)
def test_damaged_tables(change: Callable[[list[str]], list[str]], says: str, result: Path) -> None:
    result.write_text("".join(change(lines(result))), newline="")
    tracemalloc.start()
    for read in (Estimate.from_files, from_result):
        with pytest.raises(InputError, match=says) as e:
            read(result)
        assert len(str(e.value)) < 700
    assert tracemalloc.get_traced_memory()[1] < 200e6
    tracemalloc.stop()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e308", "1e999", "9" * 6000, "9" * 400])
@pytest.mark.parametrize(
    "where", [("camera", "tilt_deg"), ("scale", "height_m"), ("people", 0, "floor", "camera_height_m")]
)
def test_damaged_reports(where: tuple[Any, ...], number: str, result: Path) -> None:
    report = json.loads(result.with_suffix(".json").read_text())
    place = report
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = "HERE"
    result.with_suffix(".json").write_text(json.dumps(report).replace('"HERE"', number))
    for read in (Estimate.from_files, from_result):
        with pytest.raises(InputError):
            read(result)


@pytest.mark.parametrize("name", ["xyz_m", "uv_px", "times_s"])
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e308])
def test_damaged_npz(name: str, value: float, result: Path) -> None:
    arrays = dict(np.load(result.with_suffix(".npz")))
    arrays[name] = arrays[name].astype(float)
    arrays[name][(0,) * arrays[name].ndim] = value
    np.savez(result.with_suffix(".npz"), **arrays)
    with pytest.raises(InputError):
        from_result(result.with_suffix(".npz"))


def npz(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


def header(shape: str, descr: str = "'<f8'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def bombs(truth: Path) -> dict[str, tuple[dict[str, bytes], str]]:
    with zipfile.ZipFile(truth) as archive:
        real = {i.filename.removesuffix(".npy"): archive.read(i) for i in archive.infolist()}
    zeros = io.BytesIO()
    np.save(zeros, np.zeros(20_000_000))
    pickled = io.BytesIO()
    np.save(pickled, np.array([{}], object), allow_pickle=True)
    return {
        "zeros": (real | {"joints_world_m": zeros.getvalue()}, "unpack to"),
        "not ours": (real | {"unknown": zeros.getvalue()}, ""),
        "claims": (real | {"times_s": header("(10**11,)".replace("10**11", "100000000000"))}, "header says"),
        "objects": (real | {"times_s": pickled.getvalue()}, "never loaded"),
        "axes": (real | {"times_s": header("(" + "1," * 30 + ")") + b"\0" * 8}, "shape"),
        "negative": (real | {"times_s": header("(-5,)")}, "shape"),
        "long header": (real | {"times_s": header("(" + "1," * 20_000 + ")")}, "cannot be read"),
        "text": (real | {"times_s": header("(1,)", "'<U4'") + b"\0" * 16}, "not numbers"),
        "record": (real | {"times_s": header("(1,)", "[('a', '<f8')]") + b"\0" * 8}, "not numbers"),
        "1e30": (real | {"joints_world_m": real["joints_world_m"][:-4] + np.float32(1e30).tobytes()}, "beyond"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["zeros", "not ours", "claims", "objects", "axes", "negative", "long header", "text", "record", "1e30"]
)
def test_truths_that_are_bombs(kind: str, tmp_path: Path, result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = next(iter(demos().values())).clip.with_suffix(".gt.npz")
    members, says = bombs(truth)[kind]
    path = npz(tmp_path / "t.gt.npz", members)
    began = time.process_time()
    tracemalloc.start()
    if kind == "not ours":
        assert load_truth(path).athletes  # not even unpacked
    else:
        with pytest.raises(InputError, match=says):
            load_truth(path)
        assert says in call("eval", result, "--truth", path, code=4, capsys=capsys)
    assert tracemalloc.get_traced_memory()[1] < 40e6 and time.process_time() - began < 5
    tracemalloc.stop()


def test_things_that_are_no_results(result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = next(iter(demos().values())).clip.with_suffix(".gt.npz")
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "folder.npz").mkdir()
    for path in (
        tmp_path / "pipe.npz",
        tmp_path / "folder.npz",
        tmp_path / "none.npz",
        Path("/dev/zero"),
        Path("/dev/null"),
    ):
        call("eval", result, "--truth", path, code=4, capsys=capsys)
        call("compare", result, "--truth", path, code=4, capsys=capsys)
        call("compare", result, path, code=2 if path.suffix == "" else 4, capsys=capsys)
    for suffix in (".csv", ".json"):
        other = shutil.copytree(result.parent, tmp_path / f"with{suffix}") / "r.csv"
        other.with_suffix(suffix).unlink()
        os.mkfifo(other.with_suffix(suffix))
        assert "pipe" in call("eval", other, "--truth", truth, code=4, capsys=capsys)
        assert "pipe" in call("compare", other, result, code=4, capsys=capsys)
