"""Jumps and spins as a table: a row for each number, with its unit, whether it is sure, and its definition."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from kasf_demo.results.jump_fields import JUMP_FIELDS
from kasf_demo.results.jumps_record import jumps_record
from kasf_demo.types.jumps import Jump, Spin
from kasf_demo.types.motion import Motion

COLUMNS = ("person", "kind", "n", "start_s", "end_s", "number", "value", "unit", "low", "high", "sure", "why",
           "definition")  # fmt: skip
BETWEEN = {"air_s": "air_interval_s", "height_time_m": "height_interval_m", "turns": "turns_interval"}


def write_jumps_csv(path: Path, people: Sequence[tuple[int, Motion]]) -> None:
    """Writes RFC 4180 CSV in UTF-8, in order of person and time. Empty cells: not known. Raises OSError."""
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for person, motion in people:
            writer.writerows((person, *row) for row in jump_rows(motion))


def jump_rows(motion: Motion) -> Iterator[tuple[object, ...]]:
    """Rows under `COLUMNS` without the person."""
    record = jumps_record(motion)
    for kind, ends in (("jump", ("takeoff_s", "landing_s")), ("spin", ("start_s", "end_s"))):
        events: Sequence[Jump | Spin] = motion.jumps if kind == "jump" else motion.spins
        for n, (own, event) in enumerate(zip(record[f"{kind}s"], events, strict=True), 1):
            doubts = dict(event.doubts)
            values = own if kind == "jump" else own | {"duration_s": round(own["end_s"] - own["start_s"], 3)}
            for key, field in JUMP_FIELDS.items():
                if key not in values:
                    continue
                low, high = values.get(BETWEEN.get(key, "")) or ("", "")
                why = doubts.get("flight", doubts.get(field.group, ""))
                value = values[key]
                cell = "" if value is None else str(value).lower() if isinstance(value, bool) else value
                yield (
                    kind, n, *(own[end] for end in ends), key, cell, field.unit, low, high,
                    "no" if why else "yes", why, field.text,
                )  # fmt: skip
