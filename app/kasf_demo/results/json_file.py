"""Writes the JSON file of a report. `results.report` builds the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

SCHEMA = 1  # version of the report: increased if readers must adapt


def write_json(path: Path, report: dict[str, Any]) -> None:
    """Writes standard JSON (ASCII, no NaN), keys in the order given: the same run gives the same bytes."""
    with open(path, "w", encoding="ascii", newline="\n") as f:
        json.dump(_plain(report), f, indent=2, allow_nan=False)
        f.write("\n")


def _plain(value: Any) -> Any:
    """`value` in JSON's own types: arrays as lists, NaN and infinities as null, paths and fractions as text."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
