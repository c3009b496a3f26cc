"""Proxy video for the page: smaller than the source, with frequent key frames for fast stepping and scrubbing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np

from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.clip import VideoInfo
from kasf_demo.video.source import file_url
from kasf_demo.video.writer import VideoWriter
from kasf_demo.viewer.scene import ProxyVideo

LONG_SIDE_PX = 960
CRF = 24
PRESET = "veryfast"
KEY_EVERY = 15  # maximum number of frames that a browser decodes to show another one


class ProxyVideoWriter:
    """Context manager that takes the source's frames in order, (H, W, 3) RGB; after a normal end `video` holds the
    video for the page."""

    def __init__(self, info: VideoInfo, times_s: FloatArray, *, long_side_px: int = LONG_SIDE_PX) -> None:
        self._info = info
        shrink = min(1.0, long_side_px / max(info.width, info.height))
        self._size = (_even(info.width * shrink), _even(info.height * shrink))
        self._folder = tempfile.TemporaryDirectory(prefix="kasf-demo-")
        try:
            self._path = Path(self._folder.name) / "page.mp4"
            self._writer = VideoWriter(
                self._path,
                width=self._size[0],
                height=self._size[1],
                times_s=times_s,
                fps=info.fps,
                time_base=info.time_base,
                preset=PRESET,
                crf=CRF,
                key_every=KEY_EVERY,
            )
        except BaseException:
            self._folder.cleanup()
            raise
        self.video: ProxyVideo | None = None

    def write(self, image: Image) -> None:
        """One frame of the source. Raises as VideoWriter.write."""
        small = (
            cv2.resize(image, self._size, interpolation=cv2.INTER_AREA) if image.shape[1::-1] != self._size else image
        )
        self._writer.write(np.asarray(small, np.uint8))

    def __enter__(self) -> ProxyVideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._folder:
            self._writer.__exit__(kind, error, trace)
            if kind is None:
                mp4, times_s = self._path.read_bytes(), media_times(self._path)
                self.video = ProxyVideo(mp4, times_s, self._info.width, self._info.height, self._size)


def media_times(path: Path) -> FloatArray:
    """(T,) presentation times of the frames of a video without B-frames, from its time stamps."""
    with av.open(file_url(path)) as container:
        stream = container.streams.video[0]
        packets = [p for p in container.demux(stream) if p.size and p.pts is not None]
        return np.array([float(p.pts * stream.time_base) for p in packets])  # type: ignore[operator]


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))
