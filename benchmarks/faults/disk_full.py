"""A disk that fills up at every stage: exit 6, one line, nothing partial under a final name, earlier results intact.

    python benchmarks/faults/disk_full.py [--steps 12]

A clip is analysed (video, CSV, NPZ, BVH, JSON) into a file system of its own that is too small, by ever less, so that
each file in turn is the one that does not fit; then as a batch. An earlier result lies there already. Where no file
system can be mounted (needs root on Linux) a limit on the size of files stands in, which only large files meet. Exit 1
if anything is not so.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "tests" / "support")]
CLI = [sys.executable, "-c", "from kasf_demo.cli import main; main()"]
# The file system is there as long as this lives: what is in it afterwards is copied out before
SCRIPT = """
mount -t tmpfs -o "size=$1" none "$2"; cp "$3"/* "$2"; place=$2; result=$4; shift 4
"$@"; code=$?
cp -a "$place/." "$result"; exit $code
"""


def can_mount() -> bool:
    """Whether a file system can be mounted here."""
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


def attempt(words: list[str], size: int, disk: Path, earlier: Path, result: Path, mount: bool) -> tuple[int, str]:
    """Runs a command whose results go to `disk`, which holds `size` bytes (or files up to it); what is there then is in
    `result`."""
    result.mkdir()
    if mount:
        full = [
            "unshare",
            "--mount",
            "bash",
            "-c",
            SCRIPT,
            "-",
            str(size),
            str(disk),
            str(earlier),
            str(result),
            *words,
        ]
        done = subprocess.run(full, capture_output=True, text=True, timeout=300)
    else:
        for path in disk.iterdir():
            path.unlink()
        limit: Callable[[], None] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))  # noqa: E731
        subprocess.run(["cp", "-a", f"{earlier}/.", str(disk)], check=True)
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, preexec_fn=limit)
        subprocess.run(["cp", "-a", f"{disk}/.", str(result)], check=True)
    return done.returncode, done.stderr


def wrong(code: int, said: str, result: Path, whole: dict[str, str], earlier: dict[str, str]) -> list[str]:
    """What is not as it should be."""
    bad = []
    found = {
        str(p.relative_to(result)): hashlib.sha256(p.read_bytes()).hexdigest() for p in result.rglob("*") if p.is_file()
    }
    if {k: v for k, v in found.items() if k in earlier} != earlier:
        bad.append("an earlier result changed")
    for name, value in found.items():
        if ".part" in name:
            bad.append(f"left {name}")
        elif name in whole and whole[name] != value and not name.endswith(".mp4"):
            bad.append(f"{name} is not whole")
    if code not in (0, 6) or "Traceback" in said:
        bad.append(f"exit {code}: {said[-300:]}")
    if code == 6 and sum(line.startswith("error: ") for line in said.splitlines()) < 1:
        bad.append(f"no line of error: {said[-300:]}")
    if code == 0 and not set(whole) <= set(found):
        bad.append("exit 0 without all files")
    return bad


def stages(
    what: str, words: list[str], disk: Path, earlier: Path, work: Path, steps: int, mount: bool
) -> dict[str, Any]:
    """Sizes from nearly nothing to nearly enough. Returns the figures."""
    before = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in earlier.iterdir()}
    code, said = attempt(words, 1 << 30, disk, earlier, work / f"{what}-whole", mount)
    if code:
        raise SystemExit(f"with room enough: exit {code}: {said}")
    files = {p: p.stat().st_size for p in (work / f"{what}-whole").rglob("*") if p.is_file()}
    own = ("journal.jsonl", "lock", "summary.json", "summary.csv", "index.html", "failures.txt")  # tell of the failure
    whole = {
        str(p.relative_to(work / f"{what}-whole")): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in files
        if p.name not in own
    }
    total, there = (
        sum(-(-n // 4096) * 4096 for n in sizes)
        for sizes in (files.values(), [p.stat().st_size for p in earlier.iterdir()])
    )
    codes, failed = [], []
    for i in range(steps):
        size = (
            int(there + (total - there) * i / steps) + 16384
            if mount
            else int(max(files.values()) * (i + 0.5) / (steps + 1))
        )
        code, said = attempt(words, size // 4096 * 4096, disk, earlier, work / f"{what}{i}", mount)
        codes.append(code)
        failed += [f"{size} bytes: {text}" for text in wrong(code, said, work / f"{what}{i}", whole, before)]
    return {"sizes": steps, "exit_codes": codes, "failed": failed}


def main() -> None:
    """The program."""
    from walker import walking_coco, write_clip

    from clips import make_clips

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=12)
    given = parser.parse_args()
    mount = can_mount()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        disk, earlier = work / "disk", work / "earlier"
        disk.mkdir()
        earlier.mkdir()
        keypoints = make_clips(work / "clips", ["a"], frames=90)
        write_clip(earlier / "earlier.mp4", [walking_coco(10)])
        (earlier / "earlier.csv").write_text("frame\n0\n")
        (earlier / "earlier.json").write_text("{}\n")
        common = ["--keypoints", str(keypoints), "--export", "npz,bvh", "--quiet"]
        clip = [*CLI, str(work / "clips" / "a.mp4"), "--out", str(disk / "a.mp4"), *common]
        batch = [*CLI, "batch", str(work / "clips"), "--out", str(disk), *common]
        os.environ["KASF_CACHE"] = os.environ.get("KASF_CACHE", str(Path.home() / ".cache" / "kasf-demo"))
        found = {"file system": mount, "clip": stages("clip", clip, disk, earlier, work, given.steps, mount)}
        if mount:  # a limit would also stop the journal, which is not what is to be seen
            found["batch"] = stages("batch", batch, disk, earlier, work, given.steps, mount)
    print(json.dumps(found))
    parts = [part for part in found.values() if isinstance(part, dict)]
    sys.exit(1 if any(part["failed"] for part in parts) or not any(6 in part["exit_codes"] for part in parts) else 0)


if __name__ == "__main__":
    main()
