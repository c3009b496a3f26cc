"""Locks between processes, which end with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kasf_demo.system.locks import try_lock

HOLD = (
    "import sys; from kasf_demo.system.locks import try_lock\n"
    "file = open(sys.argv[1], 'a+b'); print(try_lock(file.fileno()), flush=True); sys.stdin.read()"
)


def test_a_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"True\n"
    with open(tmp_path / "lock", "a+b") as file:
        assert not try_lock(file.fileno())
        holder.kill()
        holder.communicate()
        assert try_lock(file.fileno())


def test_a_child_that_inherits_the_descriptor_holds_the_lock(tmp_path: Path) -> None:
    with open(tmp_path / "lock", "a+b") as file:
        assert try_lock(file.fileno())
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[file.fileno()])
    with open(tmp_path / "lock", "a+b") as file:
        assert not try_lock(file.fileno())
        child.communicate()
        assert try_lock(file.fileno())
