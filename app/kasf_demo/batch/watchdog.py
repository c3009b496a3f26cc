"""Watchdog process: kills all worker process groups if the batch itself is killed with SIGKILL, then exits.

Workers notice their parent's end by themselves, unless they hang in a library that holds the interpreter; their ffmpeg
would notice late. The watchdog receives the workers' process groups through a pipe; the end of the pipe means that the
batch is gone.
"""

from __future__ import annotations

import contextlib
import subprocess

from kasf_demo.system.processes import own_group, watchdog_command


class Guard:
    """Started at once, in a group of its own, out of reach of what ends the batch."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            watchdog_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            **own_group(),
        )

    def watch(self, group: int, started_s: float) -> None:
        """Ends this process group if the batch ends, from now on. started_s: when, or a little before, its first
        process was started, as time.time."""
        self._tell(f"+ {group} {started_s}\n")

    def forget(self, group: int) -> None:
        """It has ended; its number may become another's."""
        self._tell(f"- {group}\n")

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
