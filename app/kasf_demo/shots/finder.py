"""Finds the shots of a clip in its frames as they pass, in small grey images."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise

import cv2
import numpy as np

from kasf_demo.shots.shot import Shot, whole_clip
from kasf_demo.types import FloatArray, Frame, Image

SMALL = (64, 36)
MIN_STEP = 12.0
MIN_RATIO = 3.0
AHEAD = 3


class ShotFinder:
    """Watches the frames of one clip. After `watch` has ended, `shots` holds the result."""

    def __init__(self) -> None:
        self.shots: tuple[Shot, ...] = ()
        self._starts: list[int] = [0]
        self._steps: list[float] = []
        self._before: FloatArray | None = None

    def watch(self, frames: Iterable[Frame]) -> Iterator[tuple[int, Frame]]:
        """Yields (number of the cut before it, frame), in order. A frame waits while it is not clear whether it starts a shot."""
        waiting: deque[Frame] = deque()
        for frame in frames:
            self.feed(frame.image)
            waiting.append(frame)
            while len(waiting) > AHEAD:
                yield self._passed(waiting.popleft())
        while waiting:
            yield self._passed(waiting.popleft())
        count = len(self._steps)
        edges = [*self._starts, count]
        self.shots = tuple(Shot(a, b, "cut" if a else "start") for a, b in pairwise(edges)) if count else whole_clip(0)

    def feed(self, image: Image) -> None:
        """The next frame, (H, W, 3)."""
        now = _small(image)
        self._steps.append(0.0 if self._before is None else float(np.abs(now - self._before).mean()))
        self._before = now

    def _passed(self, frame: Frame) -> tuple[int, Frame]:
        i, steps = frame.index, self._steps
        around = steps[max(1, i - AHEAD) : i] + steps[i + 1 : i + 1 + AHEAD]
        if i and steps[i] > MIN_STEP and steps[i] > MIN_RATIO * max(around, default=0.0):
            self._starts.append(i)
        return len(self._starts) - 1, frame


def _small(image: Image) -> FloatArray:
    height, width = image.shape[:2]
    step = max(1, min(height // SMALL[1], width // SMALL[0]) // 4)
    return np.asarray(cv2.resize(np.ascontiguousarray(image[::step, ::step, 1]), SMALL, interpolation=cv2.INTER_AREA), np.float32)
