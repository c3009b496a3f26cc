"""Geometry and colours of decoded frames."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from decoded import images

from kasf_demo.video.ffmpeg import find_ffmpeg
from kasf_demo.video.reader import VideoReader

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
