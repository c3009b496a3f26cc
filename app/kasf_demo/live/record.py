"""CameraRecording the camera's own frames with their times, beside what is shown."""

from __future__ import annotations

import queue
import threading
from fractions import Fraction
from pathlib import Path

from kasf_demo.errors import OutputError
from kasf_demo.live.camera import LiveFrame
from kasf_demo.video.writer import VideoWriter

WAITING = 16  # frames that wait for the encoder: half a second, 44 MB of 720p
CRF = 18  # the detector sees this file again


class CameraRecording:
    """A file that grows while the camera films, in a thread of its own. Under its name once it is complete."""

    def __init__(self, path: Path, *, width: int, height: int, fps: float) -> None:
        """Raises OutputError if it cannot be written there."""
        rate = Fraction(fps).limit_denominator(1001)
        self.path, self.frames, self.dropped = path, 0, 0
        self._writer = VideoWriter(path, width=width, height=height, times_s=None, fps=rate, crf=CRF)
        self._queue: queue.Queue[LiveFrame | None] = queue.Queue(WAITING)
        self._error: BaseException | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="record", daemon=True)
        self._thread.start()

    def add(self, frame: LiveFrame) -> None:
        """Never waits: a frame that finds the queue full is dropped, which a time stamp that is missing shows."""
        if self._ended or self._error is not None:
            return
        try:
            self._queue.put_nowait(frame)
        except queue.Full:
            self.dropped += 1

    def finish(self) -> Path | None:
        """Writes what waits, and closes the file. Returns its path, None if nothing was recorded. May be called twice.
        Raises OutputError; no file is left then."""
        if not self._ended:
            self._ended = True
            if self._thread.is_alive():
                self._queue.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self.path if self.frames else None

    @property
    def failed(self) -> bool:
        """True if it cannot go on: `finish` raises why."""
        return self._error is not None

    def _run(self) -> None:
        try:
            while (frame := self._queue.get()) is not None:
                self._writer.write(frame.image, frame.time_s)
                self.frames += 1
            if self.frames:
                self._writer.close()
        except (OutputError, ValueError) as error:
            self._error = error
            while self._queue.get() is not None:  # `finish` must find room
                pass
        finally:
            self._writer.abort()
