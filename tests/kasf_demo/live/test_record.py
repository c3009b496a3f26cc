"""A recording has the camera's frames at the camera's times, and no name before it is complete."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from kasf_demo.errors import OutputError
from kasf_demo.live.camera import LiveFrame
from kasf_demo.live.record import WAITING, CameraRecording
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.writer import VideoWriter

TIMES = [0.0, 0.031, 0.07, 0.1, 0.18, 0.2]


def frame(index: int, time_s: float) -> LiveFrame:
    return LiveFrame(index, time_s, time_s, np.full((48, 64, 3), 40 * index, np.uint8))


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "r.mp4"
    recording = CameraRecording(path, width=64, height=48, fps=30.0)
    for k, t in enumerate(TIMES):
        recording.add(frame(k, 5 + t))  # recording starts later than the camera
    assert not path.exists()
    assert recording.finish() == path == recording.finish()
    frames = list(VideoReader(path))
    assert [f.time_s for f in frames] == pytest.approx(TIMES, abs=1e-4)
    assert [round(float(f.image.mean()) / 40) for f in frames] == [0, 1, 2, 3, 4, 5]
    assert [p.name for p in tmp_path.iterdir()] == ["r.mp4"]


def test_nothing_recorded_leaves_no_file(tmp_path: Path) -> None:
    assert CameraRecording(tmp_path / "r.mp4", width=64, height=48, fps=30.0).finish() is None
    assert not list(tmp_path.iterdir())


def test_slow_encoder_drops_frames_and_never_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go, write = threading.Event(), VideoWriter.write

    def slow(self: VideoWriter, *args: object) -> None:
        go.wait(60)
        write(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(VideoWriter, "write", slow)
    recording = CameraRecording(tmp_path / "r.mp4", width=64, height=48, fps=30.0)
    for k in range(WAITING + 10):
        recording.add(frame(k % 6, k / 30))
    go.set()
    recording.finish()
    assert recording.dropped in (9, 10)
    assert recording.frames == WAITING + 10 - recording.dropped


def test_failure_is_raised_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OutputError("the video could not be written: No space left on device")

    monkeypatch.setattr(VideoWriter, "write", full)
    recording = CameraRecording(tmp_path / "r.mp4", width=64, height=48, fps=30.0)
    for k in range(3 * WAITING):
        recording.add(frame(0, k / 30))
    with pytest.raises(OutputError, match="No space left"):
        recording.finish()
    assert recording.failed and not list(tmp_path.iterdir())
