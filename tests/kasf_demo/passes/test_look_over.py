"""A quick look: people in a few frames, the rest from the background."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from walker import walking_coco

from kasf_demo.detect.base import PlainDetector
from kasf_demo.options import Options
from kasf_demo.passes.first_pass import first_pass
from kasf_demo.passes.look_over import FewFrames, footage_of_pass
from kasf_demo.types.clip import Frame, VideoInfo
from kasf_demo.types.people import Detections


class Walker(PlainDetector):
    """Finds one walker, and counts how often it is asked and told to forget."""

    name = weights = "walker"
    weights_sha256: str | None = None
    stateful = True

    def __init__(self, frames: int) -> None:
        self.xy, self.asked, self.restarts, self.warnings = walking_coco(frames), list[int](), 0, list[str]()

    def detect(self, frame: Frame) -> Detections:
        self.asked.append(frame.index)
        xy = self.xy[frame.index][None]
        box = np.concatenate([xy.min(1), xy.max(1)], axis=1)
        return Detections(xy, np.full((1, 17), 0.9), box, np.full(1, 0.9))

    def restart(self) -> None:
        self.restarts += 1


def test_people_are_looked_for_in_a_few_frames() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (360, 640, 3)).astype(np.uint8)
    frames = [Frame(i, i / 30, image) for i in range(40)]
    walker = Walker(40)
    seen = first_pass(frames, FewFrames(walker, 8), 30.0)
    assert walker.asked == [0, 8, 16, 24, 32] and walker.restarts >= 5
    info = VideoInfo(Path("c.mp4"), 640, 360, Fraction(30), Fraction(1, 30), "h264", "mp4")
    footage = footage_of_pass(seen, info, Options(), 8)
    assert footage.found.tolist() == [True] * 5 and footage.people == 1 and footage.shots == 1
    assert np.allclose(footage.xy[1], walker.xy[8]) and footage.rate_hz == 30 and footage.samples
