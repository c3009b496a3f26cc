"""`--export jumps`: what the JSON says of jumps and spins, a row per number."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from skater import jumping

from body import as_pose
from kasf_demo.export.csv_jumps import COLUMNS, write_jumps_csv
from kasf_demo.kinematics import measure, with_jumps
from kasf_demo.results.jumps_record import jumps_record


def test_the_table_says_what_the_json_says(tmp_path: Path) -> None:
    pose = as_pose(jumping(-1.5, 60), 60)
    motion = with_jumps(measure(pose), pose, np.zeros(len(pose), bool))  # the camera moves
    write_jumps_csv(tmp_path / "j.csv", [(1, motion), (7, motion)])
    rows = list(csv.DictReader((tmp_path / "j.csv").open(newline="", encoding="utf-8")))
    assert tuple(rows[0]) == COLUMNS and {r["person"] for r in rows} == {"1", "7"}
    (record,) = jumps_record(motion)["jumps"]
    own = {r["number"]: r for r in rows if r["person"] == "7"}
    for key in ("air_s", "height_path_m", "turns", "distance_m", "landing_knee_deg"):
        assert float(own[key]["value"]) == pytest.approx(record[key])
    assert own["direction"]["value"] == "clockwise" and own["turns"]["sure"] == "yes"
    assert own["distance_m"]["sure"] == "no" and "camera" in own["distance_m"]["why"]
    assert [float(own["air_s"][end]) for end in ("low", "high")] == pytest.approx(record["air_interval_s"])
    assert own["distance_m"]["unit"] == "m" and all(r["definition"] for r in rows)


def test_without_jumps_there_is_a_head_only(tmp_path: Path) -> None:
    motion = measure(as_pose(jumping(0.0, 30)[:20], 30))
    write_jumps_csv(tmp_path / "j.csv", [(1, motion)])
    assert (tmp_path / "j.csv").read_text().strip() == ",".join(COLUMNS)
