"""Where each shot of a clip shows video, and a detector that looks there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kasf_demo.detect.base import Detector
from kasf_demo.detect.in_content import in_content
from kasf_demo.types.clip import ContentArea
from kasf_demo.types.shot import Shot
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.scan_content import content_of_part


class ShotContents:
    """Finds the content area of each shot of a clip. reader: reads that clip; whole: a detector for whole frames."""

    def __init__(self, reader: VideoReader, whole: Detector) -> None:
        self._reader, self._whole = reader, whole

    def of(self, shot: Shot, times_s: Sequence[float]) -> ContentArea | None:
        """The content of one shot, None if there are no bars around it; times_s: of the clip's frames."""
        return content_of_part(
            self._reader, times_s[shot.start], times_s[shot.end] if shot.end < len(times_s) else None
        )

    def detector_within(self, area: ContentArea | None) -> Detector:
        """A detector restricted to this part of the frames."""
        return in_content(self._whole, replace(self._reader.info, bars_around=area))
