"""The live loop: camera, detector and body work at the same time, each on the newest there is.

    camera thread -> newest frame -> detector thread -> newest detections -> body thread -> newest pose
    -> drawing thread -> newest image -> the caller's thread, which shows it

Detections that the body has no time for still enter its window.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from kasf_demo.detect.base import Detector
from kasf_demo.live.body import LiveBody, LivePose
from kasf_demo.live.camera import LiveFrame, LiveSource
from kasf_demo.live.figures import Figures
from kasf_demo.live.latest import Latest
from kasf_demo.live.picture import LivePicture
from kasf_demo.live.record import CameraRecording
from kasf_demo.live.screen import FileScreen, Screen
from kasf_demo.types.arrays import Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections

A = TypeVar("A")
SAY_S = 5.0  # between lines
WAIT_S = 0.05  # for an image, before keys are looked at again


@dataclass(frozen=True)
class _SeenFrame:
    """A frame with its people, and the detections of frames before it that were passed over."""

    frame: LiveFrame
    found: Detections
    before: tuple[tuple[float, Detections], ...] = ()


def _merged(old: _SeenFrame, new: _SeenFrame) -> _SeenFrame:
    return _SeenFrame(new.frame, new.found, (*old.before, (old.frame.time_s, old.found)))


@dataclass
class LiveSession:
    """One run from the first frame to the last. record_as: the path of the next recording; say: for lines to the user;
    seconds: end after so long."""

    source: LiveSource
    detector: Detector
    body: LiveBody
    picture: LivePicture
    screen: Screen
    record_as: Callable[[], Path]
    say: Callable[[str], None]
    seconds: float | None = None
    record: bool = False  # from the start
    recordings: list[Path] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        self._frames: Latest[LiveFrame] = Latest()
        self._seen: Latest[_SeenFrame] = Latest(_merged)
        self._poses: Latest[tuple[LiveFrame, LivePose | None]] = Latest()
        self._images: Latest[tuple[LiveFrame, Image]] = Latest()
        self._stop = threading.Event()
        self._recording: CameraRecording | None = None

    @property
    def dropped(self) -> int:
        """Frames that were not shown."""
        return sum(slot.dropped for slot in (self._frames, self._seen, self._poses, self._images))

    @property
    def recording(self) -> bool:
        """True while it records."""
        return self._recording is not None

    def run(self) -> None:
        """Until the source ends or the user does. Raises KasfError; a recording is finished first, whatever happens."""
        threads = [
            threading.Thread(target=target, name=target.__name__.strip("_"), daemon=True)
            for target in (self._film, self._detect, self._pose, self._draw)
        ]
        try:
            if self.record:
                self._toggle()
            for thread in threads:
                thread.start()
            self._show()
        finally:
            self._stop.set()
            for slot in (self._frames, self._seen, self._poses, self._images):
                slot.close()
            for thread in threads:
                if thread.ident is not None:
                    thread.join(timeout=5)
            with contextlib.suppress(Exception):
                self.source.close()
            self._end_recording()
        self.say(self.figures.line(self.dropped))

    def _film(self) -> None:
        with _closing(self._frames):
            for frame in self.source:
                if self._stop.is_set():
                    return
                if (recording := self._recording) is not None:
                    recording.add(frame)
                self._frames.put(frame)

    def _detect(self) -> None:
        with _closing(self._seen):
            while (frame := self._frames.get()) is not None:
                self._seen.put(_SeenFrame(frame, self.detector.detect(Frame(frame.index, frame.time_s, frame.image))))

    def _pose(self) -> None:
        with _closing(self._poses):
            while (seen := self._seen.get()) is not None:
                for time_s, found in seen.before:
                    self.body.pass_over(found, time_s)
                self._poses.put((seen.frame, self.body.update(seen.found, seen.frame.time_s)))

    def _draw(self) -> None:
        with _closing(self._images):
            while (item := self._poses.get()) is not None:
                frame, pose = item
                self._images.put((frame, self.picture.draw(frame.image, pose, self._words())))

    def _words(self) -> str:
        rate, latency_s = self.figures.now
        words = f"{rate:.0f} frames/s  {latency_s * 1e3:.0f} ms"
        return f"{words}  records" if self.recording else words

    def _show(self) -> None:
        began = said = time.monotonic()
        while not self._images.ended:
            item = self._images.get(WAIT_S)
            if item is not None:
                frame, image = item
                if isinstance(self.screen, FileScreen):
                    self.screen.time_s = frame.time_s
                self.screen.show(image)
                self.figures.add(frame.clock_s)
            keys = self.screen.keys()
            if "r" in keys:
                self._toggle()
            if self._recording is not None and self._recording.failed:
                self._end_recording()
            now = time.monotonic()
            if "q" in keys or (self.seconds is not None and now - began >= self.seconds):
                return
            if now - said >= SAY_S:
                said = now
                self.say(self.figures.line(self.dropped))
        self._images.get(0.0)  # raises what ended them

    def _toggle(self) -> None:
        if self._recording is not None:
            self._end_recording()
            return
        path = self.record_as()
        self._recording = CameraRecording(path, width=self.source.width, height=self.source.height, fps=self.source.fps)
        self.say(f"recording {path}")

    def _end_recording(self) -> None:
        recording, self._recording = self._recording, None
        if recording is None:
            return
        path = recording.finish()
        if path is not None:
            self.recordings.append(path)
            lost = f", {recording.dropped} dropped" if recording.dropped else ""
            self.say(f"wrote {path} ({recording.frames} frames{lost})")


@contextlib.contextmanager
def _closing(slot: Latest[A]) -> Iterator[None]:
    """Ends `slot` with the block; an error of the block is raised where its items are taken."""
    try:
        yield
    except BaseException as error:
        slot.close(error)
    else:
        slot.close()
