"""The table of `kasf-demo lifters`: Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.errors import printable
from kasf_demo.lifters.measure import ERRORS, MeasuredClip
from kasf_demo.results.network_record import SPREAD_MEANING

DIGITS = {"bone_spread_percent": 2, "jitter_mm": 2, "spread_mm": 1, "ms_per_frame": 1}
HEADS = {
    "lifter": "lifter",
    "architecture": "architecture",
    "window_frames": "window",
    "normalisation": "normalisation",
    "backend": "backend",
    "frames": "frames with a pose",
    "ms_per_frame": "ms per frame",
    "bone_spread_percent": "bone spread (%)",
    "jitter_mm": "jitter (mm/frame²)",
    "spread_mm": "spread (mm)",
    "mpjpe_mm": "MPJPE (mm)",
    "p_mpjpe_mm": "P-MPJPE (mm)",
    "n_mpjpe_mm": "N-MPJPE (mm)",
    "mpjve_mm": "MPJVE (mm/frame)",
    "accel_mm": "acceleration error (mm/frame²)",
}


def row(measured: MeasuredClip) -> dict[str, Any]:
    """One network's row by column; None where nothing can be measured."""
    lifted, lifter = measured.lifted, measured.lifted.lifter
    numbers = {
        "ms_per_frame": measured.ms_per_frame,
        "bone_spread_percent": 100 * measured.bone_spread,
        "jitter_mm": measured.jitter_mm,
        "spread_mm": measured.spread_mm,
        **measured.errors,
    }
    return {
        "lifter": printable(lifted.name),
        "architecture": lifter.facts.architecture,
        "window_frames": lifter.facts.window_frames(int(measured.seen.sum())),
        "normalisation": lifter.normalisation,
        "backend": lifter.backend,
        "frames": int(measured.seen.sum()),
        **{name: _number(value, DIGITS.get(name, 1)) for name, value in numbers.items()},
    }


def _number(value: float | None, digits: int) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), digits)


def _columns(rows: Sequence[MeasuredClip]) -> list[str]:
    """Errors only with ground truth, the spread only if a network draws hypotheses."""
    drop = set() if any(r.errors for r in rows) else set(ERRORS)
    return [n for n in HEADS if n not in drop and (n != "spread_mm" or any(r.spread_mm is not None for r in rows))]


def markdown(rows: Sequence[MeasuredClip]) -> str:
    """The table in Markdown, numbers to the right."""
    columns, cells = _columns(rows), [row(r) for r in rows]
    words = ("lifter", "architecture", "normalisation", "backend")
    lines = [
        "| " + " | ".join(HEADS[name] for name in columns) + " |",
        "|" + "|".join("---" if name in words else "---:" for name in columns) + "|",
    ]
    for each in cells:
        texts = ("–" if each.get(name) is None else str(each[name]) for name in columns)
        lines.append("| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |")
    return "\n".join(lines) + "\n"


def write_table_csv(path: Path, rows: Sequence[MeasuredClip]) -> None:
    """A row for each network. Raises OSError."""
    columns = _columns(rows)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for each in map(row, rows):
            writer.writerow("" if each.get(name) is None else each[name] for name in columns)


def write_table_json(
    path: Path, rows: Sequence[MeasuredClip], clip: str, fitted: bool, threshold_m: float | None
) -> None:
    """The rows, with hash, licence and sampling of each network. Raises OSError."""
    networks = []
    for measured in rows:
        w, s = measured.lifted.weights, measured.lifted.lifter.sampling
        more: dict[str, Any] = {"sha256": w.sha256, "licence": w.entry.licence if w.entry else None}
        if s is not None:
            more["sampling"] = {"hypotheses": s.hypotheses, "steps": s.steps, "seed": s.seed, "aggregate": s.aggregate}
            more["spread_meaning"] = SPREAD_MEANING
        networks.append(row(measured) | more)
    record = {
        "clip": printable(clip), "poses": "after the body fit" if fitted else "as lifted",
        "ground_truth": threshold_m is not None,
        "ring_threshold_mm": None if threshold_m is None else 1000 * threshold_m,
        "jitter": "mean second difference of the joints relative to the pelvis, mm per frame squared",
        "ms_per_frame": "time of this run on this machine, windows and mirrored pass included",
        "lifters": networks,
    }  # fmt: skip
    path.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
