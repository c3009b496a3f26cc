"""Heels and toes of a run read back from NAME.feet.csv, which `--export feet` writes beside its table."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from kasf_demo.errors import InputError
from kasf_demo.results.read_table import MAX_VALUE, Table
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FEET

COLUMNS = ("frame", "time_s", "person", "joint", "x_m", "y_m", "z_m")  # those that are read


def read_feet(path: Path, table: Table) -> FloatArray | None:
    """(P, T, 4, 3) of the people of `table`, in the axes of the run that wrote `path` (of any suffix), NaN where
    unknown; None if there is no such file or it has no rows. Raises InputError if it is damaged or of another run."""
    path = path.with_suffix(".feet.csv")
    if not path.is_file():
        return None
    feet = np.full((len(table.ids), len(table.times_s), len(FEET), 3), np.nan)
    rows = 0
    try:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                frame, time_s, person, name, *cells = (row[column] for column in COLUMNS)
                t, p, k = int(frame), table.ids.index(person), FEET.index(name)
                if t < 0 or abs(float(time_s) - table.times_s[t]) > 1e-5:
                    raise ValueError(f"frame {frame} is at {time_s} s")
                values = [float(cell) if cell else np.nan for cell in cells]
                if any(abs(value) > MAX_VALUE for value in values):
                    raise ValueError(f"a value of frame {frame} is too large")
                feet[p, t, k] = values
                rows += 1
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError, IndexError) as e:
        what = f"not the feet of the table beside it: {type(e).__name__}: {e}"
        raise InputError(what, "remove it, or run again with --export feet", path=path) from None
    return feet if rows else None
