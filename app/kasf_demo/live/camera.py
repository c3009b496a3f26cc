"""Where live frames come from: a camera of this machine, or a file that is played as if it were one."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from kasf_demo.errors import InputError
from kasf_demo.types.arrays import Image
from kasf_demo.video.reader import VideoReader

OPENING_FRAMES = 10  # some cameras give empty frames at first
LATE_S = 2.0  # without a frame a camera is gone


@dataclass(frozen=True)
class LiveFrame:
    """A frame (H, W, 3) RGB. time_s: since the first one; clock_s: time.monotonic() when it arrived."""

    index: int
    time_s: float
    clock_s: float
    image: Image


class LiveSource(Protocol):
    """Gives frames when they are due."""

    name: str
    width: int
    height: int
    fps: float  # nominal

    def __iter__(self) -> Iterator[LiveFrame]:
        """The frames, each when it has arrived. Ends with the file, or raises InputError if the camera is gone."""

    def close(self) -> None:
        """Frees the camera. May be called twice."""


class CameraSource:
    """A camera by its number. Raises InputError: none of that number, in use, no permission, no image."""

    def __init__(self, number: int, *, width: int, height: int, fps: float) -> None:
        self.name = f"camera {number}"
        _check_device(number)
        self._capture = _opened(number)
        for key, value in (
            (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),  # raw 720p takes more than USB 2 carries
            (cv2.CAP_PROP_FRAME_WIDTH, width),
            (cv2.CAP_PROP_FRAME_HEIGHT, height),
            (cv2.CAP_PROP_FPS, fps),
            (cv2.CAP_PROP_BUFFERSIZE, 1),  # a queue in the driver would be latency
        ):
            self._capture.set(key, value)
        first = next((image for image in (self._read() for _ in range(OPENING_FRAMES)) if image is not None), None)
        if first is None:
            self.close()
            raise InputError(
                f"{self.name} gives no image", "another program may use it: close that, or choose another --camera"
            )
        self.height, self.width = first.shape[:2]
        given = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.fps = given if 1 <= given <= 1000 else fps

    def _read(self) -> Image | None:
        good, image = self._capture.read()
        return image if good and image is not None and image.ndim == 3 else None

    def __iter__(self) -> Iterator[LiveFrame]:
        started, index, last = None, 0, time.monotonic()
        while True:
            image = self._read()
            now = time.monotonic()
            if image is None or image.shape[:2] != (self.height, self.width):
                if now - last > LATE_S:
                    raise InputError(f"{self.name} gives no more images", "is it still plugged in? Start again")
                time.sleep(0.005)
                continue
            started, last = now if started is None else started, now
            yield LiveFrame(index, now - started, now, np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8))
            index += 1

    def close(self) -> None:
        """Frees the camera."""
        self._capture.release()


def _check_device(number: int) -> None:
    """What Linux can say before opening a camera, which would only fail."""
    if not sys.platform.startswith("linux"):
        return
    device = f"/dev/video{number}"
    try:
        os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK))
    except FileNotFoundError:
        others = sorted(path.name.removeprefix("video") for path in Path("/dev").glob("video*"))
        remedy = f"use --camera {others[0]}" if others else "plug one in, or give a FILE to play as a camera"
        raise InputError(f"there is no camera {number} ({device})", remedy) from None
    except PermissionError:
        raise InputError(
            f"camera {number} ({device}) may not be opened", "add yourself to the group `video`, then log in again"
        ) from None
    except OSError as error:
        busy = error.errno == errno.EBUSY
        what = "is in use by another program" if busy else f"cannot be opened ({error.strerror})"
        remedy = "close that program" if busy else "unplug it and plug it in again"
        raise InputError(f"camera {number} {what}", remedy) from None


def _opened(number: int) -> Any:
    log = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel
    log(0)  # its own words go to stderr, ours follow
    capture = cv2.VideoCapture(number)
    if not capture.isOpened():
        capture.release()
        remedy = "close other programs that use a camera, or choose another --camera"
        raise InputError(f"camera {number} cannot be opened", remedy)
    return capture


class FileSource:
    """A clip played as a camera, at its own rate, once or for ever. Raises InputError as VideoReader does."""

    def __init__(self, path: Path, *, loop: bool = False) -> None:
        self._reader, self._loop = VideoReader(path), loop
        self.name = path.name
        self.width, self.height = self._reader.info.width, self._reader.info.height
        self.fps = float(self._reader.info.fps)

    def __iter__(self) -> Iterator[LiveFrame]:
        started, index, last_s, offset_s = time.monotonic(), 0, 0.0, 0.0
        while True:
            for frame in self._reader:
                last_s = offset_s + frame.time_s
                time.sleep(max(0.0, started + last_s - time.monotonic()))
                yield LiveFrame(index, last_s, time.monotonic(), frame.image)
                index += 1
            if not self._loop:
                return
            offset_s = last_s + 1 / self.fps

    def close(self) -> None:
        """Nothing stays open."""
