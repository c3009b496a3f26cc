"""One run at a time in a folder. A system lock (flock) on a file that also names the owner.

The lock ends with the processes that hold it, however they end, so it cannot become stale: a killed run leaves only its
name in the file. The workers hold it too: a new run begins when the last worker of a killed one is gone.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from kasf_demo.errors import OutputError, printable
from kasf_demo.files.atomic import output_error

_PATIENCE_S = 15.0  # for the workers of a run that was killed
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


class FolderLock:
    """Context manager. Workers inherit `descriptor`; `took_over` names an earlier run that did not end normally, if
    any.

    Raises OutputError if another run uses the folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.descriptor = -1
        self.took_over: str | None = None
        self.unsupported = False  # the file system has no locks

    def __enter__(self) -> FolderLock:
        try:
            self.descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as e:
            raise output_error(e, self._path) from e
        try:
            self._take()
            former = self._owner()
            if former:
                self.took_over = _described(former)
            self._write(
                {
                    "pid": os.getpid(),
                    "host": socket.gethostname(),
                    "since": datetime.now(UTC).isoformat(timespec="seconds"),
                }
            )
        except BaseException:
            os.close(self.descriptor)
            self.descriptor = -1
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
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as e:
            if e.errno not in _NO_LOCKS:
                raise output_error(e, self._path) from e
            self.unsupported = True
        return True

    def _owner(self) -> dict[str, Any]:
        try:
            found = json.loads(os.pread(self.descriptor, 4096, 0))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, owner: dict[str, Any] | None) -> None:
        try:
            os.ftruncate(self.descriptor, 0)
            os.pwrite(self.descriptor, json.dumps(owner).encode() if owner else b"", 0)
        except OSError as e:
            raise output_error(e, self._path) from e

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.descriptor >= 0:
            try:
                os.ftruncate(self.descriptor, 0)  # ended well
            finally:
                os.close(self.descriptor)
                self.descriptor = -1


def _described(owner: dict[str, Any]) -> str:
    return printable(f"pid {owner.get('pid')} on {owner.get('host')} since {owner.get('since')}")


def _gone(owner: dict[str, Any]) -> bool:
    """Whether the recorded owner has ended, so that only its workers can hold the lock. Also True if no owner is
    recorded yet."""
    pid = owner.get("pid")
    if not isinstance(pid, int) or pid <= 0:
        return True
    if owner.get("host") != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
