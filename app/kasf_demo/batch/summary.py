"""Summary of a batch: summary.csv (one row per clip), summary.json (the same with totals), failures.txt (one line per
failure)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kasf_demo.batch.jobs import Skipped
from kasf_demo.batch.journal import JournalEntry
from kasf_demo.batch.measured import COLUMNS as MEASURED
from kasf_demo.batch.measured import measured_again
from kasf_demo.errors import printable
from kasf_demo.files.atomic import atomic_write_path

COLUMNS = (
    "name",
    "clip",
    "status",
    "frames",
    "seconds",
    "fps",
    "width",
    "height",
    "people",
    "frames_with_pose",
    "truncated",
    "detector",
    "lifter",
    "took_s",
    "attempts",
    "warnings",
    "error",
    *MEASURED,
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class ClipRow:
    """One clip. status: done, failed, pending (not reached) or skipped."""

    name: str
    clip: str
    status: str
    record: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    def cells(self) -> dict[str, Any]:
        """By column; None for missing values."""
        got: dict[str, Any] = {c: self.record.get(c) for c in COLUMNS} | dict(self.record.get("measured") or {})
        return got | {"name": self.name, "clip": self.clip, "status": self.status, "error": self.error,
                      "warnings": list(self.record.get("warnings", []))}  # fmt: skip


def rows_of(
    clips: Mapping[str, Path],
    entries: Mapping[str, JournalEntry],
    skipped: Sequence[Skipped],
    folder: Path | None = None,
) -> list[ClipRow]:
    """The state of every clip of the plan by the journal, then what was skipped. Numbers that the journal of an earlier
    version lacks come from the results in `folder`."""
    rows = []
    for name, clip in sorted(clips.items()):
        entry = entries.get(name, JournalEntry())
        last = entry.last or {}
        if entry.done is not None and last is entry.done:
            if "measured" not in last and folder is not None:
                last = {**last, "measured": measured_again(folder / f"{name}.json")}
            rows.append(ClipRow(name, str(clip), "done", last))
        elif last.get("kind") == "failed":
            rows.append(ClipRow(name, str(clip), "failed", last, str(last.get("why", ""))))
        else:
            rows.append(ClipRow(name, str(clip), "pending"))
    return rows + [ClipRow("", s.path, "skipped", error=s.why) for s in skipped]


def write_summaries(folder: Path, rows: Sequence[ClipRow], facts: Mapping[str, Any]) -> None:
    """Writes the three files. `facts` (command, duration, ...) go into the JSON. Raises OutputError."""
    texts = {"summary.csv": as_csv(rows), "summary.json": as_json(rows, facts), "failures.txt": as_failures(rows)}
    for name, text in texts.items():
        with atomic_write_path(folder / name, overwrite=True) as part:
            part.write_text(text, encoding="utf-8", newline="")


def counts(rows: Sequence[ClipRow]) -> dict[str, int]:
    """How many of each status."""
    return {status: sum(r.status == status for r in rows) for status in ("done", "failed", "pending", "skipped")}


def as_csv(rows: Sequence[ClipRow]) -> str:
    """RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: _cell(v) for k, v in row.cells().items()})
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = " | ".join(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        text = printable(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return value


def as_json(rows: Sequence[ClipRow], facts: Mapping[str, Any]) -> str:
    """Standard JSON with the totals first."""
    done = [r.record for r in rows if r.status == "done"]
    totals = counts(rows) | {
        "frames": sum(r["frames"] for r in done),
        "seconds": round(sum(r["seconds"] for r in done), 3),
    }
    clips = [{k: printable(v) if isinstance(v, str) else v for k, v in r.cells().items()} for r in rows]
    return json.dumps({"schema": 1, **facts, "totals": totals, "clips": clips}, indent=1, allow_nan=False) + "\n"


def as_failures(rows: Sequence[ClipRow]) -> str:
    """A line for each failure, as printed on the console; empty without failures."""
    return "".join(f"error: {printable(r.error)}\n" for r in rows if r.status == "failed")
