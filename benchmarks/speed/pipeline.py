"""Where the time of a run goes, stage by stage, how near it is to what the cores allow, and what the written video is
worth.

    python benchmarks/speed/pipeline.py [--clip FILE...] [--case DETECTOR:NETWORK:BACKEND...] [--repeat N] [--json FILE]
    python benchmarks/speed/pipeline.py --device cuda --yolo yolov8n-pose.pt --case yolo:shipped:torch
        yolo:official:torch [--no-drawing]

Each case is the real pipeline (`kasf_demo.analyse`) in processes of its own:
- once with every stage in turn, timed at its doors (`profile_stages.py`): CPU ms per frame of all threads and, for the
  encoder, of ffmpeg;
- then as users run it, `--repeat` times: frames/s of the whole of `analyse` with loaded networks, of the best run; peak
  memory. `apart` is what the parts of a 720p frame cost when each was measured alone, before the pipeline was built, on
  another machine. `limit` is cores / the sum of the stages' CPU time per frame; `of limit` how much of it was reached.
  NETWORK is `shipped` or `official` (26 layers, dim 128, 8 heads, random weights, written into a temporary folder).
  Cold starts are processes from their start to their first frame: detected, and, of a clip one frame long, drawn and
  handed to the encoder.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kasf_demo.cores import available_cores

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared"
YOLO = SHARED / "weights" / "yolov8n-pose_int8_openvino_model"
CLIPS = [SHARED / "videos" / "skating_720p.mp4", SHARED / "videos" / "running_1080p.mp4"]
CASES = (
    "yolo:shipped:openvino",
    "yolo:shipped:torch",
    "yolo:official:openvino",
    "yolo:official:torch",
    "mediapipe:shipped:openvino",
)
START_REPEATS = 3
# Core-ms of a 720p frame, each part alone: one decoding, YOLOv8n-pose, the lifting with its mirror image in OpenVINO,
# lines with OpenCV, H.264 of a 2000x720 image piped as rgb24 (superfast; veryfast 31, ultrafast 10)
APART_MS = {"decode": 4, "decode again": 4, "detect": 26, "draw": 1, "encode": 20}
APART_LIFT_MS = {"official": 14, "shipped": 2}
# of the published demo for a 720p frame: YOLOv3 0.19, HRNet 0.24, lifting 0.015, drawing 0.56, video 0.05
PUBLISHED_S = 1.05


def official_network(folder: Path) -> Path:
    """A network of the official size with random weights: speed does not depend on their values."""
    import torch

    from kasportsformer import KASportsFormer
    from kasportsformer.checkpoint import save_safetensors

    torch.manual_seed(0)
    path = folder / "official-size.safetensors"
    save_safetensors(KASportsFormer().eval(), path)
    return path


def child(job: dict[str, Any]) -> dict[str, Any]:
    """Runs profile_stages.py on one job in a fresh process and returns what it measured."""
    done = subprocess.run(
        [sys.executable, str(HERE / "profile_stages.py"), json.dumps(job | {"started_s": time.time()})],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{job}: {done.stderr.strip()[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def measure(
    clip: Path, case: str, weights: dict[str, str], folder: Path, repeat: int, also: dict[str, Any]
) -> dict[str, Any]:
    """One case on one clip, with options `also`: the stages, the limit, the speed, the memory, the video."""
    detector, network, backend = case.split(":")
    options = {"weights": weights[network], "backend": backend, "detector": detector, "overwrite": True} | also
    if detector == "yolo":
        options["detector_weights"] = weights["yolo"]
    job = {"clip": str(clip), "out": str(folder / "pose.mp4"), "options": options}
    child(job | {"mode": "wall"})  # fills the caches: of the disk, and of converted networks
    found = child(job | {"mode": "stages"})
    runs = [child(job | {"mode": "wall"}) for _ in range(repeat)]
    best = min(runs, key=lambda run: run["wall_s"])
    frames = found["frames"]
    cpu_ms = sum(stage["cpu_ms"] for stage in found["stages"].values())
    cores = len(available_cores())
    limit = 1000 * cores / cpu_ms
    return {
        "clip": clip.name,
        "case": case,
        "frames": frames,
        "stages": found["stages"],
        "video": found["video"],
        "cpu_ms": cpu_ms,
        "cores": cores,
        "limit_fps": limit,
        "fps": frames / best["wall_s"],
        "options": also,
        "of_limit": frames / best["wall_s"] / limit,
        "run_cpu_ms": 1000 * best["cpu_s"] / frames,
        "backend": best["backend"],
        "peak_mb": max(run["peak_mb"] for run in runs),
    }


def starts(clip: Path, weights: dict[str, str], folder: Path) -> dict[str, float]:
    """Best seconds of cold starts with a warm disk."""
    found: dict[str, float] = {}
    for _ in range(START_REPEATS):
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", "from kasf_demo.cli import main; main(['--help'])"],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        found["help_s"] = min(found.get("help_s", 99), time.perf_counter() - begin)
        for name, extra in (("yolo", {"detector_weights": weights["yolo"]}), ("mediapipe", {})):
            options = {"weights": weights["shipped"], "detector": name, "overwrite": True, "end_s": 0.001} | extra
            run = child({"clip": str(clip), "out": str(folder / "pose.mp4"), "options": options, "mode": "start"})
            for key in ("first_detected_s", "first_drawn_s"):
                found[f"{name}_{key}"] = min(found.get(f"{name}_{key}", 99), run[key])
    return found


def show(row: dict[str, Any]) -> None:
    """One case as a Markdown table."""
    where = f" on {row['options']['device']}" if "device" in row["options"] else ""
    print(f"\n**{row['clip']}, {row['case']}{where}**, {row['frames']} frames\n")
    apart = apart_ms(row)
    print("| stage | CPU ms/frame | wall ms/frame | share | apart |\n|---|---|---|---|---|")
    for name, stage in row["stages"].items():
        share, known = 100 * stage["cpu_ms"] / row["cpu_ms"], apart.get(name, "")
        print(f"| {name} | {stage['cpu_ms']:.1f} | {stage['wall_ms']:.1f} | {share:.0f} % | {known} |")
    video = row["video"]
    whole = sum(apart.values()) if "detect" in apart else ""
    print(f"| sum | {row['cpu_ms']:.1f} | | | {whole} |\n")
    times = f" ({PUBLISHED_S * row['fps']:.0f} times the published demo)" if apart else ""
    print(
        f"{row['fps']:.1f} frames/s{times}, limit {row['limit_fps']:.1f} ({row['cores']} cores), {row['of_limit']:.2f}"
        f" of it; peak {row['peak_mb']:.0f} MB; "
        + (
            f"SSIM {video['ssim']:.4f} (worst frame {video['ssim_min']:.4f}), {video['mbit_s']:.1f} Mbit/s"
            if video
            else "nothing drawn"
        )
    )


def apart_ms(row: dict[str, Any]) -> dict[str, int]:
    """What is known of the parts of this case; of other images than 720p nothing, of MediaPipe its detection not."""
    detector, network, _ = row["case"].split(":")
    if "720p" not in row["clip"]:
        return {}
    known = APART_MS | {"lift": APART_LIFT_MS[network]}
    return {name: ms for name, ms in known.items() if detector == "yolo" or name != "detect"}


def machine() -> str:
    """The CPU and how many of its cores there are."""
    names = [line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    return f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.is_file() else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, nargs="+", default=CLIPS)
    parser.add_argument("--case", nargs="+", default=CASES)
    parser.add_argument("--yolo", type=Path, default=YOLO, help="weights of the yolo detector; a GPU needs a .pt")
    parser.add_argument("--device", choices=("cpu", "cuda", "mps"), help="of the detector and of a network in torch")
    parser.add_argument("--no-drawing", action="store_true", help="tables only, no video")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--no-starts", action="store_true", help="leave the cold starts out")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        weights = {"shipped": "kasf-open-s", "yolo": str(args.yolo)}
        also = ({"device": args.device} if args.device else {}) | ({"video": False} if args.no_drawing else {})
        if any(":official:" in case for case in args.case):
            weights["official"] = str(official_network(folder))
        print(f"{machine()}, load {os.getloadavg()[0]:.1f} at the start, {datetime.date.today()}")
        rows = []
        for clip in args.clip:
            for case in args.case:
                rows.append(measure(clip, case, weights, folder, args.repeat, also))
                show(rows[-1])
        cold = {} if args.no_starts else starts(args.clip[0], weights, folder)
    for key, seconds in cold.items():
        print(f"{key}: {seconds:.2f}")
    if args.json:
        record = {
            "date": str(datetime.date.today()),
            "machine": machine(),
            "python": platform.python_version(),
            "starts": cold,
            "rows": rows,
        }
        args.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
