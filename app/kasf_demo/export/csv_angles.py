"""The angles as a table: one row per frame and person."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from kasf_demo.export.resample import fixed
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import ANGLES, FOOT_ANGLES, POINTS, Angles, FootAngles

COLUMNS = (
    "frame", "time_s", "person", *(f"{name}_deg" for name in ANGLES), *(f"{name}_deg_per_s" for name in ANGLES),
    *(f"{name}_m_per_s" for name in POINTS), "doubtful", *(f"{name}_sigma_deg" for name in ANGLES),
    *(f"{name}_sigma_m_per_s" for name in POINTS),
)  # fmt: skip
FOOT_COLUMNS = (*(f"{name}_deg" for name in FOOT_ANGLES), *(f"{name}_sigma_deg" for name in FOOT_ANGLES))


def write_angles_csv(
    path: Path, people: Sequence[tuple[int, Angles]], times_s: FloatArray, feet: Sequence[FootAngles | None] = ()
) -> None:
    """Writes RFC 4180 CSV in UTF-8, for people as (id, angles): degrees to 0.01, speeds to 1 mm/s, and their
    uncertainties. Cells without a value are empty.

    `doubtful` names, with spaces between, the angles and points computed from a joint with a low score. A clip without
    people has its frames all the same. feet: of each person; if any has them, their angles and
    uncertainties are the last columns.
    """
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, lineterminator="\r\n")
        footed = any(f is not None for f in feet)
        writer.writerow((*COLUMNS, *(FOOT_COLUMNS if footed else ())))
        for (person, angles), own in zip(people, feet or [None] * len(people), strict=True):
            for t, time_s in enumerate(times_s):
                last = [""] * len(FOOT_COLUMNS) if own is None else _foot_cells(own, t)
                writer.writerow([t, fixed(time_s, 6), person, *_cells(angles, t), *(last if footed else [])])
        if not people:
            writer.writerows([t, fixed(time_s, 6), *[""] * (len(COLUMNS) - 2)] for t, time_s in enumerate(times_s))


def _foot_cells(feet: FootAngles, t: int) -> list[str]:
    sigma = [float("nan")] * len(FOOT_ANGLES) if feet.sigma_deg is None else feet.sigma_deg[t]
    return [fixed(float(v), 2) for v in (*feet.deg[t], *sigma)]


def _cells(angles: Angles, t: int) -> list[str]:
    names = [name for name, low in zip(ANGLES, angles.doubtful[t], strict=True) if low]
    names += [name for name, low in zip(POINTS, angles.doubtful_points[t], strict=True) if low]
    values = (
        [(v, 2) for v in angles.deg[t]] + [(v, 1) for v in angles.deg_per_s[t]] + [(v, 3) for v in angles.m_per_s[t]]
    )
    sigmas = [(angles.sigma_deg, 2, len(ANGLES)), (angles.sigma_m_per_s, 3, len(POINTS))]
    unsure = [
        "" if of is None else fixed(float(of[t, column]), digits) for of, digits, n in sigmas for column in range(n)
    ]
    return [*(fixed(float(value), digits) for value, digits in values), " ".join(names), *unsure]
