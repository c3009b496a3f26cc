"""One run at a time in a folder. A system lock on a file that also names the owner.

The lock ends with the processes that hold it, however they end, so it cannot become stale: a killed run leaves only its
name in the file. The workers hold it too: a new run begins when the last worker of a killed one is gone. (On Windows
they cannot, and are waited for.)
"""

from __future__ import annotations

import json
import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from kasf_demo.errors import OutputError, printable
from kasf_demo.files.atomic import output_error
from kasf_demo.system.locks import NO_LOCKS, try_lock
from kasf_demo.system.processes import is_running, wait_for_orphans

_PATIENCE_S = 15.0  # for the workers of a run that was killed
MAX_BYTES = 4096


class FolderLock:
    """Context manager. Workers inherit `descriptor`; `took_over` names an earlier run that did not end normally, if
    any.

    Raises OutputError if another run uses the folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self.descriptor = -1
        self.took_over: str | None = None
        self.unsupported = False  # the file system has no locks

    def __enter__(self) -> FolderLock:
        try:
            self._file = open(self._path, "a+b", buffering=0)
        except OSError as e:
            raise output_error(e, self._path) from e
        self.descriptor = self._file.fileno()
        try:
            self._take()
            former = self._owner()
            if former:
                self.took_over = _described(former)
                if _is_here(former):
                    wait_for_orphans(former["pid"], _PATIENCE_S)
            self._write(
                {
                    "pid": os.getpid(),
                    "host": socket.gethostname(),
                    "since": datetime.now(UTC).isoformat(timespec="seconds"),
                }
            )
        except BaseException:
            self._close()
            raise
        return self

    def _take(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not self._try():
            owner = self._owner()
            if not _gone(owner) or time.monotonic() > deadline:
                holder = _described(owner) if owner else "another process"
                raise OutputError(
                    f"in use by {holder}",
                    "wait for it or end it, or choose another --out",
                    path=self._path.parent.parent,
                )
            time.sleep(0.1)

    def _try(self) -> bool:
        try:
            return try_lock(self.descriptor)
        except OSError as e:
            if e.errno not in NO_LOCKS:
                raise output_error(e, self._path) from e
            self.unsupported = True
        return True

    def _owner(self) -> dict[str, Any]:
        assert self._file is not None
        for start in (0, 1):  # on Windows the first byte, a space, cannot be read while another process has the lock
            try:
                self._file.seek(start)
                found = json.loads(self._file.read(MAX_BYTES) or b"")
            except (OSError, ValueError):
                continue
            return found if isinstance(found, dict) else {}
        return {}

    def _write(self, owner: dict[str, Any]) -> None:
        assert self._file is not None
        try:
            self._file.truncate(0)
            self._file.write(b" " + json.dumps(owner).encode())
        except OSError as e:
            raise output_error(e, self._path) from e

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self.descriptor = None, -1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._file is not None:
                self._file.truncate(0)  # ended well
        finally:
            self._close()


def _described(owner: dict[str, Any]) -> str:
    return printable(f"pid {owner.get('pid')} on {owner.get('host')} since {owner.get('since')}")


def _is_here(owner: dict[str, Any]) -> bool:
    """Whether the owner is, or was, a process of this machine."""
    pid = owner.get("pid")
    return isinstance(pid, int) and pid > 0 and owner.get("host") == socket.gethostname()


def _gone(owner: dict[str, Any]) -> bool:
    """Whether the recorded owner has ended, so that only its workers can hold the lock. Also True if no owner is
    recorded yet."""
    pid = owner.get("pid")
    if not isinstance(pid, int) or pid <= 0:
        return True
    return _is_here(owner) and not is_running(pid)
