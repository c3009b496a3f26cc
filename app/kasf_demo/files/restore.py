"""What a process that was killed while it replaced a result left under hidden names: the earlier result is put back,
the rest removed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from kasf_demo.files.atomic import NAME_CHARS
from kasf_demo.files.leftovers import dead_parts, stem_of
from kasf_demo.files.output_set import MAX_REPORT_BYTES, is_file_of, listed_files
from kasf_demo.system import filesystem

ASIDE, FINISHED = "o", "f"  # tags of hidden names, see output_set


def tidy_up(report: Path, outputs: Iterable[Path]) -> list[str]:
    """Before a run that writes `outputs` with `report`: restores the earlier result, and removes hidden files of killed
    runs of the same names. Returns lines for the screen; never raises OSError."""
    said = [
        f"put back {path.name} and its files: an earlier run was killed while it replaced them"
        for path in restore_results([report])
    ]
    names = {(path.absolute().parent, path.stem[:NAME_CHARS]) for path in outputs}
    gone = 0
    for part in [part for folder in {folder for folder, _ in names} for part in dead_parts(folder)]:
        if (part.parent, stem_of(part)) in names:
            with contextlib.suppress(OSError):
                part.unlink()
                gone += 1
    return [*said, *([f"removed {gone} unfinished files of an earlier run"] if gone else [])]


def restore_results(reports: Collection[Path]) -> list[Path]:
    """Puts back the earlier files of each of `reports` that is missing, if all that the report lists are still there,
    under their own or hidden names. Returns the reports that are whole again; the others are left as they are."""
    missing = [r for r in reports if not os.path.lexists(r)]
    hidden: dict[Path, list[Path]] = {}
    for folder in {r.absolute().parent for r in missing}:
        parts = dead_parts(folder)
        if any(p.suffix == ".json" for p in parts):
            hidden[folder] = parts
    return [r for r in missing if _restore(r, hidden.get(r.absolute().parent, []))]


def _restore(report: Path, parts: Sequence[Path]) -> bool:
    mine = [p for p in parts if p.suffix == ".json" and stem_of(p) == report.stem[:NAME_CHARS]]
    for earlier in (p for p in mine if _tag(p) == ASIDE):
        with contextlib.suppress(OSError):
            listed = _listed(earlier)
            places = {
                report.with_name(name): _place(report.with_name(name), identity, parts)
                for name, identity in listed.items()
            }
            if not places or None in places.values():
                continue
            _remove_new(report, [p for p in mine if _tag(p) == FINISHED], keep=listed.keys())
            for path, place in places.items():
                if place is not None and place != path:
                    filesystem.replace(place, path)
            filesystem.replace(earlier, report)
            return True
    return False


def _place(path: Path, identity: str, parts: Sequence[Path]) -> Path | None:
    """Where the file of this identity is: at `path`, or under a hidden name."""
    near = [path, *(p for p in parts if _tag(p) == ASIDE and p.suffix == path.suffix[:12])]
    return next((p for p in near if p.is_file() and is_file_of(p, identity)), None)


def _remove_new(report: Path, finished: Sequence[Path], *, keep: Collection[str]) -> None:
    """Removes what the killed run had already given its name, if the earlier result has no file of that name."""
    for new in finished:
        for name, identity in _listed(new).items():
            path = report.with_name(name)
            if name not in keep and path.is_file() and not path.is_symlink() and is_file_of(path, identity):
                filesystem.unlink(path)


def _listed(part: Path) -> dict[str, str]:
    return dict(listed_files(part.read_bytes())) if part.stat().st_size <= MAX_REPORT_BYTES else {}


def _tag(part: Path) -> str:
    """The letter before the process' number."""
    letter = part.name.rsplit(".part", 1)[0].rsplit(".", 1)[1][:1]
    return letter if letter.isalpha() else ""
