"""Remove hidden `.part` files of killed processes, never while their process runs."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from kasf_demo.files.atomic import NAME_CHARS

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
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    started = _started_s(pid)
    try:
        return started is None or started <= part.stat().st_mtime + 1
    except OSError:
        return True


def _started_s(pid: int) -> float | None:
    """When a process started, in seconds since 1970, or None if /proc does not report it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        uptime_s = float(Path("/proc/uptime").read_text().split()[0])
        return time.time() - uptime_s + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
