"""A detector that sees only the content of each frame, not the bars around it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kasf_demo.detect.base import Detector, PlainDetector
from kasf_demo.types.clip import ContentArea, Frame, VideoInfo
from kasf_demo.types.people import Detections


def in_content(detector: Detector, video: VideoInfo) -> Detector:
    """`detector`, given only the content of the frames of `video`; itself if there are no bars or if it reads a
    keypoints file."""
    area = video.bars_around
    return detector if area is None or detector.name == "keypoints-file" else ContentDetector(detector, area)


class ContentDetector(PlainDetector):
    """Wraps a detector. Keypoints and boxes are in px of the whole frame. A second detection is not supported."""

    def __init__(self, detector: Detector, area: ContentArea) -> None:
        self._detector, self._area = detector, area
        self.name, self.weights, self.weights_sha256, self.licence = (
            detector.name, detector.weights, detector.weights_sha256, detector.licence
        )  # fmt: skip
        self.batch, self.parallel, self.stateful, self.reusable = (
            detector.batch,
            detector.parallel,
            detector.stateful,
            detector.reusable,
        )

    @property
    def warnings(self) -> list[str]:
        """Those of the detector."""
        return self._detector.warnings

    @warnings.setter
    def warnings(self, lines: list[str]) -> None:
        self._detector.warnings = lines

    def detect(self, frame: Frame) -> Detections:
        """People in the content of `frame`."""
        return self._moved(self._detector.detect(self._cut(frame)))

    def detect_many(self, frames: list[Frame]) -> list[Detections]:
        """Detections of several frames at once."""
        return [self._moved(found) for found in self._detector.detect_many([self._cut(frame) for frame in frames])]

    def restart(self) -> None:
        """Restarts the detector."""
        self._detector.restart()

    def close(self) -> None:
        """Closes the detector."""
        self._detector.close()

    def _cut(self, frame: Frame) -> Frame:
        return replace(frame, image=np.ascontiguousarray(frame.image[self._area.slices]))

    def _moved(self, found: Detections) -> Detections:
        if not len(found):
            return found
        corner = np.array([self._area.left, self._area.top], found.xy.dtype)
        feet = None if found.feet is None else found.feet.moved(corner)
        return replace(found, xy=found.xy + corner, box=found.box + np.tile(corner, 2), feet=feet)
