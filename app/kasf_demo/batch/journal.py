"""Journal of a batch: one JSON object per line, append-only, synced before the next clip starts.

A line cut off by a crash or a power loss is ignored, and so is any other invalid line. Kinds:
`run` (process, time), `start` (from here on files of this clip's result belong to the batch), `done`, `failed`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from kasf_demo.files.atomic import output_error

SCHEMA = 1


@dataclass
class JournalEntry:
    """Journal records of one clip: the last `done` and `failed` records, whichever came later being `last`."""

    ours: bool = False
    done: Mapping[str, Any] | None = None
    last: Mapping[str, Any] | None = None


def read(path: Path) -> dict[str, JournalEntry]:
    """Result name -> its records. Empty without a journal. Raises OutputError if it is unreadable."""
    entries: dict[str, JournalEntry] = {}
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return entries
    except OSError as e:
        raise output_error(e, path) from e
    for line in data.split(b"\n"):
        record = _parsed(line)
        if record is not None and isinstance(record.get("name"), str):
            _take(entries.setdefault(record["name"], JournalEntry()), record)
    return entries


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and record.get("kind") in ("start", "done", "failed") else None


def _take(entry: JournalEntry, record: Mapping[str, Any]) -> None:
    entry.ours = True
    if record["kind"] == "start":
        entry.done = None  # its files may be a mix of old and new
    elif record["kind"] == "done":
        entry.done = entry.last = record
    else:
        entry.last = record


class Journal:
    """The journal, open for appending. A context manager. Raises OutputError (disk full, no permission)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = open(path, "a+b", buffering=0)  # noqa: SIM115 (closed by close)
        except OSError as e:
            raise output_error(e, path) from e
        if self._is_torn():
            self._write(b"\n")

    def _is_torn(self) -> bool:
        """Whether the last line was cut off."""
        try:
            if self._file.seek(0, os.SEEK_END) == 0:
                return False
            self._file.seek(-1, os.SEEK_END)
            return self._file.read(1) != b"\n"
        except OSError as e:
            self._file.close()
            raise output_error(e, self._path) from e

    def append(self, kind: str, **fields: Any) -> None:
        """One record, which is on the disk when this returns."""
        self._write(json.dumps({"kind": kind, **fields}, allow_nan=False).encode("ascii") + b"\n")

    def _write(self, data: bytes) -> None:
        try:
            while data:
                data = data[self._file.write(data) :]
            os.fsync(self._file.fileno())
        except OSError as e:
            raise output_error(e, self._path) from e

    def close(self) -> None:
        """May be called twice."""
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
