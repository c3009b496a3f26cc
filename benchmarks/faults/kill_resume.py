"""kill -9 in the middle of a batch, again and again: is anything lost, torn or different in the end?

    python benchmarks/faults/kill_resume.py --kills 50 --clips 20

Generated clips with their keypoints are analysed once without interruption. Then the same batch is run into another
folder and killed with SIGKILL after a random time (seeded) or soon after a new result, --kills times; after each kill
every file under a final name is checked to be whole, the inputs to be unchanged, and no process to be left. When all
clips are done, the results are removed and the rounds go on. The last run is left alone: its CSV, JSON and NPZ must
equal the uninterrupted ones byte for byte. Exit 1 if anything is not so.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "tests" / "support")]

TABLES = (".csv", ".json", ".npz")
CLI = [sys.executable, "-c", "from kasf_demo.cli import main; main()"]


def make(folder: Path, clips: int, frames: int) -> Path:
    """The clips, each different; returns their keypoints file."""
    from clips import make_clips

    return make_clips(folder, [f"{'sub/' if i % 3 == 0 else ''}c{i:02}" for i in range(clips)], frames=frames)


def command(clips: Path, out: Path, keypoints: Path, workers: int) -> list[str]:
    """The batch."""
    return [
        *CLI,
        "batch",
        str(clips),
        "--out",
        str(out),
        "--keypoints",
        str(keypoints),
        "--export",
        "npz,csv",
        "--layout",
        "3d",
        "--workers",
        str(workers),
    ]


def hashes(folder: Path, suffixes: tuple[str, ...]) -> dict[str, str]:
    """sha256 of the results, without the batch's own summaries, which tell times."""
    files = [p for p in folder.rglob("*") if p.suffix in suffixes and p.is_file() and "batch_files" not in p.parts]
    files = [p for p in files if p.name not in ("summary.csv", "summary.json") and ".part" not in p.name]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def torn(out: Path, expected: dict[str, str]) -> list[str]:
    """Files under a final name that are not whole: tables unlike the uninterrupted run's, videos that do not decode to
    the end."""
    import av

    bad = [name for name, found in hashes(out, TABLES).items() if expected.get(name) != found]
    for path in out.rglob("*.mp4"):
        if ".part" in path.name:
            continue
        try:
            with av.open(str(path)) as container:
                stream = container.streams.video[0]
                good = sum(1 for _ in container.decode(stream)) == stream.frames > 0
        except (av.FFmpegError, IndexError):
            good = False
        if not good:
            bad.append(str(path.relative_to(out)))
    for name in ("summary.json",):
        if (out / name).exists():
            json.loads((out / name).read_text())
    return bad


def left_processes(out: Path) -> list[str]:
    """What still runs and has to do with the folder, or is a worker without a parent."""
    import psutil

    left = []
    for p in psutil.process_iter(["pid", "ppid", "cmdline", "status"]):
        words = " ".join(p.info["cmdline"] or [])
        if p.info["status"] != psutil.STATUS_ZOMBIE and (
            str(out) in words or ("kasf_demo.batch.worker" in words and p.info["ppid"] == 1)
        ):
            left.append(f"{p.info['pid']} {words[:80]}")
    return left


def done(out: Path) -> list[Path]:
    """The results under their final names."""
    return [p for p in out.rglob("c*.json") if ".part" not in p.name]


def wait_for_results(process: subprocess.Popen[bytes], out: Path, before: int) -> None:
    """Until there are more results than before, or the process has ended."""
    while process.poll() is None and len(done(out)) <= before:
        time.sleep(0.02)


def rounds(work: Path, given: argparse.Namespace) -> dict[str, Any]:
    """All of it. Returns the figures."""
    keypoints = make(work / "clips", given.clips, given.frames)
    before = hashes(work / "clips", (".mp4",))
    plain, out = work / "plain", work / "killed"
    began = time.monotonic()
    subprocess.run(command(work / "clips", plain, keypoints, given.workers), check=True, capture_output=True)
    whole_s = time.monotonic() - began
    expected = hashes(plain, TABLES)
    chance, done_at_kill = random.Random(given.seed), []
    facts: dict[str, Any] = {
        "kills": 0,
        "restarts": 0,
        "torn": [],
        "left": [],
        "inputs": True,
        "uninterrupted_s": round(whole_s, 1),
    }
    while facts["kills"] < given.kills:
        words = command(work / "clips", out, keypoints, given.workers)
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if facts["kills"] % 2:  # at any time, also while networks are loaded
            time.sleep(chance.uniform(0.15, 0.95) * whole_s)
        else:  # between two results
            wait_for_results(process, out, before=len(done(out)))
            time.sleep(chance.uniform(0, 0.3) * whole_s / given.clips)
        if process.poll() is not None:  # it was faster: begin anew
            if process.returncode != 0:
                raise SystemExit(f"a re-run failed: {process.stderr.read().decode()}")  # type: ignore[union-attr]
            shutil.rmtree(out)
            facts["restarts"] += 1
            continue
        process.send_signal(signal.SIGKILL)
        process.wait()
        facts["kills"] += 1
        facts["torn"] += torn(out, expected) if out.exists() else []
        done_at_kill.append(len(done(out)))
        facts["inputs"] &= hashes(work / "clips", (".mp4",)) == before
        deadline = time.monotonic() + 5
        while (left := left_processes(out)) and time.monotonic() < deadline:
            time.sleep(0.1)
        facts["left"] += left
        print(
            f"kill {facts['kills']}: {done_at_kill[-1]} of {given.clips} done, torn {len(facts['torn'])}",
            file=sys.stderr,
            flush=True,
        )
    last = subprocess.run(command(work / "clips", out, keypoints, given.workers), capture_output=True, text=True)
    facts |= {
        "last_exit": last.returncode,
        "equal": hashes(out, TABLES) == expected,
        "tables": len(expected),
        "done_at_kill": done_at_kill,
    }
    facts["leftovers"] = [str(p) for p in out.rglob("*") if ".part" in p.name]
    return facts


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--frames", type=int, default=45)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        facts = rounds(Path(folder), given)
    print(json.dumps(facts))
    good = (
        facts["equal"]
        and facts["inputs"]
        and facts["last_exit"] == 0
        and not (facts["torn"] or facts["left"] or facts["leftovers"])
    )
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
