"""Interlaced clips: one frame for each field, at the field's time, as the progressive clip they were made from."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kasf_demo.types.arrays import Image
from kasf_demo.video.ffmpeg import find_ffmpeg
from kasf_demo.video.reader import VideoReader


def interlaced(source: Path, out: Path, order: str, *, psf: bool = False) -> Path:
    """`source` woven to interlaced H.264, the `order` (top, bottom) field first; psf: only flagged so, every frame is
    one moment."""
    weave = [] if psf else ["-vf", f"tinterlace=interleave_{order}"]
    flags = ["-flags", "+ilme+ildct", "-x264opts", f"{order[0]}ff=1", "-c:v", "libx264", "-crf", "8"]
    command = [str(find_ffmpeg()), "-y", "-loglevel", "error", "-i", str(source), *weave, *flags, str(out)]
    subprocess.run(command, check=True, timeout=60)
    return out


def block_x(image: Image) -> float:
    """Where the bright block of `moving` is, px."""
    bright = image[..., 0].astype(float) > 175
    return float(np.nonzero(bright)[1].mean())


@pytest.mark.parametrize(
    ("order", "rate", "suffix"),
    [
        ("top", Fraction(50), "mp4"),
        ("bottom", Fraction(50), "mkv"),
        ("top", Fraction(60000, 1001), "mts"),
        ("bottom", Fraction(60), "ts"),
    ],
)
def test_fields_are_the_progressive_frames(tmp_path: Path, tools: Any, order: str, rate: Fraction, suffix: str) -> None:
    source = tools.make_clip(tmp_path / "p.mp4", tools.moving(40, 192, 96), rate=rate)
    reader = VideoReader(interlaced(source, tmp_path / f"i.{suffix}", order))
    assert reader.info.deinterlaced and reader.info.fps == pytest.approx(rate, rel=1e-4)
    got, want = list(reader), list(VideoReader(source))
    assert len(got) == len(want) == 40
    assert np.allclose([f.time_s for f in got], [f.time_s for f in want], atol=1e-3)
    assert max(abs(block_x(a.image) - block_x(b.image)) for a, b in zip(got, want, strict=True)) < 1
    assert [f.index for f in got] == list(range(40))
    assert "deinterlaced" in reader.warnings[0]


def test_a_part_has_the_fields_of_the_whole(tmp_path: Path, tools: Any) -> None:
    source = tools.make_clip(tmp_path / "p.mp4", tools.moving(300, 192, 96), rate=50, options={"g": "25"})
    clip = interlaced(source, tmp_path / "i.mp4", "top")
    whole = [f for f in VideoReader(clip) if 4.49 <= f.time_s < 4.8]
    part = list(VideoReader(clip, start_s=4.49, end_s=4.8))
    assert [f.time_s for f in part] == [f.time_s for f in whole] and len(part) == 15
    assert all((a.image == b.image).all() for a, b in zip(part, whole, strict=True))
    again = VideoReader(clip, end_s=0.4, keep_bytes=10**8)
    assert [(a.image == b.image).all() for a, b in zip(list(again), list(again), strict=True)] == [True] * 20


def test_frames_are_kept_on_request(tmp_path: Path, tools: Any) -> None:
    source = tools.make_clip(tmp_path / "p.mp4", tools.moving(40), rate=50)
    reader = VideoReader(interlaced(source, tmp_path / "i.mp4", "top"), deinterlace=False)
    assert (len(list(reader)), reader.info.fps, reader.info.deinterlaced) == (20, 25, False)
    assert "without deinterlacing" in reader.warnings[0]


def test_progressive_content_in_an_interlaced_stream_stays_whole(tmp_path: Path, tools: Any) -> None:
    source = tools.make_clip(tmp_path / "p.mp4", tools.moving(40, 192, 96), rate=25)
    reader = VideoReader(interlaced(source, tmp_path / "i.mp4", "top", psf=True))
    got, want = list(reader), list(VideoReader(source))
    assert len(got) == 40 and not reader.info.deinterlaced
    assert max(abs(block_x(a.image) - block_x(b.image)) for a, b in zip(got, want, strict=True)) < 1
