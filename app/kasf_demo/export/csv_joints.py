"""The joints as a table: tidy (17 rows per frame and person) or wide (one row per frame and person)."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from kasf_demo.results.table_content import content_line, fixed_cell
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Person
from kasportsformer.skeleton import H36M_NAMES

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

Layout = Literal["tidy", "wide"]
COLUMNS = (
    "frame",
    "time_s",
    "person",
    "joint",
    "x_m",
    "y_m",
    "z_m",
    "u_px",
    "v_px",
    "score",
    "interpolated",
)
MEASURES = ("x_m", "y_m", "z_m", "u_px", "v_px", "score")
NO_POSE = ("",) * 6
SPREAD = "spread_m"  # one more measure, if the lifting network draws hypotheses


def write_csv(path: Path, people: Sequence[Person], times_s: FloatArray, *, layout: Layout = "tidy") -> str:
    """Writes RFC 4180 CSV in UTF-8: metres to 0.1 mm, pixels to 0.01, times to 1 us. Cells without a value are empty.
    People of a lifting network that draws hypotheses have the measure `spread_m` too.

    A clip without people still has its T frames: rows with an empty person. No free text enters a cell, so none can be
    read as a formula. Returns the SHA-256 of its content, which the table still has after a spreadsheet program saved
    it in its own form, see table_content.
    """
    content = hashlib.sha256()
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, lineterminator="\r\n")
        more = (SPREAD,) if any(p.pose.spread_m is not None for p in people) else ()
        if layout == "tidy":
            writer.writerow((*COLUMNS, *more))
            writer.writerows(_tidy(people, times_s, content, bool(more)))
        else:
            writer.writerow(
                (
                    "frame",
                    "time_s",
                    "person",
                    "interpolated",
                    *(f"{j}_{m}" for j in H36M_NAMES for m in (*MEASURES, *more)),
                )
            )
            writer.writerows(_wide(people, times_s, content, bool(more)))
    return content.hexdigest()


def _tidy(people: Sequence[Person], times_s: FloatArray, content: Hash, more: bool) -> Iterator[tuple[object, ...]]:
    n = len(MEASURES)
    for person in people:
        for t, time_s in enumerate(times_s):
            for j, cells in enumerate(_pose(person, t, time_s, content, more)):
                yield (t, f"{time_s:.6f}", person.id, H36M_NAMES[j], *cells[:n], _flag(person, t), *cells[n:])
    if not people:
        for t, time_s in enumerate(times_s):
            content.update(content_line(t, time_s, "", ()))
            yield from ((t, f"{time_s:.6f}", "", joint, *NO_POSE, "") for joint in H36M_NAMES)


def _wide(people: Sequence[Person], times_s: FloatArray, content: Hash, more: bool) -> Iterator[tuple[object, ...]]:
    for person in people:
        for t, time_s in enumerate(times_s):
            cells = (cell for joint in _pose(person, t, time_s, content, more) for cell in joint)
            yield (t, f"{time_s:.6f}", person.id, _flag(person, t), *cells)
    if not people:
        for t, time_s in enumerate(times_s):
            content.update(content_line(t, time_s, "", ()))
            yield (t, f"{time_s:.6f}", "", "", *(NO_POSE * len(H36M_NAMES)))


def _pose(person: Person, t: int, time_s: float, content: Hash, more: bool) -> list[tuple[str, ...]]:
    """The cells of each joint in one frame, which enter the hash without the score and the spread."""
    joints = [_cells(person, t, j, more) for j in range(len(H36M_NAMES))]
    content.update(b"".join(content_line(t, time_s, str(person.id), cells[:5]) for cells in joints))
    return joints


def _cells(person: Person, t: int, j: int, more: bool) -> tuple[str, ...]:
    if not person.pose.valid[t]:
        return ("",) * (len(MEASURES) + more)
    x, y, z = person.pose.xyz[t, j]
    u, v = person.h36m.xy[t, j]
    spread_m = person.pose.spread_m
    return (
        *(fixed_cell(c, 4) for c in (x, y, z)),
        fixed_cell(u, 2),
        fixed_cell(v, 2),
        fixed_cell(person.pose.score[t, j], 3),
        *([fixed_cell(np.nan if spread_m is None else spread_m[t, j], 4)] if more else []),
    )


def _flag(person: Person, t: int) -> str:
    if not person.pose.valid[t]:
        return ""
    return "1" if person.pose.interpolated[t] else "0"
