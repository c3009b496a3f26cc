"""Remove hidden `.part` files of killed processes, never while their process runs."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from kasf_demo.files.atomic import NAME_CHARS
from kasf_demo.system.processes import is_running, started_s

_PART = re.compile(r"^\.(.*)\.[a-z]?([0-9]+)-[0-9a-f]{8}\.part(\.[^.]*)?$", re.DOTALL)  # see files.part_path


def remove_leftovers(folders: Iterable[Path], *, of: int | None = None, stem: str | None = None) -> list[Path]:
    """Removes the `.part` files directly in `folders` whose process is gone, or those of the ended process `of`, or
    those of a result `stem`, whose process was on another machine. Returns them."""
    gone: list[Path] = []
    for path in (path for folder in set(folders) for path in dead_parts(folder, of=of, stem=stem)):
        with contextlib.suppress(OSError):
            path.unlink()
            gone.append(path)
    return gone


def dead_parts(folder: Path, *, of: int | None = None, stem: str | None = None) -> list[Path]:
    """The `.part` files that `remove_leftovers` would remove from `folder`; none if it cannot be read."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    matches = ((folder / name, _PART.match(name)) for name in sorted(names))
    return [path for path, match in matches if match and _dead(path, int(match[2]), of, stem)]


def stem_of(part: Path) -> str:
    """The first NAME_CHARS letters of the stem of the result that a `.part` file belongs to."""
    match = _PART.match(part.name)
    return match[1] if match else ""


def _dead(part: Path, pid: int, of: int | None, stem: str | None) -> bool:
    if of is not None:
        return pid == of
    if stem is not None:
        return part.name.startswith(f".{stem[:NAME_CHARS]}.")
    return not _alive(pid, part)


def _alive(pid: int, part: Path) -> bool:
    """Whether the process that made `part` still runs. Process ids are reused quickly in containers: a process that
    started later than the file is another one."""
    if not is_running(pid):
        return False
    started = started_s(pid)
    try:
        return started is None or started <= part.stat().st_mtime + 1
    except OSError:
        return True
