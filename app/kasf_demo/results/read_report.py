"""The JSON report of a run, read back and not trusted."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kasf_demo.errors import InputError, printable, shown
from kasf_demo.files.output_set import sha256_of
from kasf_demo.files.text import read_text
from kasf_demo.results.json_file import SCHEMA
from kasf_demo.results.read_table import Table
from kasf_demo.results.table_content import DIGITS, content_line, fixed_cell

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
        raise InputError(
            "no such file",
            "the JSON report must be in the same folder as the table; it holds axes and scale",
            path=path,
        )
    text = read_text(path, "the report", InputError, max_bytes=MAX_BYTES)
    try:
        report = json.loads(text, parse_constant=_number, parse_float=_number, parse_int=_integer)
    except (ValueError, RecursionError) as e:  # a whole number of 5,000 digits is a ValueError too
        raise InputError(f"cannot be read as JSON: {str(e)[:200]}", "run again", path=path) from None
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise InputError(f"not a report of kasf-demo with schema {SCHEMA}", "run again", path=path)
    return report


def check_pair(report: Mapping[str, Any], report_path: Path, file: Path, table: Table | None = None) -> None:
    """Raises InputError where the report lists the SHA-256 of its files and `file`, a table or an .npz, is none of
    them.

    A table that a spreadsheet program saved again has other bytes; its content decides then. File names do not matter:
    files may be renamed together. Reports of earlier versions list nothing.
    """
    files = report.get("files")
    if files is None:
        return
    if not isinstance(files, dict):
        raise InputError("not a report of kasf-demo: its `files` are no object", "run again", path=report_path)
    try:
        if sha256_of(file) in files.values():
            return
    except OSError as e:
        raise InputError(f"cannot be read: {e.strerror}", "check the file", path=file) from None
    if table is None or content_sha256(table) != report.get("table_content_sha256"):
        what = f"is not of the run that wrote {printable(report_path.name)} beside it: its SHA-256 is not listed there"
        raise InputError(what, "put files of one run together, or run again with --overwrite", path=file)


def content_sha256(table: Table) -> str:
    """Of a table that was read, as csv_table.write_csv gives it for one that it writes."""
    content = hashlib.sha256()
    for person, poses in zip(table.ids, table.values, strict=True):
        for t, (time_s, pose) in enumerate(zip(table.times_s, poses, strict=True)):
            rows = ([fixed_cell(v, digits) for v, digits in zip(joint, DIGITS, strict=True)] for joint in pose)
            content.update(b"".join(content_line(t, time_s, person, cells) for cells in rows))
    for t, time_s in enumerate(table.times_s) if not table.ids else ():
        content.update(content_line(t, time_s, "", ()))
    return content.hexdigest()
