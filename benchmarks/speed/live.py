"""Cost of a live frame by stage, and the rate and latency of a live run.

    python benchmarks/speed/live.py [CLIP] [--detector mediapipe|yolo] [--detector-weights FILE] [--frames 150] [--run]

By default (also meaningful on a busy machine): CPU milliseconds per frame of each stage, one after the other. With
--run (an idle machine): the clip is played as a camera at its rate and nothing is shown; frames per second, the time
from camera to finished image, and CPU seconds per second.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from kasf_demo import Options
from kasf_demo.live.open import LiveOptions, open_session
from kasf_demo.progress import Lines, Quiet
from kasf_demo.types.clip import Frame
from kasf_demo.video.reader import VideoReader

SHARED = Path(__file__).resolve().parents[3] / "shared"
WARM_UP = 10  # frames that are not counted


class StageCosts:
    """CPU seconds of this process by stage, all threads."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.seconds[name].append(time.process_time() - began)

    def table(self) -> str:
        rows = {
            name: 1e3 * sum(values[WARM_UP:]) / max(len(values[WARM_UP:]), 1) for name, values in self.seconds.items()
        }
        lines = [f"| {name} | {ms:.1f} |" for name, ms in rows.items()]
        return "\n".join(["| stage | CPU ms per frame |", "|---|---|", *lines, f"| all | {sum(rows.values()):.1f} |"])


def stages(live: LiveOptions, frames: int) -> StageCosts:
    """Every frame through every stage, in one thread."""
    costs = StageCosts()
    assert live.file is not None
    with open_session(live, Quiet()) as session:
        decoded = iter(VideoReader(live.file))
        for index in itertools.count():
            with costs.stage("decoding (a camera: MJPEG)"):
                frame = next(decoded, None)
            if frame is None or index >= frames:
                break
            with costs.stage("detector"):
                found = session.detector.detect(Frame(frame.index, frame.time_s, frame.image))
            with costs.stage("lifting, scale, filter"):
                pose = session.body.update(found, frame.time_s)
            with costs.stage("drawing"):
                image = session.picture.draw(frame.image, pose, "25 frames/s  60 ms")
            with costs.stage("JPEG for the page"):
                cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("clip", nargs="?", type=Path, default=SHARED / "videos" / "skating_720p.mp4")
    parser.add_argument("--detector", default="mediapipe")
    parser.add_argument("--detector-weights")
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--run", action="store_true")
    args = parser.parse_args()
    options = Options(detector=args.detector, detector_weights=args.detector_weights, offline=True)
    live = LiveOptions(options, file=args.clip, show="none", loop=args.run, seconds=30.0 if args.run else None)
    if not args.run:
        print(stages(live, args.frames).table())
        return
    with open_session(live, Lines()) as session:
        began, cpu = time.monotonic(), time.process_time()
        session.run()
        print(f"{(time.process_time() - cpu) / (time.monotonic() - began):.2f} CPU seconds per second")


if __name__ == "__main__":
    main()
