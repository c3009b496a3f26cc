"""The protocol of a detector: what the pipeline asks of it."""

from __future__ import annotations

from typing import Protocol

from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections


class Detector(Protocol):
    """Finds people in frames, which arrive in order. One file of `detect/` each; vendors' results stop there."""

    name: str  # as in --detector
    weights: str  # a file or model name, for the record
    weights_sha256: str | None
    warnings: list[str]  # what the user should know; complete after `close`

    def detect(self, frame: Frame) -> Detections:
        """People in `frame`, pixels of that frame."""

    def close(self) -> None:
        """Frees what the detector holds. May be called twice."""
