"""The published tables, as far as they are known, with their footnotes: `published.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class PublishedRow:
    """One published line: MPJPE and P-MPJPE in mm (None where not published) on detected and on true 2D keypoints, and
    MPJPE per action. note: the footnote's number in PublishedTable.notes, from 1; 0 for none."""

    method: str
    parameters_m: float | None = None
    det: tuple[float | None, float | None] | None = None
    gt: tuple[float | None, float | None] | None = None
    det_actions: Mapping[str, float] = field(default_factory=dict)
    gt_actions: Mapping[str, float] = field(default_factory=dict)
    note: int = 0


@dataclass(frozen=True)
class PublishedTable:
    """source: where it was read; notes: footnotes, for rows and for all."""

    source: str
    frames: str
    notes: tuple[str, ...]
    rows: tuple[PublishedRow, ...]


def published_table(data_set: str) -> PublishedTable:
    """The table of a data set of `sets.SETS`."""
    tables = tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))
    table: dict[str, Any] = tables[data_set]
    names = table.get("actions", [])
    rows = tuple(_row(dict(row), names) for row in table["rows"])
    return PublishedTable(table["source"], table["frames"], tuple(table["notes"]), rows)


def _row(row: dict[str, Any], names: list[str]) -> PublishedRow:
    for kind in ("det", "gt"):
        if kind in row:
            first, second = (*row[kind], None)[:2]
            row[kind] = (first, second)
        key = f"{kind}_actions"
        if key in row:
            row[key] = dict(zip(names, row[key], strict=True))
    return PublishedRow(**row)


def same_action(published: str, found: str) -> bool:
    """Whether an action of the files is the published one: "Throw" is `throw_baseball`."""
    return found.lower().startswith(published.lower())
