"""Two hours of video: does memory stay flat, and do descriptors and threads stay constant?

    python benchmarks/faults/long_clip.py --frames 216000 --no-video
    python benchmarks/faults/long_clip.py --frames 20000

A tiny clip with one person in every frame, or no person (--people 0), is analysed in a process of its own, with a
detector that knows where the person is; a second process samples it twice per second. Reported: for each stage resident
memory, descriptors and threads, and how much they drift while frames go by. Exit 1 if descriptors or threads grow, or
memory in any stage by more than --limit-mib beyond --bytes-per-frame for each person.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

SIZE = (64, 48)
FPS = 30


def make_clip(path: Path, frames: int) -> None:
    """A grey clip with a moving bar, 64 x 48."""
    import av
    import numpy as np

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "40"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        image = np.full((SIZE[1] * 3 // 2, SIZE[0]), 128, np.uint8)
        for t in range(frames):
            image[: SIZE[1]] = 90
            image[: SIZE[1], t % SIZE[0]] = 230
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="yuv420p")))
        out.mux(stream.encode())


def analyse_clip(clip: Path, out: Path, *, video: bool, people: int) -> None:
    """The child: analyses with a synthetic walker as the detector's finding; prints the stages as they come."""
    import numpy as np

    from kasf_demo import Engine, Options, analyse
    from kasf_demo.detect.base import PlainDetector
    from kasf_demo.types.clip import Frame
    from kasf_demo.types.people import Detections

    class Walker(PlainDetector):
        name, weights, weights_sha256, warnings = "walker", "none", None, []

        def detect(self, frame: Frame) -> Detections:
            swing = np.sin(frame.index / 5) * 3
            x = 32 + 12 * np.sin(frame.index / 97)
            y = np.array([8, 7, 7, 8, 8, 14, 14, 19, 19, 24, 24, 25, 25, 33, 33, 41, 41], np.float32)
            side = np.array([0, 1, -1, 2, -2, 3, -3, 4, -4, 4, -4, 2, -2, swing, -swing, swing, -swing], np.float32)
            xy = np.stack([x + side, y], 1).astype(np.float32)
            box = np.array([x - 6, 5, x + 6, 43], np.float32)
            return Detections(xy[None], np.full((1, 17), 0.9, np.float32), box[None], np.array([0.9], np.float32))

        def close(self) -> None: ...

    class Nobody(Walker):
        def detect(self, frame: Frame) -> Detections:
            return Detections.empty()

    class Cheap(Engine):
        detector_name, detector_record = "walker", {"name": "walker", "weights": None}

        def detector(self, video: Any) -> Any:
            return Walker() if people else Nobody()

        def clip_done(self) -> None: ...

    class Stages:
        def say(self, text: str) -> None:
            print(json.dumps({"say": text}), flush=True)

        def track(self, items: Any, stage: str, total: int | None) -> Any:
            print(json.dumps({"stage": stage}), flush=True)
            yield from items
            print(json.dumps({"stage": f"after {stage}"}), flush=True)

    progress = Stages()
    options = Options(video=video, layout="overlay", detector="mediapipe")
    analyse(clip, out, options=options, engine=Cheap(options, progress), progress=progress)


def watch(clip: Path, out: Path, *, video: bool, people: int) -> tuple[list[dict[str, Any]], int]:
    """Runs the child and samples it: (samples with stage, seconds, MiB, descriptors, threads; exit status)."""
    import psutil

    command = [sys.executable, __file__, "--child", str(clip), str(out), "--people", str(people)] + (
        [] if video else ["--no-video"]
    )
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    process, began, stage, samples = psutil.Process(child.pid), time.monotonic(), "start", []
    import os

    os.set_blocking(child.stdout.fileno(), False)
    while child.poll() is None:
        for line in child.stdout.readlines():
            stage = json.loads(line).get("stage", stage)
        try:
            sample = {"stage": stage, "s": round(time.monotonic() - began, 1), "mib": process.memory_info().rss / 2**20,
                      "descriptors": process.num_fds(), "threads": process.num_threads()}  # fmt: skip
            samples.append(sample)
        except psutil.Error:
            break
        time.sleep(0.5)
    return samples, child.wait()


def report(samples: list[dict[str, Any]], frames: int) -> dict[str, Any]:
    """Per stage the range of each quantity; growth from the first second of detecting to the end of it."""
    stages: dict[str, Any] = {}
    for s in samples:
        ranges = stages.setdefault(s["stage"], {"from_s": s["s"]})
        for key in ("mib", "descriptors", "threads"):
            low, high = ranges.get(key, (s[key], s[key]))
            ranges[key] = (round(min(low, s[key]), 1), round(max(high, s[key]), 1))
        ranges["to_s"] = s["s"]
    return {"frames": frames, "stages": stages, "peak_mib": round(max(s["mib"] for s in samples), 1)}


def drift(samples: list[dict[str, Any]], stage: str) -> tuple[float, int, int]:
    """How much a stage grew from its first tenth to its last: MiB, descriptors, threads."""
    of = [s for s in samples if s["stage"] == stage]
    tenth = max(1, len(of) // 10)
    early, late = of[tenth : 2 * tenth] or of[:1], of[-tenth:]
    mean = lambda part, key: sum(s[key] for s in part) / len(part)  # noqa: E731
    return mean(late, "mib") - mean(early, "mib"), *(
        max(s[k] for s in late) - max(s[k] for s in early) for k in ("descriptors", "threads")
    )


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=216_000)
    parser.add_argument("--no-video", action="store_true")
    parser.add_argument("--people", type=int, choices=(0, 1), default=1, help="in every frame")
    parser.add_argument("--limit-mib", type=float, default=200, help="whatever the length")
    parser.add_argument("--bytes-per-frame", type=float, default=2000, help="what DESIGN allows a frame and person")
    parser.add_argument("--child", nargs=2, type=Path)
    given = parser.parse_args()
    if given.child:
        analyse_clip(*given.child, video=not given.no_video, people=given.people)
        return
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "long.mp4"
        make_clip(clip, given.frames)
        samples, status = watch(clip, Path(folder) / "out.mp4", video=not given.no_video, people=given.people)
    result = report(samples, given.frames)
    kept = given.bytes_per_frame * given.frames * given.people / 2**20
    grown = result["peak_mib"] - next((s["mib"] for s in samples if s["stage"] == "detecting"), 0.0)
    result["growth"] = {"mib": round(grown, 1), "bytes_per_frame": round(grown * 2**20 / given.frames)}
    bad = status != 0 or grown > given.limit_mib + kept
    for stage in ("detecting", "drawing"):
        if any(s["stage"] == stage for s in samples):
            mib, descriptors, threads = drift(samples, stage)
            allowed = given.limit_mib + (kept if stage == "detecting" else 0)
            result[f"drift while {stage}"] = {"mib": round(mib, 1), "descriptors": descriptors, "threads": threads}
            bad |= mib > allowed or descriptors > 0 or threads > 0
    print(json.dumps(result, indent=1))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
