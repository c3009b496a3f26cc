"""The decoded frames of a short clip, kept so that a second pass need not decode again: as the decoder gave them, half
the size of RGB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from av.video.frame import VideoFrame

MAX_FRAMES = 1000  # of a tiny clip: what Python and the decoder hold for a frame counts too


class Kept(NamedTuple):
    """A decoded frame and the reader's results for it."""

    decoded: VideoFrame
    time_s: float
    damaged: bool


class KeptFrames:
    """All frames of one pass, or none: if they would exceed `limit_bytes`, they are dropped at once."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self.begin(None)

    def begin(self, declared_frames: int | None) -> None:
        """Forgets what is kept. declared_frames: how many are expected, where known, so that a long clip is not kept in
        part first."""
        self.complete = False
        self._frames: list[Kept] = []
        self._bytes, self._declared = 0, declared_frames or 0
        self._open = self._limit_bytes > 0

    def add(self, frame: Kept) -> None:
        """Keeps the next frame if there is room for it and, going by this one, for all that are expected."""
        if not self._open:
            return
        size = sum(plane.buffer_size for plane in frame.decoded.planes)
        self._bytes += size
        count = len(self._frames) + 1
        if max(self._bytes, size * self._declared) > self._limit_bytes or max(count, self._declared) > MAX_FRAMES:
            self._open, self._frames = False, []
            return
        self._frames.append(frame)

    def finish(self) -> None:
        """The pass came to its end: from now on the frames stand for it."""
        self.complete = self._open and bool(self._frames)

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._frames)
