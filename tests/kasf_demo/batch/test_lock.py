"""One batch per results folder."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kasf_demo.batch.lock import FolderLock
from kasf_demo.errors import OutputError

HOLD = "import sys,time; from pathlib import Path; from kasf_demo.batch.lock import FolderLock\n"


def test_a_second_run_is_told_who_has_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "batch_files" / "lock"
    path.parent.mkdir()
    code = HOLD + "with FolderLock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(OutputError, match=f"in use by pid {holder.pid} ") as e, FolderLock(path):
        pass
    assert e.value.exit_code == 6
    holder.kill()
    holder.wait()
    with FolderLock(path) as lock:
        assert lock.took_over is not None and f"pid {holder.pid} " in lock.took_over
    with FolderLock(path) as lock:
        assert lock.took_over is None  # the last one ended well


def test_the_owner_is_read_where_the_first_byte_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows reading byte 0 fails while another process has the lock; what names the owner begins after it."""

    class Locked(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() == 0:
                raise PermissionError(13, "Permission denied")
            return super().read(size) or b""

    lock = FolderLock(tmp_path / "lock")
    with lock:
        assert (tmp_path / "lock").read_bytes().startswith(b" {")
        with Locked(tmp_path / "lock") as file:
            monkeypatch.setattr(lock, "_file", file)
            assert lock._owner()["pid"] == os.getpid()
        monkeypatch.undo()
    assert (tmp_path / "lock").read_bytes() == b""


def test_a_new_run_waits_for_the_orphans_of_a_killed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' locks end with their process, before its workers do."""
    waited: list[int] = []
    monkeypatch.setattr("kasf_demo.batch.lock.wait_for_orphans", lambda pid, within_s: waited.append(pid))
    ended = subprocess.Popen(["true"])
    ended.wait()
    owner = {"pid": ended.pid, "host": socket.gethostname(), "since": "2026-12-01T00:00:00+00:00"}
    (tmp_path / "lock").write_text(f" {json.dumps(owner)}")
    with FolderLock(tmp_path / "lock") as lock:
        assert lock.took_over is not None and waited == [ended.pid]
    (tmp_path / "lock").write_text(f" {json.dumps(owner | {'host': 'another'})}")
    with FolderLock(tmp_path / "lock") as lock:
        assert lock.took_over is not None and "on another" in lock.took_over and waited == [ended.pid]
