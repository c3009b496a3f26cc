"""Reading: information, frames, ranges, rates, streams."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from kasf_demo.errors import InputError, UsageError
from kasf_demo.video.ffmpeg import find_ffmpeg
from kasf_demo.video.reader import VideoReader


def test_info_and_frames(clips: Path) -> None:
    with VideoReader(clips / "sound.mp4") as reader:
        info = reader.info
        assert (info.width, info.height, info.fps, info.codec) == (96, 64, 30, "h264")
        assert (info.has_audio, info.audio_codec, info.declared_frames) == (True, "aac", 60)
        assert info.duration_s == pytest.approx(2)
        frames = list(reader)
    assert [f.index for f in frames] == list(range(60))
    assert np.allclose([f.time_s for f in frames], np.arange(60) / 30)
    assert all(f.image.shape == (64, 96, 3) and f.image.flags.c_contiguous and not f.damaged for f in frames)
    assert (reader.frames_decoded, reader.truncated, reader.warnings) == (60, False, [])


def test_two_passes_are_identical(clips: Path) -> None:
    reader = VideoReader(clips / "plain.mp4")
    first = [(f.time_s, f.image.tobytes()) for f in reader]
    assert first == [(f.time_s, f.image.tobytes()) for f in reader]
    assert first == [(f.time_s, f.image.tobytes()) for f in VideoReader(clips / "plain.mp4")]


def test_range_is_exact_and_keeps_the_clips_own_time(tmp_path: Path, tools: Any) -> None:
    options = {"g": "40", "preset": "veryfast", "bf": "3"}
    path = tools.make_clip(tmp_path / "long.mp4", tools.moving(240), rate=24, options=options)
    whole = [(f.time_s, f.image.tobytes()) for f in VideoReader(path)]
    assert len(whole) == 240
    # near, far (sought), open ends
    for start, end in ((0.5, 1.0), (7.25, 8.0), (5.0, None), (None, 0.25), (9.9, 99.0)):
        reader = VideoReader(path, start_s=start, end_s=end)
        got = list(reader)
        wanted = [(t, i) for t, i in whole if (start or 0) - 1e-6 <= t < (end or 1e9) - 1e-6]
        assert [(f.time_s, f.image.tobytes()) for f in got] == wanted
        assert [f.index for f in got] == list(range(len(wanted)))
        assert not reader.truncated


@pytest.mark.parametrize("bounds", [(2.0, 1.0), (1.0, 1.0), (-1.0, None), (float("nan"), None), (100.0, None)])
def test_impossible_ranges(clips: Path, bounds: tuple[float, float | None]) -> None:
    with pytest.raises(UsageError) as error:
        list(VideoReader(clips / "plain.mp4", start_s=bounds[0], end_s=bounds[1]))
    assert error.value.exit_code == 2


def test_expected_frames_are_those_that_play(tmp_path: Path, tools: Any) -> None:
    whole = tools.make_clip(tmp_path / "whole.mp4", tools.moving(60), options={"g": "30", "bf": "0"})
    cut = tmp_path / "cut.mp4"  # begins at a key frame, and an edit list hides its first half second
    cut_short = [find_ffmpeg(), "-v", "error", "-ss", "0.5", "-i", str(whole), "-c", "copy", str(cut)]
    subprocess.run(cut_short, check=True, timeout=60)
    for path, start_s, end_s in ((whole, None, None), (whole, 0.5, 1.5), (whole, 1.0, 9.0), (cut, None, None)):
        reader = VideoReader(path, start_s=start_s, end_s=end_s)
        assert reader.expected_frames == len(list(reader))
    assert VideoReader(cut).info.declared_frames == 60 > len(list(VideoReader(cut)))


def test_range_between_two_frames_is_empty(clips: Path) -> None:
    with pytest.raises(UsageError, match="no frame between"):
        list(VideoReader(clips / "plain.mp4", start_s=0.01, end_s=0.02))


def test_variable_rate_and_unstamped(tmp_path: Path, tools: Any) -> None:
    pts = np.cumsum([0, 40, 40, 80, 20, 200, 40, 33]).tolist()
    path = tools.make_clip(
        tmp_path / "v.mkv", tools.moving(8), pts=pts, time_base=Fraction(1, 1000), options={"bf": "0"}
    )
    assert np.allclose([f.time_s for f in VideoReader(path)], np.array(pts) / 1000, atol=1e-9)
    raw = tools.make_clip(tmp_path / "raw.h264", tools.moving(10), format="h264", options={"bf": "0"})
    reader = VideoReader(raw)
    times = [f.time_s for f in reader]
    assert any("no time stamps, assuming" in w for w in reader.warnings)
    assert np.allclose(times, np.arange(10) / float(reader.info.fps))
    reader = VideoReader(raw, fps=Fraction(50))
    assert np.allclose([f.time_s for f in reader], np.arange(10) / 50)
    assert reader.info.fps == 50 and not reader.warnings


def test_the_default_stream_is_taken_and_said(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as out:
        streams = [out.add_stream("ffv1", rate=30) for _ in range(2)]
        for k, stream in enumerate(streams):
            stream.width, stream.height, stream.pix_fmt = 64 + 32 * k, 64, "yuv420p"
        streams[0].disposition = av.stream.Disposition(0)
        streams[1].disposition = av.stream.Disposition.default
        for stream in streams:
            frame = av.VideoFrame.from_ndarray(np.zeros((64, stream.width, 3), np.uint8), "rgb24").reformat(
                format="yuv420p"
            )
            out.mux([*stream.encode(frame), *stream.encode(None)])
    reader = VideoReader(path)
    assert (reader.info.stream_index, reader.info.width) == (1, 96)
    assert "--stream" in reader.warnings[0]
    assert VideoReader(path, stream=0).info.width == 64
    with pytest.raises(UsageError, match="0, 1"):
        VideoReader(path, stream=7)


def test_tiny_frames_are_refused(tmp_path: Path, tools: Any) -> None:
    path = tools.make_clip(tmp_path / "tiny.mkv", [np.zeros((8, 8, 3), np.uint8)], codec="ffv1")
    with pytest.raises(InputError, match="smaller than 16 px"):
        VideoReader(path)
