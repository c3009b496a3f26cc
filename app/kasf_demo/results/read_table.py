"""Reads `pose.csv` back, in either layout. P is the number of people, T the frames."""

from __future__ import annotations

import codecs
import csv
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kasf_demo.errors import InputError, shown
from kasf_demo.files.text import check_file
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasportsformer.skeleton import H36M_NAMES

READ = ("x_m", "y_m", "z_m", "u_px", "v_px")
TIDY = ("frame", "time_s", "person", "joint", *READ)
WIDE = ("frame", "time_s", "person", *(f"{joint}_{measure}" for joint in H36M_NAMES for measure in READ))
REMEDY = "give the table that kasf-demo wrote, unchanged"
_BEGINNING_BYTES = 1 << 16  # more than the header of a wide table
MAX_VALUE = 1e6  # metres and pixels of a result; what is larger is damage, and its square may overflow
MAX_TIME_S = 1e9
# rows that may be missing for each that is there: a made-up table of many people must not fill the memory
MAX_MISSING = 20
Key = tuple[int, str]  # frame, person


@dataclass(frozen=True)
class Table:
    """ids (P,) as written; values (P, T, 17, 5): x, y, z m, u, v px, NaN where there is no pose; valid (P, T); times_s
    (T,)."""

    ids: tuple[str, ...]
    values: FloatArray
    valid: BoolArray
    times_s: FloatArray


def read_table(path: Path) -> Table:
    """Reads a table. Raises InputError for what is not one, naming the line."""
    if os.path.exists(path):
        check_file(path, "the table", InputError)
    filled: set[tuple[int, str, int]] = set()  # frame, person, joint
    poses: dict[Key, FloatArray] = {}
    times: dict[int, float] = {}
    for line, frame, time_s, person, cells in _rows(path):
        if times.setdefault(frame, time_s) != time_s:
            raise InputError(f"line {line}: frame {frame} has two times", REMEDY, path=path)
        pose = poses.setdefault((frame, person), np.full((len(H36M_NAMES), len(READ)), np.nan)) if person else None
        for joint, values in cells:
            if (frame, person, joint) in filled:
                raise InputError(
                    f"line {line}: a second row for frame {frame}, person {person or 'none'}", REMEDY, path=path
                )
            filled.add((frame, person, joint))
            if pose is not None:
                pose[joint] = values
    frames = len(times)
    if sorted(times) != list(range(frames)) or not frames:
        raise InputError("its frames are not 0, 1, 2, ...", REMEDY, path=path)
    times_s = np.array([times[i] for i in range(frames)])
    if (np.diff(times_s) <= 0).any():
        late = int(np.argmax(np.diff(times_s) <= 0)) + 1
        raise InputError(f"the time of frame {late} is not after that of the frame before", REMEDY, path=path)
    return _stacked(poses, times_s, path)


def _stacked(poses: dict[Key, FloatArray], times_s: FloatArray, path: Path) -> Table:
    ids = tuple(dict.fromkeys(person for _, person in poses))
    if len(ids) * len(times_s) > MAX_MISSING * (len(poses) + 1000):
        raise InputError(
            f"{len(poses)} rows for {len(ids)} people in {len(times_s)} frames: most are missing", REMEDY, path=path
        )
    values = np.full((len(ids), len(times_s), len(H36M_NAMES), len(READ)), np.nan)
    for (frame, person), pose in poses.items():
        values[ids.index(person), frame] = pose
    known = np.isfinite(values).all((-2, -1))
    if (np.isfinite(values).any((-2, -1)) != known).any():
        raise InputError("a pose has empty cells for some of its joints", REMEDY, path=path)
    return Table(ids, values, known, times_s)


def _rows(path: Path) -> Iterator[tuple[int, int, float, str, list[tuple[int, list[float]]]]]:
    """Line number, frame, time, person, and [(joint, [x, y, z, u, v])] of every row; rows without any content are
    passed over."""
    try:
        dialect = _Dialect.of(path)
        with open(path, newline="", encoding=dialect.encoding) as file:
            reader = csv.reader(file, strict=True, delimiter=dialect.delimiter)
            for _ in range(dialect.lines_before):
                next(reader, [])
            header = [name.strip() for name in next(reader, [])]
            tidy = "joint" in header
            columns = _columns(header, TIDY if tidy else WIDE, path)
            for cells in reader:
                if not any(cells):
                    continue
                try:
                    wanted = [cells[c] for c in columns]
                    yield _row([cell.replace(",", ".") for cell in wanted], reader.line_num, tidy)
                except (IndexError, ValueError) as e:
                    raise InputError(f"line {reader.line_num}: {e}", REMEDY, path=path) from None
    except FileNotFoundError:
        raise InputError(
            "no such file", "a result made with --no-csv cannot be measured: run again without it", path=path
        ) from None
    except (OSError, UnicodeError, csv.Error) as e:
        raise InputError(f"cannot be read as a table: {e}", REMEDY, path=path) from None


@dataclass(frozen=True)
class _Dialect:
    """How a spreadsheet program may have saved the table again: UTF-8 with a byte order mark, UTF-16, semicolons or
    tabs (where its language has a decimal comma), a first line `sep=;`."""

    encoding: str
    delimiter: str
    lines_before: int  # of the header

    @classmethod
    def of(cls, path: Path) -> _Dialect:
        """By the file's beginning; our column names hold none of the delimiters. Raises OSError, UnicodeError."""
        with open(path, "rb") as file:
            beginning = file.read(_BEGINNING_BYTES)
        wide = beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "utf-16" if wide else "utf-8-sig"
        lines = beginning[: len(beginning) & ~1].decode(encoding, errors="ignore").splitlines() or [""]
        before = int(lines[0].strip(' "').lower().startswith("sep="))
        header = lines[before] if before < len(lines) else ""
        return cls(encoding, max(",;\t", key=header.count), before)


def _columns(header: Sequence[str], wanted: Sequence[str], path: Path) -> list[int]:
    if missing := [name for name in wanted if name not in header]:
        raise InputError(f"columns missing: {', '.join(missing[:5])}", REMEDY, path=path)
    return [header.index(name) for name in wanted]


def _row(cells: list[str], line: int, tidy: bool) -> tuple[int, int, float, str, list[tuple[int, list[float]]]]:
    frame, time_s, person = int(cells[0]), _number(cells[1], MAX_TIME_S), cells[2] and str(int(cells[2]))
    if tidy:
        if cells[3] not in H36M_NAMES:
            raise ValueError(f"{cells[3]!r} is not a joint")
        return line, frame, time_s, person, [(H36M_NAMES.index(cells[3]), _numbers(cells[4:]))]
    n = len(READ)
    return (
        line,
        frame,
        time_s,
        person,
        [(j, _numbers(cells[3 + n * j : 3 + n * (j + 1)])) for j in range(len(H36M_NAMES))],
    )


def _numbers(cells: Sequence[str]) -> list[float]:
    return [_number(cell) if cell else math.nan for cell in cells]


def _number(cell: str, most: float = MAX_VALUE) -> float:
    value = float(cell)
    if not abs(value) <= most:
        raise ValueError(f"{shown(cell)} is not a number that a result can hold")
    return value
