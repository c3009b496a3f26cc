"""No network, and no file outside the output folder and the cache.

    python benchmarks/faults/sandbox.py [--detector mediapipe]

The cache is warmed by one run. Then a clip, and a batch, are run again in namespaces of their own: no network interface
is there, and the whole file system is an overlay that keeps every file written, wherever it is. Only the output folder
and the cache are the real ones. What the overlay holds afterwards was written elsewhere. Needs root (or the right to
make namespaces) on Linux; says SKIPPED and exits 0 otherwise. Exit 1 if a run fails or anything was written elsewhere.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLI = [sys.executable, "-c", "from kasf_demo.cli import main; main()"]
# In it nothing can be reached but files: no interface is up, not even the loopback one
SCRIPT = """
set -e
stage=$1; out=$2; cache=$3; here=$4; shift 4
mount -t tmpfs none "$stage"; mkdir "$stage/upper" "$stage/work" "$stage/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$stage/upper,workdir=$stage/work" "$stage/root"
for real in /proc /dev "$out" "$cache"; do mount --rbind "$real" "$stage/root$real"; done
code=0
chroot "$stage/root" /bin/sh -c 'cd "$1"; shift; exec "$@"' - "$here" "$@" || code=$?
(cd "$stage/upper" && find . -type f -o -type l | sort) > "$out/.written"
exit $code
"""


def isolated(words: list[str], out: Path, cache: Path, stage: Path, home: Path) -> tuple[int, str, list[str]]:
    """Runs a command so: (exit status, the end of its stderr, files written elsewhere)."""
    env = os.environ | {"KASF_CACHE": str(cache), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "YOLO_CONFIG_DIR"):
        env.pop(name, None)
    full = [
        "unshare",
        "--net",
        "--mount",
        "bash",
        "-c",
        SCRIPT,
        "-",
        str(stage),
        str(out),
        str(cache),
        str(home),
        *words,
    ]
    done = subprocess.run(full, capture_output=True, text=True, env=env, timeout=600)
    listing = out / ".written"
    written = listing.read_text().splitlines() if listing.exists() else []
    listing.unlink(missing_ok=True)
    return done.returncode, done.stderr[-400:], written


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detector", default="mediapipe")
    parser.add_argument("--detector-weights")
    given = parser.parse_args()
    if (
        not shutil.which("unshare")
        or subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True).returncode
    ):
        print(json.dumps({"skipped": "namespaces cannot be made here"}))
        return
    results, bad = {}, False
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        clips, cache, home = work / "clips", work / "cache", work / "home"
        for folder in (clips, cache, home):
            folder.mkdir()
        shutil.copy(ROOT / "demo_videos" / "run_past.mp4", clips)
        options = ["--detector", given.detector, "--end", "0.5", "--export", "npz,bvh"]
        options += ["--detector-weights", given.detector_weights] if given.detector_weights else []
        warm = [*CLI, str(clips / "run_past.mp4"), "--out", str(work / "warm.mp4"), *options]
        subprocess.run(warm, check=True, capture_output=True, env=os.environ | {"KASF_CACHE": str(cache)})
        for what, words in (("clip", [str(clips / "run_past.mp4")]), ("batch", ["batch", str(clips)])):
            out, stage = work / f"out-{what}", work / f"stage-{what}"
            out.mkdir()
            stage.mkdir()
            target = out / "r.mp4" if what == "clip" else out / "r"
            code, said, written = isolated([*CLI, *words, "--out", str(target), *options], out, cache, stage, home)
            results[what] = {"exit": code, "written_elsewhere": written} | ({"said": said} if code else {})
            bad |= code != 0 or bool(written) or not list(out.rglob("*.json"))
    print(json.dumps(results))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
