"""Decoding: geometry, colours, ranges, streams."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from kasf_demo.errors import InputError, UsageError
from kasf_demo.video import source
from kasf_demo.video.ffmpeg import find_ffmpeg
from kasf_demo.video.frame_cache import MAX_FRAMES, Kept, KeptFrames
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.source import fingerprint


def images(path: Path, **options: Any) -> list[np.ndarray]:
    return [frame.image for frame in VideoReader(path, **options)]


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


def test_kept_frames_are_those_of_a_second_decoding(
    clips: Path, tmp_path: Path, tools: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_sizes = tmp_path / "ab.ts"
    parts = [
        tools.make_clip(tmp_path / f"{w}.ts", tools.moving(8, w, h), format="mpegts").read_bytes()
        for w, h in ((96, 64), (64, 128))
    ]
    two_sizes.write_bytes(b"".join(parts))
    for clip in (clips / "plain.mp4", two_sizes):
        want = VideoReader(clip, start_s=0.05)
        wanted = [(f.index, f.time_s, f.damaged, f.image.tobytes()) for f in want]
        reader = VideoReader(clip, start_s=0.05, keep_bytes=10**8)
        assert [(f.index, f.time_s, f.damaged, f.image.tobytes()) for f in reader] == wanted
        with monkeypatch.context() as context:
            # a further iteration does not touch the file
            context.setattr("kasf_demo.video.source.open_container", None)
            for _ in range(2):
                assert [(f.index, f.time_s, f.damaged, f.image.tobytes()) for f in reader] == wanted
        assert (reader.warnings, reader.frames_decoded, reader.truncated) == (
            want.warnings,
            want.frames_decoded,
            want.truncated,
        )


def test_what_is_not_kept_is_decoded_again(clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too large, and an iteration that was left: nothing may stand for the clip then."""
    opened = []
    real = source.open_container
    monkeypatch.setattr(source, "open_container", lambda path: opened.append(path) or real(path))
    wanted = images(clips / "plain.mp4")
    for keep_bytes, leaves_early in ((0, False), (96 * 64 * 3 // 2 * (len(wanted) - 1), False), (10**8, True)):
        reader = VideoReader(clips / "plain.mp4", keep_bytes=keep_bytes)
        if leaves_early:
            next(iter(reader))
        else:
            list(reader)
        opened.clear()
        again = [f.image for f in reader]
        assert opened and len(again) == len(wanted) and all((a == b).all() for a, b in zip(again, wanted, strict=True))


def test_a_long_clip_is_let_go_of_when_it_no_longer_fits() -> None:
    frame = Kept(VideoFrame(96, 64, "yuv420p"), 0.0, False)
    size = sum(plane.buffer_size for plane in frame.decoded.planes)
    kept = KeptFrames(10 * size)
    for declared, given, whole in ((None, 10, True), (10, 10, True), (None, 11, False), (11, 10, False)):
        kept.begin(declared)
        for _ in range(given):
            kept.add(frame)
        kept.finish()
        assert (kept.complete, len(list(kept))) == (whole, given if whole else 0)
    tiny = KeptFrames(10**12)
    for _ in range(MAX_FRAMES + 1):
        tiny.add(frame)
    assert not list(tiny)


MATRICES = [
    (1, 0, 0, 1),
    (0, 1, -1, 0),
    (-1, 0, 0, -1),
    (0, -1, 1, 0),
    (-1, 0, 0, 1),
    (1, 0, 0, -1),
    (0, 1, 1, 0),
    (0, -1, -1, 0),
]
# where the colours of (top left, top right, bottom left, bottom right) end up, worked out on paper
EXPECTED = [
    [0, 1, 2, 3],
    [2, 0, 3, 1],
    [3, 2, 1, 0],
    [1, 3, 0, 2],
    [1, 0, 3, 2],
    [2, 3, 0, 1],
    [0, 2, 1, 3],
    [3, 1, 2, 0],
]


@pytest.mark.parametrize(("matrix", "expected"), list(zip(MATRICES, EXPECTED, strict=True)))
def test_every_rotation_and_mirroring(tmp_path: Path, tools: Any, matrix: tuple[int, ...], expected: list[int]) -> None:
    path = tools.make_clip(tmp_path / "turned.mp4", [tools.corners()] * 2)
    tools.set_matrix(path, *matrix)
    reader = VideoReader(path)
    image = next(iter(reader)).image
    assert tools.corner_colours(image) == expected
    assert image.shape == (reader.info.height, reader.info.width, 3)
    assert image.shape[:2] == ((96, 64) if matrix[0] == 0 else (64, 96))
    assert reader.info.mirrored == (matrix[0] * matrix[3] - matrix[1] * matrix[2] < 0)
    # ffmpeg's own automatic rotation agrees
    command = [
        str(find_ffmpeg()),
        "-nostdin",
        "-v",
        "error",
        "-i",
        str(path),
        "-frames:v",
        "1",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    assert tools.corner_colours(np.frombuffer(raw, np.uint8).reshape(image.shape)) == expected


def test_rotation_is_reported_counter_clockwise(tmp_path: Path, tools: Any) -> None:
    for matrix, degrees in zip(MATRICES[:4], (0, 270, 180, 90), strict=True):
        path = tools.make_clip(tmp_path / f"{degrees}.mp4", [tools.corners()])
        tools.set_matrix(path, *matrix)
        info = VideoReader(path).info
        assert (info.rotation_deg, info.mirrored) == (degrees, False)


def test_non_square_pixels_become_square(tmp_path: Path, tools: Any) -> None:
    path = tools.make_clip(tmp_path / "anamorphic.mp4", [tools.corners()] * 2, sar=Fraction(4, 3))
    reader = VideoReader(path)
    assert (reader.info.width, reader.info.height, reader.info.sample_aspect_ratio) == (128, 64, Fraction(4, 3))
    image = next(iter(reader)).image
    assert image.shape == (64, 128, 3)
    assert tools.corner_colours(image) == [0, 1, 2, 3]
    tools.set_matrix(path, 0, 1, -1, 0)
    assert next(iter(VideoReader(path))).image.shape == (128, 64, 3)


@pytest.mark.parametrize(
    ("matrix", "full", "pix_fmt", "height"),
    [
        (1, False, "yuv420p", 64),
        (1, True, "yuv444p", 64),
        (6, False, "yuv420p", 64),
        (6, True, "yuv420p", 720),
        (None, False, "yuv420p", 64),
        (9, False, "yuv420p", 64),
        (1, False, "yuv422p", 720),
    ],
)
def test_colours_follow_matrix_and_range(
    tmp_path: Path, tools: Any, matrix: int | None, full: bool, pix_fmt: str, height: int
) -> None:
    picture = tools.corners(96, height)
    path = tools.make_clip(
        tmp_path / "c.mp4", [picture], matrix=matrix, full_range=full, pix_fmt=pix_fmt, options={"crf": "4"}
    )
    image = images(path)[0]
    quarter = height // 4
    for y, x in ((quarter, 24), (quarter, 72), (3 * quarter, 24), (3 * quarter, 72)):
        assert np.abs(image[y, x].astype(int) - picture[y, x]).max() <= 4


def test_ten_bits_and_gray_and_alpha(tmp_path: Path, tools: Any) -> None:
    ten = tools.make_clip(tmp_path / "ten.mp4", [tools.corners()] * 2, pix_fmt="yuv420p10le", matrix=1)
    assert tools.corner_colours(images(ten)[1]) == [0, 1, 2, 3]
    gray = tools.make_clip(tmp_path / "gray.mkv", [np.full((64, 96, 3), 128, np.uint8)], codec="ffv1", pix_fmt="gray")
    assert np.abs(images(gray)[0].astype(int) - 128).max() <= 2
    with av.open(str(tmp_path / "alpha.mkv"), "w") as out:
        stream = out.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "bgra"
        rgba = np.full((64, 64, 4), 200, np.uint8)
        rgba[:, :32, 3] = 255
        rgba[:, 32:, 3] = 0
        out.mux(stream.encode(av.VideoFrame.from_ndarray(rgba, "rgba")))
        out.mux(stream.encode(None))
    image = images(tmp_path / "alpha.mkv")[0]
    assert (image[:, 2:30] == 200).all()
    assert (image[:, 34:] == 0).all()


def test_wide_gamut_without_a_transfer_is_reported(tmp_path: Path, tools: Any) -> None:
    path = tools.make_clip(tmp_path / "wide.mp4", [tools.corners()], matrix=9, pix_fmt="yuv420p10le")
    reader = VideoReader(path)
    assert any("without a transfer tag" in w for w in reader.warnings)


def test_size_change_is_fitted_with_bars(tmp_path: Path, tools: Any) -> None:
    a = tools.make_clip(tmp_path / "a.ts", tools.moving(8, 96, 64), format="mpegts")
    b = tools.make_clip(tmp_path / "b.ts", [np.full((128, 96, 3), 200, np.uint8)] * 8, format="mpegts")
    (tmp_path / "ab.ts").write_bytes(a.read_bytes() + b.read_bytes())
    reader = VideoReader(tmp_path / "ab.ts")
    frames = list(reader)
    assert {f.image.shape for f in frames} == {(64, 96, 3)}
    assert len(frames) == 16
    assert sum("size changes" in w for w in reader.warnings) == 1
    last = frames[-1].image
    assert last[:, 48].mean() > 180 and last[:, :20].max() < 10 and last[:, -20:].max() < 10
    assert np.all(np.diff([f.time_s for f in frames]) > 0)


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


def test_fingerprint_sees_a_change(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"one")
    before = fingerprint(path)
    assert before[0] == 3 and before == fingerprint(path)
    path.write_bytes(b"two")
    assert fingerprint(path)[2] != before[2]
    with pytest.raises(InputError):
        fingerprint(tmp_path / "gone")
