"""The same input twice, and one worker against two: are the tables identical?

    python benchmarks/faults/determinism.py [--detector yolo --detector-weights W] [--seconds 1]

The demo clips' first seconds, analysed with a real detector: by one worker, once more by one, by two. CSV, JSON and NPZ
must be equal byte for byte. Exit 1 if not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLI = [sys.executable, "-c", "from kasf_demo.cli import main; main()"]


def tables(folder: Path) -> dict[str, str]:
    """sha256 by name."""
    files = [p for p in folder.iterdir() if p.suffix in (".csv", ".json", ".npz") and p.stem != "summary"]
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detector", default="mediapipe")
    parser.add_argument("--detector-weights")
    parser.add_argument("--seconds", type=float, default=1.0)
    given = parser.parse_args()
    more = ["--detector", given.detector] + (
        ["--detector-weights", given.detector_weights] if given.detector_weights else []
    )
    found = {}
    with tempfile.TemporaryDirectory() as name:
        for run, workers in (("one", 1), ("again", 1), ("two", 2)):
            words = [
                *CLI,
                "batch",
                str(ROOT / "demo_videos" / "*.mp4"),
                "--out",
                str(Path(name) / run),
                "--workers",
                str(workers),
            ]
            words += ["--export", "npz,csv", "--end", str(given.seconds), "--no-video", "--offline", *more]
            subprocess.run(words, check=True, capture_output=True)
            found[run] = tables(Path(name) / run)
    differ = sorted(n for n, value in found["one"].items() if not value == found["again"].get(n) == found["two"].get(n))
    print(json.dumps({"detector": given.detector, "tables": len(found["one"]), "differ": differ}))
    sys.exit(1 if differ or not found["one"] else 0)


if __name__ == "__main__":
    main()
