"""How much slower a clip is analysed while other programs use the cores. A thread that spins while it waits for its
next share of work is fast on an idle machine and loses whole time slices on a busy one.

    python benchmarks/speed/under_load.py [--clip FILE] [--case DETECTOR:BACKEND[:THREADS]...] [--loops N] [--repeat N]
        [--end S]

Each case is one process that analyses the clip (`kasf_demo.analyse`, no files written) again and again: idle, then
beside `--loops` busy loops, the cases in turn, so that whatever else the machine does meets all of them alike. Printed:
seconds of the detection stage (decoding and background included, which run beside it) and of the rest, medians of
`--repeat`, and busy / idle. THREADS is for mediapipe: threads of each of its networks, to compare with the one that the
program gives them. Exit 1 if a detection is more than `--limit` times slower beside the loops, or if a case with other
threads has other keypoints.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

Item = TypeVar("Item")
HERE = Path(__file__).resolve().parent
CLIP = HERE.parents[1] / "demo_videos" / "soccer_kick.mp4"
YOLO = os.environ.get(
    "KASF_BENCHMARK_YOLO", str(HERE.parents[2] / "shared" / "weights" / "yolov8n-pose_int8_openvino_model")
)
LOOP = "while True: pass"


class StageTimes:
    """A `Progress` that measures how long each stage takes, s."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def say(self, text: str) -> None:
        pass

    def track(self, items: Iterable[Item], stage: str, total: int | None) -> Iterator[Item]:
        start = time.perf_counter()
        yield from items
        self.seconds[stage] = time.perf_counter() - start


class Case:
    """A process that holds the loaded networks of one case."""

    def __init__(self, name: str, clip: Path, end_s: float | None) -> None:
        self.name = name
        self.idle: list[dict[str, Any]] = []
        self.busy: list[dict[str, Any]] = []
        command = [
            sys.executable,
            __file__,
            "--child",
            name,
            "--clip",
            str(clip),
            *(["--end", str(end_s)] if end_s else []),
        ]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.run()  # loads the networks, fills the caches

    def run(self) -> dict[str, Any]:
        """Analyses the clip once: seconds of `detecting` and of the `rest`, and a digest of the `keypoints`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: its process ended")
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()


def child(name: str, clip: Path, end_s: float | None) -> None:
    """Analyses the clip once a line of stdin."""
    from kasf_demo import Engine, Options, analyse
    from kasf_demo.detect import mediapipe

    detector, backend, threads = [*name.split(":"), ""][:3]
    if threads:
        mediapipe.NETWORK_THREADS = int(threads)
    weights = YOLO if detector == "yolo" else None
    options = Options(detector=detector, detector_weights=weights, backend=backend, end_s=end_s, offline=True)  # type: ignore[arg-type]
    times = StageTimes()
    answers, sys.stdout = sys.stdout, sys.stderr
    with Engine(options, times) as engine:
        for _ in sys.stdin:
            start = time.perf_counter()
            result = analyse(clip, options=options, engine=engine, progress=times)
            rest = time.perf_counter() - start - times.seconds["detecting"]
            digest = hashlib.sha256(
                b"".join(p.coco.xy.tobytes() + p.coco.score.tobytes() for p in result.people)
            ).hexdigest()
            answers.write(
                json.dumps({"detecting": times.seconds["detecting"], "rest": rest, "keypoints": digest[:16]}) + "\n"
            )
            answers.flush()


@contextlib.contextmanager
def busy(loops: int) -> Iterator[None]:
    """Runs so many busy loops meanwhile."""
    running = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(loops)]
    try:
        time.sleep(0.5)
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def report(cases: list[Case], limit: float) -> int:
    """Prints the table; the exit status."""
    print(f"{'case':28}{'detection s':>24}{'':>8}{'rest s':>18}")
    print(f"{'':28}{'idle':>12}{'busy':>12}{'ratio':>8}{'idle':>10}{'busy':>8}{'ratio':>8}  keypoints")
    status = 0
    for case in cases:
        idle, load = (
            {key: median(run[key] for run in runs) for key in ("detecting", "rest")} for runs in (case.idle, case.busy)
        )
        keypoints = {run["keypoints"] for run in case.idle + case.busy}
        ratio = load["detecting"] / idle["detecting"]
        print(
            f"{case.name:28}{idle['detecting']:12.2f}{load['detecting']:12.2f}{ratio:8.2f}"
            f"{idle['rest']:10.2f}{load['rest']:8.2f}{load['rest'] / idle['rest']:8.2f}  {' '.join(sorted(keypoints))}"
        )
        is_ours = case.name.count(":") < 2  # a case with threads of its own is shown for comparison
        status |= is_ours and ratio > limit
    digests = {(case.name.split(":")[0], run["keypoints"]) for case in cases for run in case.idle + case.busy}
    return int(status or len(digests) > len({detector for detector, _ in digests}))


def main() -> int:
    """Runs the cases in turn."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--clip", type=Path, default=CLIP)
    shared = ["yolo:openvino"] if Path(YOLO).exists() else []
    parser.add_argument(
        "--case", nargs="+", default=["mediapipe:openvino", "mediapipe:openvino:2", "mediapipe:torch", *shared]
    )
    parser.add_argument("--end", type=float, metavar="S", help="analyse the clip up to here only")
    parser.add_argument("--loops", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=float, default=2.5)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.clip, args.end)
        return 0
    print(f"load average before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores", flush=True)
    cases = [Case(name, args.clip, args.end) for name in args.case]
    try:
        for _ in range(args.repeat):
            for case in cases:
                case.idle.append(case.run())
                with busy(args.loops):
                    case.busy.append(case.run())
                idle_s, busy_s = case.idle[-1]["detecting"], case.busy[-1]["detecting"]
                print(f"{case.name}: {idle_s:.2f} s, busy {busy_s:.2f} s", file=sys.stderr, flush=True)
        return report(cases, args.limit)
    finally:
        for case in cases:
            case.close()


if __name__ == "__main__":
    sys.exit(main())
