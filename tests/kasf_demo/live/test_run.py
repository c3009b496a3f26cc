"""The loop: newest frames only, keys, recordings that are finished whatever happens. No network is loaded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from kasf_demo.errors import InputError
from kasf_demo.live.camera import LiveFrame
from kasf_demo.live.run import LiveSession
from kasf_demo.live.screen import NoScreen
from kasf_demo.video.reader import VideoReader


class Camera:
    """`count` frames, a few milliseconds apart; then it ends, or fails with `error`."""

    name, width, height, fps = "test", 64, 48, 30.0

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.count, self.error, self.closed = count, error, False

    def __iter__(self) -> Iterator[LiveFrame]:
        for k in range(self.count):
            time.sleep(0.004)
            yield LiveFrame(k, k / 30, time.monotonic(), np.full((48, 64, 3), k % 250, np.uint8))
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.closed = True


class Parts:
    """Detector, body, picture and screen in one. slow_s: of the detector; keys: by the number of images shown."""

    def __init__(self, slow_s: float = 0.0, keys: dict[int, str] | None = None, fails_at: int = -1) -> None:
        self.slow_s, self.pressed, self.fails_at = slow_s, dict(keys or {}), fails_at
        self.detected, self.passed_over, self.posed = list[int](), list[float](), list[float]()
        self.shown = 0

    def detect(self, frame: Any) -> Any:
        time.sleep(self.slow_s)
        if frame.index == self.fails_at:
            raise RuntimeError("the detector broke")
        self.detected.append(frame.index)
        return frame.index

    def pass_over(self, found: Any, time_s: float) -> None:
        self.passed_over.append(time_s)

    def update(self, found: Any, time_s: float) -> None:
        self.posed.append(time_s)

    def draw(self, image: Any, pose: Any, words: str) -> Any:
        return image

    def show(self, image: Any) -> None:
        self.shown += 1

    def keys(self) -> str:
        return next((self.pressed.pop(n) for n in list(self.pressed) if n <= self.shown), "")

    def close(self) -> None:
        pass


def session(camera: Camera, parts: Parts, folder: Path, **more: Any) -> tuple[LiveSession, list[str]]:
    said: list[str] = []
    any_part = cast(Any, parts)
    return LiveSession(
        camera, any_part, any_part, any_part, any_part, lambda: folder / f"r{len(said)}.mp4", said.append, **more
    ), said


def test_every_frame_is_shown_if_there_is_time(tmp_path: Path) -> None:
    camera, parts = Camera(8), Parts()
    live, said = session(camera, parts, tmp_path)
    live.run()
    assert parts.shown + live.dropped == 8 and parts.detected[-1] == 7 and camera.closed
    assert "frames shown" in said[-1]


def test_slow_detector_gets_the_newest_frame(tmp_path: Path) -> None:
    parts = Parts(slow_s=0.05)
    live, _ = session(Camera(60), parts, tmp_path)
    live.run()
    assert live.dropped > 20 and parts.detected[-1] == 59  # the last one too
    assert parts.shown == 60 - live.dropped


def test_q_ends_and_r_records(tmp_path: Path) -> None:
    parts = Parts(keys={2: "r", 12: "r", 15: "q"})
    live, said = session(Camera(100_000), parts, tmp_path)
    live.run()
    assert len(live.recordings) == 1 and parts.shown < 1000
    assert len(list(VideoReader(live.recordings[0]))) >= 2
    assert [text.split()[0] for text in said[:2]] == ["recording", "wrote"]


def test_recording_is_kept_if_the_camera_goes(tmp_path: Path) -> None:
    live, _ = session(Camera(20, InputError("camera 0 gives no more images")), Parts(), tmp_path, record=True)
    with pytest.raises(InputError, match="no more images"):
        live.run()
    assert len(list(VideoReader(live.recordings[0]))) == 20


def test_error_of_a_thread_reaches_the_caller(tmp_path: Path) -> None:
    live, _ = session(Camera(100_000), Parts(fails_at=0), tmp_path)
    with pytest.raises(RuntimeError, match="the detector broke"):
        live.run()


def test_ends_after_so_many_seconds(tmp_path: Path) -> None:
    live, _ = session(Camera(100_000), Parts(), tmp_path, seconds=0.1)
    live.screen = NoScreen()
    live.run()
    assert live.figures.shown < 10_000
