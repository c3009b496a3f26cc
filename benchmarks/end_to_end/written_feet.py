"""What is wrong with a table of feet, pose.feet.csv."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np


def wrong(path: Path, frames: int, report: dict[str, Any]) -> list[str]:
    """Four rows per frame of each person with feet; heel and toe are as far apart as a foot is long."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    footed = [p["id"] for p in report["people"] if p["feet"]["source"]]
    if len(rows) != 4 * frames * len(footed):
        return [f"{len(rows)} rows, {len(footed)} people with feet"]
    cells = np.array([[float(r[k] or "nan") for k in ("x_m", "y_m", "z_m")] for r in rows]).reshape(-1, 2, 2, 3)
    known = np.isfinite(cells).all((-1, -2))
    length_m = np.linalg.norm(cells[..., 1, :] - cells[..., 0, :], axis=-1)[known]
    return [] if ((length_m > 0.15) & (length_m < 0.4)).all() else ["a foot is no foot long"]
