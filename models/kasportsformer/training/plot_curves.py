"""The curves of a run, from its CSV files. The only user of matplotlib here."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from .forward_kinematics import FloatArray


def column(path: Path, name: str) -> FloatArray:
    """One column of a CSV file as numbers; a resumed run may repeat a step, and the later row counts."""
    if not path.exists():
        return np.empty((0, 2))
    with path.open(encoding="utf-8", newline="") as file:
        rows = {
            int(row["step"]): (float(row["windows"]), float(row[name])) for row in csv.DictReader(file) if row.get(name)
        }
    return np.array([rows[step] for step in sorted(rows)]).reshape(-1, 2)


def plot(run: Path, out: Path) -> None:
    """Training and held-out MPJPE over the windows seen, as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5))
    axis = figure.add_subplot()
    seen = column(run / "log.csv", "mpjpe_mm")
    axis.plot(seen[:, 0], seen[:, 1], color="0.7", label="training, network")
    for group in ("06+09+11", "85"):
        values = column(run / "eval.csv", f"{group} MPJPE")
        axis.plot(values[:, 0], values[:, 1], marker=".", label=f"held out {group}, running average")
    axis.set_xlabel("windows")
    axis.set_ylabel("MPJPE, mm, with noise")
    axis.grid(alpha=0.3)
    axis.legend()
    figure.savefig(out, dpi=110, bbox_inches="tight")
