"""How many cores, and threads on them, this process should use."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kasf_demo.system.machine import usable_cores

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


def available_cores() -> list[int]:
    """The cores this process may use, and no more of them than a container's quota allows."""
    cores = usable_cores()
    quota = _quota()
    return cores[: max(1, int(quota))] if quota else cores


def fitting_threads(most: int) -> int:
    """The number of cores, at most `most` and OMP_NUM_THREADS, with which a batch limits its workers."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(most, len(available_cores()), int(asked) if asked.isdecimal() else most))


def let_waiting_threads_sleep() -> None:
    """Makes OpenMP's threads (torch's on a CPU) sleep between their shares of work unless OMP_WAIT_POLICY is set. Must
    be called before torch is imported. Spinning threads take time slices from each other if other programs use the
    cores."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS and LAPACK use one thread inside. Their threads spin while they wait for work, and factorising a banded
    matrix is thousands of small products (docs/decisions.md, "Threads")."""
    with _blas().limit(limits=1, user_api="blas"):
        yield


@functools.cache
def _blas() -> ThreadpoolController:
    """The libraries that numpy and scipy have loaded."""
    import scipy.linalg  # noqa: F401  # has a BLAS of its own
    from threadpoolctl import ThreadpoolController  # costs --help some milliseconds

    return ThreadpoolController()


def _quota() -> float | None:
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="utf-8").split()[:2]
        return int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None
