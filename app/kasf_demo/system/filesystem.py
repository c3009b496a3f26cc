"""Renaming and removing files as Linux does it: whatever the target's permissions are, and whoever looks at it."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from kasf_demo.system import WINDOWS

PATIENCE_S = 2.0  # for virus scanners and indexers, which open a new file for a moment


def replace(source: Path, target: Path) -> None:
    """os.replace, of a read-only target too. On Windows a file that another program has open is waited for. Raises
    OSError."""
    _insist(lambda: os.replace(source, target), target)


def unlink(path: Path) -> None:
    """os.unlink, of a read-only file too, with the same patience. Raises OSError."""
    _insist(lambda: os.unlink(path), path)


def is_in_use(error: OSError) -> bool:
    """Whether an error may mean that another program has the file open, which only Windows minds."""
    return WINDOWS and (isinstance(error, PermissionError) or getattr(error, "winerror", None) in (5, 32, 33))


def _insist(action: Callable[[], None], path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return action()
        except PermissionError:
            if not WINDOWS or os.path.isdir(path) or time.monotonic() > deadline:
                raise
        with contextlib.suppress(OSError):
            os.chmod(path, stat.S_IREAD | stat.S_IWRITE)
        time.sleep(0.05)
