"""Whole runs with the Windows branches, and without what Windows lacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from batches import CLI
from walker import Clip

from clips import make_clips

LACKS = """import os, sys
import filelock, psutil  # their branches for this system need it
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog"):
    sys.modules[name] = None
for name in ("killpg", "getsid", "waitid", "sched_getaffinity", "sched_setaffinity", "pread", "pwrite", "pathconf"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("O_CLOEXEC", "O_NOFOLLOW", "O_DIRECTORY"):
    delattr(os, name)
"""
BATCH = (
    "import sys; from pathlib import Path; from batches import FAULTY, batch\n"
    "from kasf_demo.batch import pool, run\n"
    "pool._GRACE_S, limit = 1.0, run._Batch._limit\n"
    "run._Batch._limit = lambda self, job, s: 8.0 if 'hang' in job.name else limit(self, job, s)\n"
    "batch(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), code=3, command=FAULTY)\n"
)


@pytest.fixture
def windows(tmp_path: Path) -> dict[str, str]:
    """The environment of processes that take the Windows branches and find only what Windows has."""
    place = tmp_path / "windows"
    place.mkdir()
    (place / "sitecustomize.py").write_text(LACKS)
    support = Path(__file__).resolve().parents[2] / "support"
    path = os.pathsep.join([str(place), str(support), os.environ.get("PYTHONPATH", "")])
    return os.environ | {"KASF_TEST_SYSTEM": "windows", "PYTHONPATH": path}


def test_a_batch_with_crashes_and_a_hang(windows: dict[str, str], tmp_path: Path) -> None:
    names = ["quick-a", "once-segv-quick", "hang", "memory", "bug"]
    keypoints = make_clips(tmp_path / "in", names)
    out = tmp_path / "out"
    command = [sys.executable, "-c", BATCH, str(tmp_path / "in"), str(out), str(keypoints)]
    done = subprocess.run(command, env=windows, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads((out / "summary.json").read_text())["clips"]}
    assert {n for n, r in rows.items() if r["status"] == "done"} == {"quick-a", "once-segv-quick"}
    assert "no end after 8 s" in rows["hang"]["error"] and "out of memory" in rows["memory"]["error"]
    assert not [p for p in out.rglob("*") if ".part" in p.name]


@pytest.mark.slow
def test_the_main_job_and_a_batch_give_the_same_numbers(windows: dict[str, str], walk: Clip, tmp_path: Path) -> None:
    for name, env in (("here", dict(os.environ)), ("there", windows)):
        (tmp_path / name).mkdir()
        words = [str(walk[0]), "--keypoints", str(walk[1])]
        command = [*CLI, *words, "--out", str(tmp_path / name / "pose.mp4")]
        subprocess.run(command, env=env, check=True, capture_output=True)
        batch = [*CLI, "batch", *words, "--out", str(tmp_path / name / "results"), "--workers", "1"]
        subprocess.run(batch, env=env, check=True, capture_output=True)
    for table in ("pose.csv", f"results/{walk[0].stem}.csv"):
        assert (tmp_path / "there" / table).read_bytes() == (tmp_path / "here" / table).read_bytes()
    assert (tmp_path / "there" / "pose.mp4").stat().st_size > 10_000
