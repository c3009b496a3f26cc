"""Heels and toes as a table: four rows per frame and person, with the columns of the joints' table and sigma_m."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from kasf_demo.export.csv_joints import COLUMNS, NO_POSE
from kasf_demo.results.table_content import fixed_cell
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FEET
from kasf_demo.types.people import Person


def write_feet_csv(path: Path, people: Sequence[Person], times_s: FloatArray) -> None:
    """Writes RFC 4180 CSV in UTF-8, as `csv_joints.write_csv`. The column joint holds l_heel, l_toe, r_heel, r_toe.
    Cells of a foot that is not known are empty; people of a source without feet have no rows. sigma_m: see FootPose."""
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, lineterminator="\r\n")
        writer.writerow((*COLUMNS, "sigma_m"))
        for person in people:
            writer.writerows(_rows(person, times_s))


def _rows(person: Person, times_s: FloatArray) -> Iterator[tuple[object, ...]]:
    feet = person.pose.feet
    if feet is None:
        return
    valid = feet.valid
    for t, time_s in enumerate(times_s):
        for k, name in enumerate(FEET):
            cells: tuple[str, ...] = NO_POSE
            if valid[t, k]:
                xy = person.coco.feet.xy[t, k] if person.coco.feet is not None else (float("nan"),) * 2
                cells = (
                    *(fixed_cell(c, 4) for c in feet.xyz[t, k]), *(fixed_cell(c, 2) for c in xy),
                    fixed_cell(feet.score[t, k], 3),
                )  # fmt: skip
            flag = "" if not valid[t, k] else str(int(person.pose.interpolated[t]))
            sigma = "" if feet.sigma_m is None else fixed_cell(feet.sigma_m[t, k], 4)
            yield (t, f"{time_s:.6f}", person.id, name, *cells, flag, sigma)
