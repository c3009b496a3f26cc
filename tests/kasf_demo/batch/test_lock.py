"""One batch per results folder."""

from __future__ import annotations

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
