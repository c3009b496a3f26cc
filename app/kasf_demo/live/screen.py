"""Where live images go, behind one protocol: the window, the page, a video file, nowhere."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Protocol

from kasf_demo.types.arrays import Image
from kasf_demo.video.writer import VideoWriter


class Screen(Protocol):
    """Shows images, and passes on what its user wants."""

    def show(self, image: Image) -> None:
        """(H, W, 3) RGB."""

    def keys(self) -> str:
        """ "r": record or stop recording, "q": end; "" for nothing."""

    def close(self) -> None:
        """Ends it. May be called twice."""


class NoScreen:
    """For tests and measurements."""

    def show(self, image: Image) -> None:
        """Nothing."""

    def keys(self) -> str:
        """Nothing."""
        return ""

    def close(self) -> None:
        """Nothing."""


class FileScreen(NoScreen):
    """Writes what would be shown into a video."""

    def __init__(self, path: Path, size: tuple[int, int], fps: float, *, overwrite: bool) -> None:
        """Raises OutputError."""
        width, height = size
        rate = Fraction(fps).limit_denominator(1001)
        self._writer = VideoWriter(path, width=width, height=height, times_s=None, fps=rate, overwrite=overwrite)
        self.time_s = 0.0  # of the next image

    def show(self, image: Image) -> None:
        """(H, W, 3) RGB."""
        self._writer.write(image, self.time_s)

    def close(self) -> None:
        """Puts the file in place."""
        if self._writer.frames_written:
            self._writer.close()
        else:
            self._writer.abort()
