"""The results below a folder, whoever made them: found by their JSON, listed with their files, removed."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kasf_demo.batch.names import STATE
from kasf_demo.errors import printable
from kasf_demo.options import FORMATS
from kasf_demo.results.outputs import PLOTS
from kasf_demo.serve.errors import not_found
from kasf_demo.serve.names import id_of
from kasf_demo.serve.records import OWN_FOLDER

MAX_DEPTH, MAX_RESULTS, MAX_FILES = 5, 5000, 200_000
MAX_REPORT_BYTES = 256 * 2**20
FRESH_S = 1.0  # a listing is used again for so long
TESTS = ("cmj", "sj", "dj", "sprint", "squat", "gait", "cod")
_PERSON = r"(\.p[0-9]{1,6})?"
_FORMAT_SUFFIXES = {s: name for name, form in FORMATS.items() for s in (form.suffix, *form.more.values())}
_SUFFIX = re.compile(
    "|".join(
        [
            *(rf"\.{kind}{_PERSON}\.{suffix}" for kind, suffix in (plot.split(".") for plot in PLOTS)),
            *(_PERSON + re.escape(s) for s in _FORMAT_SUFFIXES),
            r"\.mp4", r"\.csv", r"\.report\.(pdf|html)", rf"\.({'|'.join(TESTS)})\.(json|csv|html)",
        ]
    )
)  # fmt: skip


@dataclass(frozen=True)
class FoundResult:
    """A result: base is its path without suffix; relative: the same below the results' folder."""

    id: str
    base: Path
    relative: str
    mtime: float
    bytes: int

    @property
    def json(self) -> Path:
        """The report, which makes it a result."""
        return self.base.with_name(self.base.name + ".json")

    def files(self) -> dict[str, Path]:
        """Its files by name, each a regular file beside the report."""
        found = {}
        with contextlib.suppress(OSError):
            for entry in os.scandir(self.base.parent):
                own = entry.name.startswith(self.base.name) and _SUFFIX.fullmatch(entry.name[len(self.base.name) :])
                if own and entry.is_file(follow_symlinks=False):
                    found[entry.name] = Path(entry.path)
        return dict(sorted(found.items()))


class ResultStore:
    """The results below `folder`. Safe to call from several threads; nothing is kept but short summaries."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()
        self._looked, self._found = 0.0, dict[str, FoundResult]()
        self._summaries = dict[str, tuple[tuple[float, int], dict[str, Any] | None]]()

    def forget(self) -> None:
        """Look anew at the next request: something was written or removed."""
        with self._guard:
            self._looked = 0.0

    def all(self) -> list[dict[str, Any]]:
        """Summaries, the newest first."""
        with self._guard:
            self._look()
            shown = ((found, self._summary(found)) for found in self._found.values())
            kept = [(found, summary) for found, summary in shown if summary is not None]
        return [summary for _, summary in sorted(kept, key=lambda pair: (-pair[0].mtime, pair[0].id))]

    def get(self, result_id: str) -> FoundResult:
        """Raises ApiError (404)."""
        with self._guard:
            if result_id not in self._found:
                self._looked = 0.0
            self._look()
            found = self._found.get(result_id)
            if found is None or self._summary(found) is None:
                raise not_found("result")
            return found

    def summary(self, found: FoundResult) -> dict[str, Any]:
        """The short form of one result."""
        with self._guard:
            summary = self._summary(found)
        if summary is None:
            raise not_found("result")
        return summary

    def taken(self, name: str) -> bool:
        """Whether files of a result `name`, or what could be taken for them, are in the folder; upper and lower case
        are the same."""
        start = name.casefold() + "."
        return any(entry.casefold().startswith(start) for entry in os.listdir(self.folder))

    def remove(self, found: FoundResult) -> None:
        """Removes its files, the report first: what is left of a removal that is cut off is no result."""
        for path in (found.json, *found.files().values()):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
        with contextlib.suppress(FileNotFoundError):
            self.poster(found).unlink()
        self.forget()

    def poster(self, found: FoundResult) -> Path:
        """Where the small image of a result of this server is."""
        return self.folder / OWN_FOLDER / "posters" / f"{found.id}.jpg"

    def batch_poster(self, found: FoundResult) -> Path:
        """Where that of a batch is."""
        return self.folder / STATE / "posters" / f"{found.relative}.jpg"

    def report(self, found: FoundResult) -> dict[str, Any]:
        """The report. Raises ApiError (404) if it is damaged or gone."""
        report = _read(found.json)
        if report is None:
            raise not_found("result")
        return report

    def _look(self) -> None:
        if time.monotonic() - self._looked < FRESH_S and self._looked:
            return
        self._found = {found.id: found for found in self._walk()}
        for gone in self._summaries.keys() - self._found.keys():
            del self._summaries[gone]
        self._looked = time.monotonic()

    def _walk(self) -> Iterator[FoundResult]:
        folders, results, files = [(self.folder, 0)], 0, 0
        while folders and results < MAX_RESULTS and files < MAX_FILES:
            folder, depth = folders.pop()
            with contextlib.suppress(OSError):
                for entry in os.scandir(folder):
                    files += 1
                    if entry.name.startswith(".") or entry.name in (STATE, OWN_FOLDER) or not _is_text(entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False) and depth < MAX_DEPTH:
                        folders.append((Path(entry.path), depth + 1))
                    elif entry.name.endswith(".json") and entry.is_file(follow_symlinks=False):
                        status, base = entry.stat(follow_symlinks=False), Path(entry.path[: -len(".json")])
                        relative = base.relative_to(self.folder).as_posix()
                        results += 1
                        yield FoundResult(id_of(relative), base, relative, status.st_mtime, status.st_size)

    def _summary(self, found: FoundResult) -> dict[str, Any] | None:
        stamp = (found.mtime, found.bytes)
        known = self._summaries.get(found.id)
        if known is None or known[0] != stamp:
            report = _read(found.json)
            known = self._summaries[found.id] = (stamp, None if report is None else _short(found, report))
        return known[1]


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8 cannot be in a URL or in JSON
        return False
    return True


def _read(path: Path) -> dict[str, Any] | None:
    """A report of ours, None for anything else."""
    try:
        if path.is_symlink() or path.stat().st_size > MAX_REPORT_BYTES:
            return None
        report = json.loads(path.read_bytes())
        good = isinstance(report, dict) and isinstance(report["people"], list) and "sha256" in report["input"]
        good = good and all(isinstance(report[key], dict) for key in ("input", "video", "counts", "options"))
        return report if good and all(isinstance(person, dict) for person in report["people"]) else None
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return None


def _short(found: FoundResult, report: dict[str, Any]) -> dict[str, Any] | None:
    try:
        video, counts = report["video"], report["counts"]
        length_s = float(video["end_s"]) - float(video["start_s"])
        if not math.isfinite(length_s):
            return None
        tests = [test for test in TESTS if (found.base.parent / f"{found.base.name}.{test}.json").is_file()]
        return {
            "id": found.id, "name": printable(found.base.name), "created": found.mtime,
            "folder": "" if "/" not in found.relative else printable(found.relative.rpartition("/")[0]),
            "clip_name": printable(str(report["input"].get("name", "")))[:200], "duration_s": round(length_s, 3),
            "frames": int(counts["frames"]), "people": len(report["people"]), "test": tests[0] if tests else None,
            "sha256": printable(str(report["input"]["sha256"]))[:64],
            "detector": printable(str((report.get("detector") or {}).get("name", "")))[:40],
            "warnings": len(report.get("warnings") or ()), "thumbnail": f"/api/results/{found.id}/thumbnail.jpg",
        }  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):  # 1e999 in JSON is infinite
        return None
