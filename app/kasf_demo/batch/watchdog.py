"""Watchdog process: kills all worker process groups if the batch itself is killed with SIGKILL, then exits.

Workers notice their parent's end by themselves, unless they hang in a library that holds the interpreter; their ffmpeg
would notice late. The watchdog receives the workers' process groups through a pipe; the end of the pipe means that the
batch is gone.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys

_PROGRAM = f"""
import os, sys
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for group in groups:
    try:
        os.killpg(group, {int(signal.SIGKILL)})
    except OSError:
        pass
"""


class Guard:
    """Started at once, in a session of its own, out of reach of what ends the batch."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def watch(self, group: int) -> None:
        """Ends this process group if the batch ends, from now on."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """It has ended; its number may become another's."""
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        # the watchdog was killed: workers then detect the end of the batch themselves
        with contextlib.suppress(OSError):
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def close(self) -> None:
        """Ends it. May be called twice."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
