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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CLI = [sys.executable, "-c", "from kasf_demo.cli import main; main()"]
LIMIT_S = 120.0  # on a machine that is busy; what must be fast says so


@dataclass
class Run:
    """One command and what it must do. `report` are values of the JSON by dotted path; `says` is in stderr or the
    warnings."""

    clip: str
    code: int = 0
    args: list[str] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    says: str = ""
    mib: float | None = None
    rising: bool = False


def frames(name: str, n: int) -> Run:
    return Run(name, report={"counts.frames": n})


N = "tests/kasf_demo"
K = "tests/kasportsformer"
ROWS: dict[str, list[Run | str]] = {
    "B001": [Run("zero.mp4", 4, says="empty (0 bytes)")],
    "B003": [
        Run("trunc_half_faststart.mp4", says="damaged or cut off", report={"truncated": True}),
        Run("trunc_half_faststart.mp4", 4, ["--strict"]),
    ],
    "B004": [
        Run("corrupt_mid.mp4", report={"counts.frames": 60}, says="damaged"),
        Run("corrupt_mid.mp4", 4, ["--strict"]),
    ],
    "B006": [Run("corrupt_moov.mp4", 4)],
    "B007": [Run("nokey.mp4", 4)],
    "B009": [Run("jpegname.mp4", 4, says="JPEG")],
    "B010": [Run("audio_only.mp4", 4, says="audio only")],
    "B012": [Run("stszbomb.mp4", 4, mib=300)],
    "B013": [Run("liedims.mp4", report={"video.width": 160})],
    "B015": [frames("frag.mp4", 30)],
    "B016": [Run("frag_trunc.mp4", 4)],
    "B018": [Run("reschange.ts", says="size")],
    "B019": [Run("twovideo.mkv", says="--stream"), Run("twovideo.mkv", 0, ["--stream", "1"])],
    "B021": [
        Run("hls.mp4", 4, says="playlist"),
        Run("hls.m3u8", 4),
        f"{N}/video/test_reader_bad.py::test_playlists_reach_no_network",
    ],
    "B022": [Run("hlslocal.m3u8", 4)],
    "B024": [frames("f1.mp4", 1)],
    "B025": [frames("f2.mp4", 2)],
    "B027": [frames("f27.mp4", 27)],
    "B028": [frames("f28.mp4", 28)],
    "B030": [frames("f54.mp4", 54)],
    "B031": [frames("f55.mp4", 55)],
    "B033": [Run("odd.mp4", report={"video.width": 161})],
    "B034": [Run("px1.mkv", 4, says="16 px")],
    "B036": [Run("wide.mp4", says="nobody")],
    "B037": [Run("k8.mp4", mib=2500)],
    "B039": [Run("anam.mp4", report={"video.sample_aspect_ratio": "4/3"})],
    "B040": [Run("rot90.mp4", report={"video.width": 120, "video.height": 160})],
    "B042": [Run("rot270.mp4", report={"video.width": 120, "video.height": 160})],
    "B043": [Run("hflipmeta.mp4", report={"video.mirrored": True, "video.rotation_deg": 0})],
    "B045": [Run("hevc10.mp4")],
    "B046": [Run("hdr10.mp4", says="HDR")],
    "B048": [Run("alpha.webm"), Run("prores_alpha.mov")],
    "B049": [frames("a.gif", 10)],
    "B051": [Run("m.avi")],
    "B052": [Run("gray.mp4")],
    "B054": [frames("av1.mp4", 30)],
    "B055": [Run("seq/%03d.png", 4), Run("seq", 4, ["--out", "{out}/folder"])],
    "B057": [Run("vfr_drift.mp4", rising=True)],
    "B058": [Run("negts.mkv", report={"counts.frames": 30}, rising=True)],
    "B060": [Run("raw.h264", says="--fps"), Run("raw.h264", 0, ["--fps", "30"], {"video.fps": "30"})],
    "B061": [
        Run("fps240.mp4", report={"video.fps": "240"}),
        Run("fps1000.mp4", report={"video.fps": "1000"}),
        Run("fps1.mp4", says="frames/s"),
        Run("ntsc.mp4", report={"video.fps": "30000/1001"}),
    ],
    "B063": [Run("leaves_returns.mp4", report={"counts.frames": 90})],
    "B064": [Run("crossing.mp4", 0, ["--athlete", "all"]), f"{N}/tracking/test_tracker.py"],
    "B066": [Run("tiny_person.mp4")],
    "B067": [Run("half_body.mp4")],
    "B069": [Run("sp ace.mp4"), Run("quo'te\".mp4"), Run("$(touch pwn).mp4")],
    "B070": [Run("new\nline.mp4")],
    "B072": [Run("pct%03d.mp4")],
    "B073": [Run("./concat:a.mp4"), Run("./http:x.mp4"), Run("http:x.mp4")],
    "B075": [Run("=cmd|calc!A1.mp4"), f"{N}/batch/test_parts.py::test_hostile_names_in_the_summaries"],
    "B076": [Run("<img src=x onerror=alert(1)>.mp4"), f"{N}/batch/test_parts.py::test_hostile_names_in_the_gallery"],
    "B078": [
        Run("noext"),
        Run("UPPER.MP4"),
        Run(".hidden.mp4"),
        f"{N}/batch/test_discover.py::test_a_folder_is_searched_to_the_bottom",
    ],
    "B079": [Run("bad\udcff\udcfename.mp4")],
    "B081": [Run("loopA.mp4", 4, says="loop"), f"{N}/batch/test_discover.py::test_patterns_and_files"],
    "B082": [
        Run("dangling.mp4", 4),
        Run("isdir.mp4", 4, ["--out", "{out}/folder"]),
        Run("fifo.mp4", 4, says="regular"),
    ],
    "B084": [f"{N}/batch/test_discover.py::test_paths_that_leave_the_manifests_folder"],
    "B085": [f"{N}/video/test_writer_failures.py::test_a_folder_that_takes_no_files", f"{N}/files/test_atomic.py"],
    "B087": [
        Run("good.mp4", 2, ["--out", "good.mp4"]),
        Run("good.mp4", 2, ["--out", "./good.mp4"]),
        Run("good.mp4", 2, ["--out", "link.mp4"]),
        f"{N}/cli/test_app.py::test_bad_requests",
    ],
    "B088": [f"{N}/batch/test_run.py::test_other_peoples_files_are_not_replaced", f"{N}/files/test_atomic.py"],
    "B090": [Run("good.mp4", 6, ["--out", "none/r.mp4"]), Run("good.mp4", 6, ["--out", "zero.mp4/r.mp4"])],
    "B091": [f"{N}/video/test_writer_failures.py::test_wrong_frames"],
    "B093": [f"{N}/cli/test_app.py::test_interrupted", f"{N}/batch/test_run.py::test_interrupted"],
    "B094": [f"{N}/batch/test_run.py::test_two_runs_at_once"],
    "B096": [f"{N}/batch/test_run.py::test_faults_are_their_clips_alone"],
    "B097": ["broken pipe"],
    "B099": [f"{N}/video/test_reader.py::test_fingerprint_sees_a_change"],
    "B100": [
        f"{K}/test_checkpoint.py::test_not_a_checkpoint",
        f"{K}/test_checkpoint.py::test_truncated",
        f"{N}/weights/test_store.py::test_quota_page_in_the_cache_is_named_as_such",
    ],
    "B102": [
        f"{K}/test_hostile_files.py::test_raw_pickle_that_runs_code",
        f"{K}/test_hostile_files.py::test_zip_pickle_that_runs_code",
    ],
    "B103": [
        f"{K}/test_hostile_files.py::test_python_objects_get_a_convert_hint",
        f"{K}/test_checkpoint.py::test_numpy_numbers_are_refused_with_a_hint_that_works",
    ],
    "B105": [
        f"{K}/test_checkpoint.py::test_missing_and_unexpected_names_come_in_fives",
        f"{K}/test_checkpoint.py::test_wrong_window_joints_or_channels",
    ],
    "B106": [f"{K}/test_checkpoint.py::test_values_that_are_not_finite_are_counted"],
    "B108": [f"{K}/test_hostile_files.py::test_lying_safetensors_headers_allocate_nothing"],
    "B109": [
        f"{N}/weights/test_store.py::test_wrong_hash_in_the_registry",
        f"{N}/weights/test_store.py::test_first_fetch_records_the_hash_and_the_second_load_verifies_it",
    ],
    "B111": [f"{N}/weights/test_download.py", f"{N}/weights/test_store.py::test_two_processes_fetch_one_copy"],
    "B112": [f"{N}/export/test_csv_joints.py"],
    "B114": [f"{N}/batch/test_parts.py::test_hostile_names_in_the_summaries"],
    "B115": [f"{N}/batch/test_parts.py::test_hostile_names_in_the_summaries"],
    "B117": [f"{N}/evaluate/test_files.py::test_what_is_no_npz"],
}


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
