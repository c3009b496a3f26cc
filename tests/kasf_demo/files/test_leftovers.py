"""Hidden files of processes that are gone, and of no others."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from kasf_demo.files.atomic import part_path
from kasf_demo.files.leftovers import remove_leftovers


def test_leftovers_of_the_dead_only(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    mine = part_path(tmp_path / "a.mp4", "v")
    dead = tmp_path / mine.name.replace(str(os.getpid()), str(gone.pid))
    others = [tmp_path / ".a.part.mp4", tmp_path / "b.mp4", tmp_path / ".c.x1-123.part.csv"]
    for path in (mine, dead, *others):
        path.touch()
    assert remove_leftovers([tmp_path, tmp_path / "none"]) == [dead]
    assert mine.exists() and all(p.exists() for p in others)
    os.utime(mine, (1e9, 1e9))  # older than this process: its number was another's then
    assert remove_leftovers([tmp_path]) == [mine]
    mine.touch()
    assert remove_leftovers([tmp_path], stem="b") == [] and remove_leftovers([tmp_path], stem="a") == [mine]
