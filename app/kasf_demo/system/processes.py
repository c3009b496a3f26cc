"""Processes and groups of them: a process with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kasf_demo.system import WINDOWS

if TYPE_CHECKING:
    import psutil

# exit statuses of Windows (NTSTATUS) that a crash leaves, in words
_CRASHES = {
    0xC0000005: "access violation",
    0xC0000017: "no memory",
    0xC000001D: "illegal instruction",
    0xC0000094: "division by zero",
    0xC00000FD: "stack overflow",
    0xC0000135: "a DLL is missing",
    0xC0000142: "a DLL does not start",
    0xC000013A: "Ctrl-C",
    0xC0000409: "abort",
}


def own_group() -> dict[str, Any]:
    """Arguments of Popen for a process that leads a group of its own: Ctrl-C in the terminal does not reach it, and
    `kill_group` ends it with all that it started."""
    if WINDOWS:
        flags = ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW")
        return {"creationflags": sum(getattr(subprocess, flag, 0) for flag in flags)}
    return {"start_new_session": True}


def inheriting(descriptors: Sequence[int]) -> dict[str, Any]:
    """Arguments of Popen for a process that holds the locks of these descriptors too. Windows locks belong to one
    process: none there."""
    return {} if WINDOWS else {"pass_fds": tuple(descriptors)}


def watchdog_command() -> list[str]:
    """The command of `watchdog_program`."""
    if WINDOWS:  # it needs psutil
        return [sys.executable, "-P", "-m", "kasf_demo.system.watchdog_program", "trees"]
    return [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog_program.py"))]


def ask_group_to_end(pid: int) -> bool:
    """Asks the group led by `pid` to clean up and end. False where the system has no such signal: Windows."""
    if WINDOWS:
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGTERM)
    return True


def kill_group(pid: int, started_s: float) -> None:
    """Ends the process `pid`, started at `started_s` (as time.time) or later, and all that it started, at once. It may
    have ended; it must not have been waited for, or the number may be another's."""
    if WINDOWS:
        _kill_tree(pid, started_s)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_own_group(status: int) -> None:
    """Ends this process, and all it started if it leads a group (`own_group`). Nothing is cleaned up."""
    if WINDOWS:
        _kill_tree(os.getpid(), 0, itself=False)
    elif os.getsid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(status)


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended. Its number stays reserved until it is waited for, except on macOS before Python 3.13."""
    if process.returncode is None and not WINDOWS and hasattr(os, "waitid"):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None


def is_running(pid: int) -> bool:
    """Whether a process has this number. (On Windows os.kill(pid, 0) would end it.)"""
    import psutil

    try:
        return bool(psutil.pid_exists(pid))
    except OverflowError:  # no number of a process
        return True


def started_s(pid: int) -> float | None:
    """When a process started, in seconds since 1970; None if the system does not report it."""
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except (psutil.Error, OSError, ValueError, OverflowError):
        return None


def wait_for_orphans(pid: int, within_s: float) -> None:
    """Waits until what the ended process `pid` started has ended too, for as long as `within_s`. Windows only:
    elsewhere these processes hold the locks that they inherited."""
    deadline = time.monotonic() + within_s
    while WINDOWS and _tree(pid, 0) and time.monotonic() < deadline:
        time.sleep(0.1)


def ended_by(status: int) -> str:
    """The signal or the crash that the exit status of a process stands for: `SIGSEGV`, `access violation`; empty for
    other statuses."""
    if WINDOWS:
        return _CRASHES.get(status & 0xFFFFFFFF, "")
    try:
        return signal.Signals(-status).name if status < 0 else ""
    except ValueError:
        return ""


def was_killed(status: int) -> bool:
    """Whether the system, or somebody, ended the process at once. Windows does not tell this from other ends."""
    return ended_by(status) == "SIGKILL"


def file_was_too_large(status: int) -> bool:
    """Whether a process was ended by the limit on the size of files."""
    return ended_by(status) == "SIGXFSZ"


def _kill_tree(pid: int, started_s: float, *, itself: bool = True) -> None:
    import psutil

    doomed = _tree(pid, started_s)  # noted first: what has lost its parent may get another
    with contextlib.suppress(psutil.Error, ValueError):
        if itself:
            doomed.insert(0, psutil.Process(pid))
    for process in doomed:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _tree(pid: int, started_s: float) -> list[psutil.Process]:
    """What the process `pid` started, and what these started. Windows names a parent that has ended too; older
    children than `started_s` are those of an earlier process of the same number."""
    import psutil

    everything = [p for p in psutil.process_iter(["ppid", "create_time"]) if p.info["create_time"] is not None]
    found: list[psutil.Process] = []
    parents = {pid: started_s - 1}
    while parents:
        children = [
            p
            for p in everything
            if p.info["ppid"] in parents and p.info["create_time"] >= parents[p.info["ppid"]] and p not in found
        ]
        found += children
        parents = {p.pid: p.info["create_time"] for p in children}
    return found
