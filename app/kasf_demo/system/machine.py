"""What the machine offers this process: cores, memory, limits."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Collection
from pathlib import Path

from kasf_demo.errors import OutOfMemoryError
from kasf_demo.system import WINDOWS

# Bytes that a process may map (ulimit -v). With less a run cannot end well: libraries that want memory while they start
# threads abort. With somewhat more it ends with the same exit code where memory runs out (docs/decisions.md, "Memory")
MIN_ADDRESS_SPACE = 1_500_000_000


def usable_cores() -> list[int]:
    """Numbers of the cores that this process may use, whatever a container's quota is."""
    if not WINDOWS and hasattr(os, "sched_getaffinity"):  # Linux
        return sorted(os.sched_getaffinity(0))
    if WINDOWS:
        import psutil

        with contextlib.suppress(psutil.Error, OSError):
            return sorted(psutil.Process().cpu_affinity() or [])
    return list(range(os.cpu_count() or 1))


def keep_to_cores(cores: Collection[int], *, all_threads: bool = False) -> None:
    """Keeps this process to these cores, where the system can (Linux, Windows). all_threads: those that run already
    too, which Windows does anyway."""
    if WINDOWS:
        import psutil

        with contextlib.suppress(psutil.Error, OSError, ValueError, AttributeError):
            psutil.Process().cpu_affinity(list(cores))
    elif hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            for thread in os.listdir("/proc/self/task") if all_threads else ["0"]:
                os.sched_setaffinity(int(thread), cores)


def offer_memory_first() -> None:
    """When memory runs out, the system is to end this process before others. Linux only."""
    if sys.platform.startswith("linux") and not WINDOWS:
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("500", encoding="utf-8")


def free_memory() -> int | None:
    """Bytes that can be had without swapping, whatever a container's limit is; None if the system does not report
    it."""
    import psutil

    try:
        return int(psutil.virtual_memory().available)
    except (psutil.Error, OSError, RuntimeError, KeyError):
        return None


def address_space_limit() -> int | None:
    """Bytes that this process may map (ulimit -v); None for no limit. Windows has none."""
    if WINDOWS:
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def check_address_space() -> None:
    """Raises OutOfMemoryError if the limit of this process is too low for any clip."""
    limit = address_space_limit()
    if limit is not None and limit < MIN_ADDRESS_SPACE:
        what = f"out of memory: this process may use {limit / 1e9:.1f} GB, and needs at least {MIN_ADDRESS_SPACE / 1e9}"
        raise OutOfMemoryError(f"{what} GB", "raise the limit (ulimit -v), or use a machine with more memory")


def user_tag() -> str:
    """Tells the users of this machine apart, in names of files."""
    if WINDOWS or not hasattr(os, "getuid"):
        import getpass

        try:
            return "".join(c for c in getpass.getuser() if c.isalnum()) or "user"
        except (OSError, KeyError, ImportError):
            return "user"
    return str(os.getuid())
