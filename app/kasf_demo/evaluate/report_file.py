"""The JSON report of a run, read back and not trusted."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from kasf_demo.errors import InputError, shown
from kasf_demo.text_file import read_text

SCHEMA = 1
MAX_BYTES = 1 << 30  # the camera's rotation in each frame of a panning clip takes some 200 bytes
MAX_VALUE = 1e15


def _number(text: str) -> float:
    """A number of a report. Raises ValueError for NaN, Infinity and 1e308, which Python's reader would take."""
    value = float(text)
    if not abs(value) <= MAX_VALUE:
        raise ValueError(f"{shown(text)} is not a number of a report")
    return value


def _integer(text: str) -> int:
    _number(text[:400])
    return int(text)


def read_report(path: Path) -> dict[str, Any]:
    """The report beside a run's table. Raises InputError for what is none."""
    if not os.path.lexists(path):
        raise InputError("no such file", "the report must lie beside the table: it says which axes and scale", path=path)
    text = read_text(path, "the report", InputError, max_bytes=MAX_BYTES)
    try:
        report = json.loads(text, parse_constant=_number, parse_float=_number, parse_int=_integer)
    except (ValueError, RecursionError) as e:  # a whole number of 5,000 digits is a ValueError too
        raise InputError(f"cannot be read as JSON: {str(e)[:200]}", "run again", path=path) from None
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise InputError(f"not a report of kasf-demo with schema {SCHEMA}", "run again", path=path)
    return report
