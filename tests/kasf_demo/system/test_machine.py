"""Cores, memory and limits, on this system and as on Windows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from kasf_demo.system import machine


@pytest.fixture
def restored() -> Iterator[None]:
    """The test may pin this process."""
    before = os.sched_getaffinity(0)
    yield
    os.sched_setaffinity(0, before)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("windows", [False, True])
def test_cores(windows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "WINDOWS", windows)
    cores = sorted(os.sched_getaffinity(0))
    assert machine.usable_cores() == cores
    machine.keep_to_cores(cores[:1], all_threads=not windows)
    assert machine.usable_cores() == cores[:1] == sorted(os.sched_getaffinity(0))
    machine.keep_to_cores([99_999])  # none of ours: left as it is
    assert machine.usable_cores() == cores[:1]


def test_memory() -> None:
    free = machine.free_memory()
    assert free is not None and abs(free - psutil.virtual_memory().available) < 4e9


def test_the_address_space_is_limited_by_ulimit(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from kasf_demo.system.machine import address_space_limit as limit; print(limit())"
    shell = f"ulimit -v 4000000; exec {sys.executable} -c '{code}'"
    assert subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout == "4096000000\n"
    monkeypatch.setattr(machine, "WINDOWS", True)
    monkeypatch.setitem(sys.modules, "resource", None)
    assert machine.address_space_limit() is None


def test_users_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.user_tag() == str(os.getuid())
    monkeypatch.setattr(machine, "WINDOWS", True)
    monkeypatch.setattr("getpass.getuser", lambda: "CORP\\Jane D.")
    assert machine.user_tag() == "CORPJaneD"
