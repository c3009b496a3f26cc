"""The table of angles."""

from __future__ import annotations

from pathlib import Path

import pytest
from kicks import GAP, kicking

from body import as_pose
from kasf_demo.export.csv_angles import COLUMNS, write_angles_csv
from kasf_demo.kinematics import measure


def test_angles_csv(tmp_path: Path) -> None:
    import csv

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
