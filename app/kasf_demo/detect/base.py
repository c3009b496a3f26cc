"""The protocol that the pipeline requires of a detector, and its defaults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kasf_demo.types.arrays import Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections


class Detector(Protocol):
    """Finds people in frames, which arrive in order. Results of vendors' libraries stay in their detectors."""

    name: str  # as in --detector
    weights: str  # a file or model name, for the record
    weights_sha256: str | None
    licence: str | None  # of the weights, if the registry does not know it
    warnings: list[str]  # what the user should know; complete after `close`
    batch: int  # frames that one call of `detect_many` should get; 1: `detect` is called for each frame
    parallel: int  # threads that may call `detect` and `detect_close` at once
    stateful: bool  # remembers earlier frames: `restart` at a cut
    reusable: bool  # serves every clip; else it is made for one clip and closed after its last frame

    def detect(self, frame: Frame) -> Detections:
        """People in `frame`, pixels of that frame."""

    def detect_many(self, frames: list[Frame]) -> list[Detections]:
        """`detect` of several frames in one call."""

    def restart(self) -> None:
        """Forgets the frames before: the next one is to it as a clip's first."""

    def input_scale(self, width: int, height: int) -> float | None:
        """Pixels of the network's input by those of a frame of that size; None if it has no `detect_close`."""

    def detect_close(self, squares: Sequence[Image]) -> list[Detections]:
        """People in square images (S, S, 3) of any size, each seen in a small input."""

    def close(self) -> None:
        """Frees what the detector holds. May be called twice."""


class PlainDetector:
    """To derive from: one frame at a time, in one thread, without memory, made for one clip, nothing seen closer."""

    licence: str | None = None
    batch = 1
    parallel = 1
    stateful = False
    reusable = False

    def detect(self, frame: Frame) -> Detections:
        """People in `frame`, pixels of that frame."""
        raise NotImplementedError

    def detect_many(self, frames: list[Frame]) -> list[Detections]:
        """`detect` of several frames, one after the other."""
        return [self.detect(frame) for frame in frames]

    def restart(self) -> None:
        """Nothing is remembered."""

    def input_scale(self, width: int, height: int) -> float | None:
        """Nothing can be seen closer."""
        return None

    def detect_close(self, squares: Sequence[Image]) -> list[Detections]:
        """Not possible."""
        raise NotImplementedError
