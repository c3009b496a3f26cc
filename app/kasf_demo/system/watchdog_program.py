"""A program: reads `+ NUMBER SECONDS` (a process and when it was started) and `- NUMBER` from its standard input; at
the end of it, kills the groups of the processes that are left. `trees`: what they started, as on Windows.

On Linux and macOS it needs no packages, so that it starts in milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def kill(number: int, started_s: float) -> None:
    """Kills the group of a process."""
    if sys.platform != "win32" and "trees" not in sys.argv:
        with contextlib.suppress(OSError):
            os.killpg(number, signal.SIGKILL)
    else:
        from kasf_demo.system.processes import kill_group

        kill_group(number, started_s)


def main() -> None:
    """The program."""
    watched: dict[int, float] = {}
    for line in sys.stdin:
        words = line.split()
        if words[0] == "+":
            watched[int(words[1])] = float(words[2])
        else:
            watched.pop(int(words[1]), None)
    for number, started_s in watched.items():
        kill(number, started_s)


if __name__ == "__main__":
    main()
