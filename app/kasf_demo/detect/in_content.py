"""A detector that sees only the content of each frame, not the bars around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kasf_demo.detect.base import Detector
from kasf_demo.types.clip import ContentArea, Frame, VideoInfo
from kasf_demo.types.people import Detections


def in_content(detector: Detector, video: VideoInfo) -> Detector:
    """`detector`, given only the content of the frames of `video`; itself if there are no bars or if it reads a keypoints file."""
    area = video.bars_around
    return detector if area is None or detector.name == "keypoints-file" else ContentDetector(detector, area)


class ContentDetector:
    """Wraps a detector of frames. Keypoints and boxes are in px of the whole frame; what else the detector has is left as it is."""

    def __init__(self, detector: Detector, area: ContentArea) -> None:
        self._detector, self._area = detector, area

    def __getattr__(self, name: str) -> Any:
        return getattr(self._detector, name)

    def detect(self, frame: Frame) -> Detections:
        """People in the content of `frame`."""
        return self._moved(self._detector.detect(self._cut(frame)))

    def detect_many(self, frames: Sequence[Frame]) -> list[Detections]:
        """Of a detector that takes several frames at once."""
        many: list[Detections] = self._detector.detect_many([self._cut(frame) for frame in frames])  # type: ignore[attr-defined]
        return [self._moved(found) for found in many]

    def _cut(self, frame: Frame) -> Frame:
        return replace(frame, image=np.ascontiguousarray(frame.image[self._area.slices]))

    def _moved(self, found: Detections) -> Detections:
        if not len(found):
            return found
        corner = np.array([self._area.left, self._area.top], found.xy.dtype)
        return replace(found, xy=found.xy + corner, box=found.box + np.tile(corner, 2))
