"""Pipes between processes."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import IO

from kasf_demo.system import WINDOWS

PIPE_BYTES = 1 << 20


def widen(pipe: IO[bytes] | None) -> None:
    """Enlarges a pipe from 64 kB to 1 MB, for fewer context switches. Linux only."""
    if WINDOWS or pipe is None:
        return
    import fcntl

    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):  # above the system's limit
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def print_utf8() -> None:
    """What this process prints is UTF-8, in files and pipes too: on Windows these have an encoding of their own."""
    for stream in (sys.stdout, sys.stderr):
        if WINDOWS and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def private_stdout() -> int:
    """A descriptor of standard output that only the caller has. What others print to it from now on is dropped, so that
    no library can write in between; children do not inherit it."""
    kept = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
    return kept
