"""Cameras and what can be wrong with them; a file that is played as one."""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from walker import walking_coco, write_clip

from kasf_demo.errors import InputError
from kasf_demo.live import camera
from kasf_demo.live.camera import CameraSource, FileSource


class FakeCapture:
    """In place of cv2.VideoCapture: images (BGR), None for a failed read."""

    def __init__(self, images: list[Any], opens: bool = True) -> None:
        self.images, self.opens, self.settings, self.released = images, opens, {}, False  # type: ignore[var-annotated]

    def isOpened(self) -> bool:
        return self.opens

    def set(self, key: int, value: float) -> None:
        self.settings[key] = value

    def get(self, key: int) -> float:
        return self.settings.get(key, 0.0)

    def read(self) -> tuple[bool, Any]:
        image = self.images.pop(0) if self.images else None
        return image is not None, image

    def release(self) -> None:
        self.released = True


def opened(monkeypatch: pytest.MonkeyPatch, capture: FakeCapture) -> CameraSource:
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: capture)
    monkeypatch.setattr(camera, "_check_device", lambda _: None)
    return CameraSource(0, width=64, height=48, fps=30)


def blue() -> Any:
    return np.full((48, 64, 3), (255, 0, 0), np.uint8)


def test_images_are_rgb_with_rising_times(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = FakeCapture([None, blue(), blue(), None, blue()])
    source = opened(monkeypatch, capture)
    frames = list(itertools.islice(source, 2))
    assert (source.width, source.height) == (64, 48)
    assert tuple(frames[0].image[0, 0]) == (0, 0, 255)
    assert frames[0].time_s == 0 < frames[1].time_s and [f.index for f in frames] == [0, 1]
    source.close()
    assert capture.released and capture.settings[cv2.CAP_PROP_BUFFERSIZE] == 1


def test_camera_that_gives_nothing_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = FakeCapture([])
    with pytest.raises(InputError, match="gives no image; another program may use it"):
        opened(monkeypatch, capture)
    assert capture.released
    with pytest.raises(InputError, match="cannot be opened; close other programs"):
        opened(monkeypatch, FakeCapture([], opens=False))


def test_camera_that_is_unplugged_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    source = opened(monkeypatch, FakeCapture([blue(), blue()]))
    monkeypatch.setattr(camera, "LATE_S", 0.02)
    with pytest.raises(InputError, match="still plugged in"):
        list(source)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /dev")
def test_no_such_camera_names_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="there is no camera 97"):
        CameraSource(97, width=64, height=48, fps=30)
    for error, words in ((PermissionError(), "the group `video`"), (OSError(16, "busy"), "in use by another program")):
        monkeypatch.setattr("os.open", lambda *_, e=error: (_ for _ in ()).throw(e))
        with pytest.raises(InputError, match=words):
            CameraSource(0, width=64, height=48, fps=30)


def test_file_is_played_at_its_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda s: clock.__setitem__(0, clock[0] + s))
    clip = write_clip(tmp_path / "c.mp4", [walking_coco(4)])
    source = FileSource(clip)
    frames = list(source)
    assert [f.clock_s - 100 for f in frames] == pytest.approx([k / source.fps for k in range(4)])
    again = [f.time_s for f in itertools.islice(FileSource(clip, loop=True), 10)]
    assert again == pytest.approx([k / source.fps for k in range(10)])
