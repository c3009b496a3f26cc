"""The table of awkward inputs, row by row: does each behave as it should?

    python benchmarks/faults/bad_inputs.py --table ../shared/bad_inputs [--only B003,B004]

TABLE/make_bad_inputs.sh makes the files (FF names the ffmpeg; with ultralytics installed its image of a street gives
the ones with people). Rows about files are run through `kasf-demo` itself; rows about processes, weights and tables
name the tests that hold them, which are run by pytest. Always checked: no traceback, one line of error, nothing left
half written, the inputs unchanged. Exit 1 if a row fails.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bad_inputs_table import ROWS, Run

ROOT = Path(__file__).resolve().parents[2]
CLI = [sys.executable, "-c", "from kasf_demo.cli import main; main()"]
LIMIT_S = 120.0  # on a machine that is busy; what must be fast says so


def perform(run: Run, folder: Path, out: Path) -> list[str]:
    """Runs it in `folder` with results in the empty `out`; what is wrong."""
    out.mkdir()
    args = [run.clip, "--detector", "mediapipe", "--offline"]
    args += [a.replace("{out}", str(out)) for a in run.args] + (
        [] if "--out" in run.args else ["--out", str(out / "r.mp4")]
    )
    words = [*CLI, *(os.fsencode(a) for a in args)]  # type: ignore[list-item]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        peak = 0.0
        deadline = time.monotonic() + LIMIT_S
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                process.returncode, peak = os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024
                break
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                return [f"no end within {LIMIT_S:g} s"]
            time.sleep(0.02)
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    return list(wrong(run, process.returncode, said, peak, out))


def wrong(run: Run, code: int, said: str, peak: float, out: Path) -> Any:
    """What is not as it should be."""
    if code != run.code:
        yield f"exit {code}, expected {run.code}: {said[-300:]}"
    if "Traceback" in said:
        yield "a traceback"
    if code and sum(line.startswith("error: ") for line in said.splitlines()) != 1:
        yield f"not one line of error: {said[-300:]}"
    if run.mib is not None and peak > run.mib:
        yield f"{peak:.0f} MiB"
    left = [p for p in out.rglob("*") if p.is_file()]
    if any(".part" in p.name for p in left) or (code and "{out}" not in "".join(run.args) and left):
        yield f"left {[p.name for p in left]}"
    report: dict[str, Any] = json.loads((out / "r.json").read_text()) if (out / "r.json").exists() else {}
    if code == 0 and not report:
        yield "no JSON"
    if run.says and run.says not in said + " ".join(report.get("warnings", [])):
        yield f"does not say {run.says!r}: {said[-300:]}"
    for path, expected in run.report.items():
        value: Any = report
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value != expected:
            yield f"{path} is {value!r}, expected {expected!r}"
    if code == 0 and report:
        with open(out / "r.csv", newline="") as file:
            times = {int(row["frame"]): float(row["time_s"]) for row in csv.DictReader(file)}
        if len(times) != report["counts"]["frames"]:
            yield f"{len(times)} frames in the table, {report['counts']['frames']} in the JSON"
        if run.rising and not all(times[i] < times[i + 1] for i in range(len(times) - 1)):
            yield "times do not rise"


def broken_pipe() -> list[str]:
    """`| head -1`, and a closed stdin."""
    line = f'{sys.executable} -c "from kasf_demo.cli import main; main()" weights list'
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; ({line} <&-) | head -1"], capture_output=True, text=True, timeout=60
    )
    return [done.stderr] if "Traceback" in done.stderr or "rror" in done.stderr else []


def make(table: Path, folder: Path) -> None:
    """The files of the table, made by the ffmpeg that comes with kasf-demo: a system's own may be too old to write a
    rotation."""
    import imageio_ffmpeg

    found = importlib.util.find_spec("ultralytics")
    picture = Path(found.origin).parent / "assets" / "bus.jpg" if found and found.origin else Path("none")
    env = os.environ | {"FF": imageio_ffmpeg.get_ffmpeg_exe(), "PERSON_JPG": str(picture)}
    subprocess.run(["bash", str(table / "make_bad_inputs.sh"), str(folder)], env=env, capture_output=True, check=False)


def hashes(folder: Path) -> dict[str, str]:
    """Of all regular files."""
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", type=Path, default=ROOT.parent / "shared" / "bad_inputs")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    if not (given.table / "make_bad_inputs.sh").exists():
        print(json.dumps({"skipped": f"no {given.table}"}))
        return
    rows = {k: v for k, v in ROWS.items() if not given.only or k in given.only.split(",")}
    listed = [
        line.split("\t")[0]
        for line in (given.table / "bad_inputs.tsv").read_text().splitlines()
        if line.startswith("B")
    ]
    failed: dict[str, list[str]] = {row: ["is in no check"] for row in listed if row not in ROWS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "bad"
        make(given.table, folder)
        before = hashes(folder)
        runs = [(row, check) for row, checks in rows.items() for check in checks if isinstance(check, Run)]
        with ThreadPoolExecutor(given.jobs) as pool:
            found = pool.map(lambda item: perform(item[1][1], folder, Path(name) / f"out{item[0]}"), enumerate(runs))
            for (row, check), bad in zip(runs, found, strict=True):
                if bad:
                    failed.setdefault(row, []).append(f"{check.clip!r} {check.args}: {'; '.join(bad)}")
                    print(row, failed[row][-1], file=sys.stderr, flush=True)
        if hashes(folder) != before:
            failed.setdefault("C00", []).append("an input changed, or a file was made beside them")
    tests = sorted({check for checks in rows.values() for check in checks if isinstance(check, str) and ".py" in check})
    if "B097" in rows and (bad := broken_pipe()):
        failed.setdefault("B097", []).extend(bad)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True) if tests else None
    if done is not None and done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        for row, checks in rows.items():
            bad = [c for c in checks if isinstance(c, str) and any(c in line for line in lines)]
            if bad:
                failed.setdefault(row, []).extend(bad)
        failed.setdefault("C00", []).append(done.stdout[-800:])
    print(json.dumps({"rows": len(rows), "runs": len(runs), "tests": len(tests), "failed": failed}))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
