"""Two commands in turn, so that whatever else the machine does meets both alike: wall time, CPU time and peak memory of
whole processes, start included.

    python benchmarks/speed/paired.py ultralytics|table|feet|refine [--clip FILE] [--detector yolo|mediapipe]
        [--pairs 5] [--loops N] [--json FILE]

- `ultralytics`: this program's whole 3D job against ultralytics' own 2D `yolo pose predict save=True`, same model (with
  --detector mediapipe: against the same command of theirs);
- `table`: that for the 720p and the 1080p clip of ../shared, both detectors, idle and beside two busy loops: 8 rows,
  the table of docs/performance.md;
- `feet`: with the feet against `--feet off`;
- `refine`: with the body fit against `--no-refine`.

Printed: every pair, the medians, and the ratio first / second of the medians. `--loops N` runs N busy loops beside all
of it. The first pair is not counted: it fills the caches.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
SHARED_YOLO = ROOT.parent / "shared" / "weights" / "yolov8n-pose_int8_openvino_model"
YOLO = os.environ.get("KASF_BENCHMARK_YOLO", str(SHARED_YOLO))
CLIP = ROOT / "demo_videos" / "soccer_kick.mp4"
TABLE_CLIPS = ("skating_720p", "running_1080p")  # of ../shared/videos
TABLE_LOOPS = (0, 2)
ULTRALYTICS = "import sys; sys.argv[0] = 'yolo'; from ultralytics.cfg import entrypoint; entrypoint()"


def our_command(clip: Path, detector: str, out: Path, *more: str) -> list[str]:
    chosen = ["--detector", "yolo", "--detector-weights", YOLO] if detector == "yolo" else ["--detector", "mediapipe"]
    return [sys.executable, "-m", "kasf_demo", str(clip), "--out", str(out), "--overwrite", *chosen, *more]


def their_command(clip: Path, out: Path) -> list[str]:
    arguments = ["pose", "predict", f"model={YOLO}", f"source={clip}", "save=True", f"project={out}", "exist_ok=True"]
    return [sys.executable, "-c", ULTRALYTICS, *arguments]


def commands(case: str, clip: Path, detector: str, folder: Path) -> dict[str, list[str]]:
    ours = our_command(clip, detector, folder / "pose.mp4")
    if case == "ultralytics":
        return {"kasf-demo": ours, "ultralytics": their_command(clip, folder / "runs")}
    option = {"feet": ("--feet", "off"), "refine": ("--no-refine",)}[case]
    return {"as it is": ours, " ".join(option): our_command(clip, detector, folder / "plain.mp4", *option)}


def measure(command: list[str], cwd: Path) -> dict[str, float]:
    """Seconds and MB of one process and what it starts."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\nexit code {process.returncode}\n{said[-2000:]}")
    wall = time.perf_counter() - start
    return {"wall_s": wall, "cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1000}


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("case", choices=("ultralytics", "table", "feet", "refine"))
    p.add_argument("--clip", type=Path, default=CLIP)
    p.add_argument("--detector", choices=("yolo", "mediapipe"))
    p.add_argument("--pairs", type=int, default=5)
    p.add_argument("--loops", type=int, default=0)
    p.add_argument("--json", type=Path)
    given = p.parse_args()
    given.detector = given.detector or ("mediapipe" if given.case == "feet" else "yolo")
    return given


Runs = dict[str, list[dict[str, float]]]  # of each command, by its name


def run_pairs(case: str, clip: Path, detector: str, pairs: int, loops: int) -> Runs:
    """Both commands in turn, `pairs` times and once more at first, beside so many busy loops."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    results: Runs = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            both = commands(case, clip.resolve(), detector, Path(folder))
            for pair in range(pairs + 1):
                for name, command in both.items():
                    one = measure(command, Path(folder))
                    if pair:
                        results.setdefault(name, []).append(one)
                        print(f"{pair}  {name:12s}  {one['wall_s']:6.2f} s  {one['cpu_s']:6.2f} CPU s", flush=True)
    finally:
        for loop in busy:
            loop.kill()
            loop.wait()
    return results


def main() -> None:
    given = arguments()
    if given.case == "table":
        return print_table(given.pairs)
    results = run_pairs(given.case, given.clip, given.detector, given.pairs, given.loops)
    report(given, results)


def medians(runs: Runs) -> dict[str, dict[str, float]]:
    return {name: {key: median(run[key] for run in each) for key in each[0]} for name, each in runs.items()}


def print_table(pairs: int) -> None:
    """A row for each clip, detector and load; each pair of commands is run as for `ultralytics`."""
    rows = []
    for name, detector, loops in itertools.product(TABLE_CLIPS, ("yolo", "mediapipe"), TABLE_LOOPS):
        print(f"{name}, {detector}, {loops} busy loops", flush=True)
        clip = ROOT.parent / "shared" / "videos" / f"{name}.mp4"
        ours, theirs = medians(run_pairs("ultralytics", clip, detector, pairs, loops)).values()
        wall, cpu = (f"{ours[k]:.2f} | {theirs[k]:.2f} | {ours[k] / theirs[k]:.2f}" for k in ("wall_s", "cpu_s"))
        peak = f"{ours['peak_mb']:.0f} | {theirs['peak_mb']:.0f}"
        load = f"beside {loops} busy loops" if loops else "idle"
        rows.append(f"| {name} | {detector} | {load} | {wall} | {cpu} | {peak} |")
    print(f"\nmedians of {pairs} pairs: kasf-demo's whole 3D job, ultralytics' 2D with YOLOv8n int8")
    print("| clip | detector | machine | wall, s | theirs | ratio | CPU, s | theirs | ratio | peak, MB | theirs |")
    print("\n".join(["|---" * 11 + "|", *rows]))


def report(given: argparse.Namespace, results: Runs) -> None:
    middle = medians(results)
    first, second = middle.values()
    ratio = {key: first[key] / second[key] for key in first}
    print(f"\n{given.clip.name}, {given.detector}, {given.loops} busy loops, medians of {given.pairs}")
    print("| | wall, s | CPU, s | peak, MB |\n|---|---|---|---|")
    for name, value in middle.items():
        print(f"| {name} | {value['wall_s']:.2f} | {value['cpu_s']:.2f} | {value['peak_mb']:.0f} |")
    print(f"| ratio | {ratio['wall_s']:.2f} | {ratio['cpu_s']:.2f} | {ratio['peak_mb']:.2f} |")
    if given.json:
        given.json.write_text(json.dumps({"clip": given.clip.name, "runs": results, "ratio": ratio}, indent=1))


if __name__ == "__main__":
    main()
