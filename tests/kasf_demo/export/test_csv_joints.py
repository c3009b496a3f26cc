"""Tables and reports: columns, empty cells, equal bytes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from kasf_demo.export.csv_joints import COLUMNS, write_csv
from kasf_demo.results.json_file import write_json
from kasf_demo.types.people import Keypoints2D, Person, Pose3D
from kasportsformer.skeleton import H36M_NAMES


def person(frames: int = 4, gap: int = 2) -> Person:
    rng = np.random.default_rng(0)
    valid = np.arange(frames) != gap
    interpolated = np.arange(frames) == 1
    score = np.where(valid[:, None], 0.5, 0.0) * np.ones(17)
    xy = np.where(valid[:, None, None], rng.uniform(0, 99, (frames, 17, 2)), np.nan)
    xyz = np.where(valid[:, None, None], rng.normal(size=(frames, 17, 3)), np.nan)
    xyz[0, 0, 0] = -0.00001  # must not print as -0.0000
    k = Keypoints2D(xy, score, valid, interpolated, "h36m")
    return Person(3, k, k, Pose3D(xyz, score, valid, interpolated, np.arange(frames) / 30))


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def test_tidy_has_17_rows_a_frame_and_empty_cells_for_gaps(tmp_path: Path) -> None:
    p = person()
    write_csv(tmp_path / "a.csv", [p], p.pose.times_s)
    got = rows(tmp_path / "a.csv")
    assert tuple(got[0]) == COLUMNS and len(got) == 17 * 4
    assert [r["joint"] for r in got[:17]] == list(H36M_NAMES)
    gap = got[2 * 17 : 3 * 17]
    assert all(r["x_m"] == r["u_px"] == r["score"] == r["interpolated"] == "" and r["frame"] == "2" for r in gap)
    assert got[0]["x_m"] == "0.0000" and {r["interpolated"] for r in got[17:34]} == {"1"}
    assert (
        np.isclose(float(got[20]["z_m"]), p.pose.xyz[1, 3, 2], atol=1e-4)
        and "nan" not in (tmp_path / "a.csv").read_text()
    )


def test_wide_holds_the_same_numbers(tmp_path: Path) -> None:
    p = person()
    write_csv(tmp_path / "t.csv", [p], p.pose.times_s)
    write_csv(tmp_path / "w.csv", [p], p.pose.times_s, layout="wide")
    wide = rows(tmp_path / "w.csv")
    assert len(wide) == 4
    for r in rows(tmp_path / "t.csv"):
        assert wide[int(r["frame"])][f"{r['joint']}_z_m"] == r["z_m"]


def test_a_clip_without_people_keeps_its_frames(tmp_path: Path) -> None:
    times = np.arange(5) / 25
    for layout, n in (("tidy", 85), ("wide", 5)):
        write_csv(tmp_path / f"{layout}.csv", [], times, layout=layout)  # type: ignore[arg-type]
        got = rows(tmp_path / f"{layout}.csv")
        assert len(got) == n and all(r["person"] == "" for r in got) and got[-1]["time_s"] == "0.160000"


def test_json_is_standard_json(tmp_path: Path) -> None:
    write_json(
        tmp_path / "r.json",
        {"a": np.float32(1.5), "b": [np.nan, np.int64(3)], "c": Path("x"), "d": np.array([1.0, np.inf]), "e": "ü\n"},
    )
    text = (tmp_path / "r.json").read_text("ascii")
    assert json.loads(text, parse_constant=lambda c: 1 / 0) == {
        "a": 1.5,
        "b": [None, 3],
        "c": "x",
        "d": [1.0, None],
        "e": "ü\n",
    }
