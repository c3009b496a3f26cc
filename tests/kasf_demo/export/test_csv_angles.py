"""The table of angles."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from feet import with_feet
from kicks import GAP, kicking

from body import as_pose
from kasf_demo.export.csv_angles import COLUMNS, write_angles_csv
from kasf_demo.kinematics import measure
from kasf_demo.types.motion import FOOT_ANGLES


def test_angles_csv(tmp_path: Path) -> None:
    pose = as_pose(kicking().xyz, valid=kicking().valid, low={"r_ankle": slice(5, 6)})
    write_angles_csv(tmp_path / "a.csv", [(3, measure(pose).angles)], pose.times_s)
    with open(tmp_path / "a.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 60 and {r["person"] for r in rows} == {"3"}
    assert rows[5]["doubtful"].split() == ["r_knee_flexion", "r_ankle"] and rows[4]["doubtful"] == ""
    assert float(rows[50]["r_knee_flexion_deg"]) == pytest.approx(measure(pose).angles["r_knee_flexion"][50], abs=0.006)
    assert all(v == "" for r in rows[GAP] for k, v in r.items() if k not in ("frame", "time_s", "person"))
    assert "nan" not in (tmp_path / "a.csv").read_text()
    write_angles_csv(tmp_path / "none.csv", [], pose.times_s)
    assert len((tmp_path / "none.csv").read_text().splitlines()) == 61


def test_angles_of_feet_are_the_last_columns_if_anybody_has_feet(tmp_path: Path) -> None:
    plain, footed = measure(kicking()), measure(with_feet(kicking(), slice(30, 36)))
    assert footed.foot_angles is not None
    footed = replace(footed, foot_angles=replace(footed.foot_angles, sigma_deg=np.full((60, 6), 7.25)))
    people = [(1, plain.angles), (2, footed.angles)]
    write_angles_csv(tmp_path / "none.csv", people, plain.angles.times_s, [None, None])
    with open(tmp_path / "none.csv", newline="") as f:
        assert tuple(next(csv.reader(f))) == COLUMNS
    write_angles_csv(tmp_path / "a.csv", people, plain.angles.times_s, [p.foot_angles for p in (plain, footed)])
    with open(tmp_path / "a.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    last = tuple(f"{name}{unit}" for unit in ("_deg", "_sigma_deg") for name in FOOT_ANGLES)
    assert tuple(rows[0]) == (*COLUMNS, *last) and len(rows) == 120
    assert all(r[name] == "" for r in rows[:60] for name in last)
    assert footed.foot_angles is not None
    assert float(rows[70]["l_ankle_flexion_deg"]) == pytest.approx(footed.foot_angles["l_ankle_flexion"][10], abs=0.006)
    assert rows[70]["l_ankle_flexion_sigma_deg"] == "7.25"
    assert rows[60 + 32]["r_ankle_flexion_deg"] == "" and rows[60 + 32]["l_ankle_flexion_deg"] != ""
