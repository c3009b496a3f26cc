"""Encoding: timing, colours, sound."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from kasf_demo.errors import OutputError
from kasf_demo.video import audio
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.writer import VideoWriter


def copy(source: Path, out: Path, **options: Any) -> VideoWriter:
    """Reads `source` and writes it again, with its sound."""
    reader = VideoReader(source)
    times = np.array([f.time_s for f in reader])
    info = reader.info
    with VideoWriter(
        out,
        width=info.width,
        height=info.height,
        times_s=times,
        fps=info.fps,
        time_base=info.time_base,
        audio_from=source,
        **options,
    ) as writer:
        for frame in reader:
            writer.write(frame.image)
    return writer


def stamps(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [
            Fraction(f.pts) * Fraction(f.time_base)
            for f in container.decode(container.streams.video[0])
            if f.pts is not None
        ]


def write(
    out: Path, pictures: list[np.ndarray], times: Any, fps: Fraction = Fraction(30), **options: Any
) -> VideoWriter:
    height, width = pictures[0].shape[:2]
    with VideoWriter(out, width=width, height=height, times_s=np.asarray(times), fps=fps, **options) as writer:
        for picture in pictures:
            writer.write(picture)
    return writer


@pytest.mark.parametrize("fps", [Fraction(30), Fraction(30000, 1001), Fraction(25), Fraction(240), Fraction(1)])
def test_constant_rate_is_exact(tmp_path: Path, tools: Any, fps: Fraction) -> None:
    out = tmp_path / "o.mp4"
    write(out, tools.moving(12), np.round(np.arange(12) / float(fps), 3), fps)
    assert stamps(out) == [k / fps for k in range(12)]
    info = VideoReader(out).info
    assert (info.fps, info.codec, info.declared_frames) == (fps, "h264", 12)
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.pix_fmt, stream.average_rate) == ("yuv420p", fps)
        assert (stream.codec_context.colorspace, stream.codec_context.color_range) == (1, 1)
    data = out.read_bytes()
    assert data.find(b"moov") < data.find(b"mdat")
    assert os.listdir(tmp_path) == ["o.mp4"]


RATES = (
    [Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120, 240)]
    + [Fraction(n) for n in (24, 50, 120, 960)]
    + [Fraction(1000, 33)]
)


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_a_clip_and_its_copy_have_the_same_rate_and_times(tmp_path: Path, tools: Any, fps: Fraction) -> None:
    source = tools.make_clip(tmp_path / "s.mp4", tools.moving(40), rate=fps, time_base=1 / fps)
    copy(source, tmp_path / "o.mp4")
    assert stamps(tmp_path / "o.mp4") == [k / fps for k in range(40)]
    with av.open(str(tmp_path / "o.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.base_rate, stream.average_rate) == (fps, fps)


BASES = [Fraction(1, 15360), Fraction(1, 600), Fraction(1, 1_000_000), Fraction(1, 19_200_000), Fraction(1001, 120_000)]


@pytest.mark.parametrize("base", BASES, ids=str)
def test_uneven_times_are_those_of_the_source(tmp_path: Path, tools: Any, base: Fraction) -> None:
    """As phones write them: a clock of their own, a frame now and then dropped or late by less than a millisecond."""
    gaps = np.random.default_rng(1).choice([0.0167, 0.0172, 0.0333], 29)
    pts = [0, *np.cumsum(np.maximum(1, np.round(gaps / float(base)))).astype(int).tolist()]
    scale = {"video_track_timescale": str(base.denominator)}
    source = tools.make_clip(
        tmp_path / "s.mov", tools.moving(30), rate=60, pts=pts, time_base=base, container_options=scale
    )
    times = [float(t) for t in stamps(source)]
    info = VideoReader(source).info
    write(tmp_path / "o.mp4", tools.moving(30), times, info.fps, time_base=info.time_base)
    assert np.abs(np.array([float(t) for t in stamps(tmp_path / "o.mp4")]) - times).max() < 1e-9


def test_variable_rate_keeps_every_time(tmp_path: Path, tools: Any) -> None:
    times = 7.5 + np.cumsum([0, 0.04, 0.04, 0.2, 0.001, 0.0333, 1.5, 0.04, 0.04, 0.0001])
    out = tmp_path / "o.mp4"
    write(out, tools.moving(10), times, Fraction(25))
    got = np.array([float(t) for t in stamps(out)])
    assert got[0] == 0 and len(got) == 10
    assert np.abs(got - (times - times[0])).max() <= 0.51 / 90000
    with av.open(str(out)) as container:
        duration = float(container.streams.video[0].duration * container.streams.video[0].time_base)
    assert duration == pytest.approx(times[-1] - times[0] + 0.04, abs=0.001)


def test_times_that_come_with_the_frames(tmp_path: Path) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    out = tmp_path / "o.mp4"
    with VideoWriter(out, width=64, height=48, times_s=None, fps=Fraction(30)) as writer:
        for time_s in (7.0, 7.05, 7.2):
            writer.write(image, time_s)
        for wrong in (None, 7.2):
            with pytest.raises(ValueError, match="a later time than that of the frame before"):
                writer.write(image, wrong)
    assert [float(s) for s in stamps(out)] == pytest.approx([0.0, 0.05, 0.2], abs=2e-5)


def test_frames_come_back_in_order_and_in_colour(tmp_path: Path, tools: Any) -> None:
    pictures = [tools.corners(), *tools.moving(20), tools.corners()[:, ::-1]]
    for times in (np.arange(22) / 30, np.cumsum(np.linspace(0.01, 0.1, 22))):
        out = tmp_path / f"{len(os.listdir(tmp_path))}.mp4"
        write(out, pictures, times)
        back = [f.image.astype(int) for f in VideoReader(out)]
        assert len(back) == 22
        assert max(np.abs(a - b).mean() for a, b in zip(back, pictures, strict=True)) < 5
        for y, x in ((16, 24), (16, 72), (48, 24), (48, 72)):
            assert np.abs(back[0][y, x] - pictures[0][y, x]).max() <= 5


def test_colours_survive_a_round_trip(tmp_path: Path) -> None:
    greys = np.repeat(np.arange(0, 256, 15, dtype=np.uint8), 8)[None, :, None].repeat(64, 0).repeat(3, 2)
    strong = np.zeros_like(greys)
    strong[:, :48], strong[:, 48:96], strong[:, 96:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    out = tmp_path / "o.mp4"
    write(out, [greys, strong], [0, 1 / 30], crf=8)
    back = [f.image.astype(int) for f in VideoReader(out)]
    assert np.abs(back[0] - greys)[:, 4::8].max() <= 4
    assert np.abs(back[1][32, [20, 70, 120]] - strong[32, [20, 70, 120]]).max() <= 6


@pytest.mark.parametrize("size", [(97, 64), (96, 65), (97, 65)])
def test_odd_sizes_are_padded_not_cropped(tmp_path: Path, tools: Any, size: tuple[int, int]) -> None:
    out = tmp_path / "o.mp4"
    picture = tools.corners(*size)
    write(out, [picture] * 2, [0, 0.1], Fraction(10))
    back = next(iter(VideoReader(out))).image
    assert back.shape == (size[1] + size[1] % 2, size[0] + size[0] % 2, 3)
    assert np.abs(back[: size[1], : size[0]].astype(int) - picture).mean() < 4
    assert np.abs(back[-1, -1].astype(int) - picture[-1, -1]).max() < 12


@pytest.mark.parametrize("n", [1, 2, 3])
def test_very_short(tmp_path: Path, tools: Any, n: int) -> None:
    for k, times in enumerate((np.arange(n) / 30, np.cumsum([0, 0.1, 0.7])[:n])):
        write(tmp_path / f"{k}.mp4", tools.moving(n), times)
        assert len(stamps(tmp_path / f"{k}.mp4")) == n


def test_sound_is_copied_and_in_place(tmp_path: Path, clips: Path, tools: Any) -> None:
    writer = copy(clips / "sound.mp4", tmp_path / "o.mp4")
    assert writer.warnings == []
    info = VideoReader(tmp_path / "o.mp4").info
    assert info.audio_codec == "aac" and info.declared_frames == 60
    assert np.allclose(tools.clicks_s(tmp_path / "o.mp4"), tools.clicks_s(clips / "sound.mp4"), atol=0.003)
    assert np.allclose(tools.clicks_s(tmp_path / "o.mp4"), [0.25, 0.75, 1.25, 1.75], atol=0.003)


@pytest.mark.parametrize(
    ("suffix", "codec", "delay_s"), [("mkv", "pcm_s16le", 0.3), ("mkv", "aac", 0.3), ("mov", "pcm_s16le", 0.0)]
)
def test_sound_keeps_its_distance_or_is_encoded_again(
    tmp_path: Path, tools: Any, suffix: str, codec: str, delay_s: float
) -> None:
    clip = tools.make_clip(tmp_path / f"i.{suffix}", tools.moving(60), audio=codec, audio_delay_s=delay_s)
    writer = copy(clip, tmp_path / "o.mp4")
    assert VideoReader(tmp_path / "o.mp4").info.audio_codec == "aac"
    assert any("AAC" in w for w in writer.warnings) == (codec != "aac")
    wanted = [t + delay_s for t in (0.25, 0.75, 1.25, 1.75) if t + delay_s < 2]
    assert np.allclose(tools.clicks_s(tmp_path / "o.mp4"), wanted, atol=0.03)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_sound_of_a_part(tmp_path: Path, tools: Any, codec: str) -> None:
    clip = tools.make_clip(tmp_path / "i.mkv", tools.moving(120), audio=codec)
    reader = VideoReader(clip, start_s=1.0, end_s=3.0)
    frames = list(reader)
    times = np.array([f.time_s for f in frames])
    out = tmp_path / "o.mp4"
    with VideoWriter(
        out, width=96, height=64, times_s=times, fps=reader.info.fps, audio_from=clip, audio_start_s=times[0]
    ) as writer:
        for frame in frames:
            writer.write(frame.image)
    assert np.allclose(tools.clicks_s(out), [0.25, 0.75, 1.25, 1.75], atol=0.03)
    with av.open(str(out)) as container:
        assert container.duration / 1e6 == pytest.approx(2.0, abs=0.05)


def test_sound_beside_variable_rate(tmp_path: Path, tools: Any) -> None:
    pts = [k * 33 + (300 if k > 20 else 0) for k in range(50)]
    clip = tools.make_clip(tmp_path / "i.mkv", tools.moving(50), pts=pts, time_base=Fraction(1, 1000), audio="aac")
    copy(clip, tmp_path / "o.mp4")
    got = [float(t) for t in stamps(tmp_path / "o.mp4")]
    assert np.abs(np.array(got) - np.array(pts) / 1000).max() <= 0.51 / 90000
    assert np.allclose(tools.clicks_s(tmp_path / "o.mp4"), [0.25, 0.75, 1.25], atol=0.03)


def test_a_source_without_sound(tmp_path: Path, clips: Path) -> None:
    assert copy(clips / "plain.mp4", tmp_path / "o.mp4").warnings == []
    assert not VideoReader(tmp_path / "o.mp4").info.has_audio


def test_the_picture_survives_broken_sound(tmp_path: Path, clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "_COPIED", {"aac"})
    tried: list[str] = []
    real = audio.ffmpeg_process.run

    def fails(command: list[str], timeout_s: float) -> tuple[int, list[str]]:
        tried.append(command[command.index("-c:a") + 1])
        return real([*command[:-2], "-bogus", *command[-2:]], timeout_s)

    monkeypatch.setattr(audio.ffmpeg_process, "run", fails)
    writer = copy(clips / "sound.mp4", tmp_path / "o.mp4")
    assert tried == ["copy", "aac"]
    assert writer.warnings == ["no sound in the output: the clip's sound (aac) cannot be decoded or is damaged"]
    assert len(stamps(tmp_path / "o.mp4")) == 60
    assert os.listdir(tmp_path) == ["o.mp4"]


def test_an_existing_file_is_kept(tmp_path: Path, tools: Any) -> None:
    out = tmp_path / "o.mp4"
    out.write_text("old")
    with pytest.raises(OutputError, match="--overwrite"):
        write(out, tools.moving(2), [0, 0.1])
    assert out.read_text() == "old"
    write(out, tools.moving(2), [0, 0.1], overwrite=True)
    assert len(stamps(out)) == 2 and os.listdir(tmp_path) == ["o.mp4"]


@pytest.mark.parametrize(
    "name",
    ["-o.mp4", "http:x.mp4", "pct%03d.mp4", "new\nline.mp4", os.fsdecode(b"bad\xff.mp4"), "語" * 80 + ".mp4", "noext"],
)
def test_every_output_name(tmp_path: Path, tools: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path(name), tools.moving(2), [0, 0.1])
    assert os.listdir(tmp_path) == [name]


@pytest.mark.assets
@pytest.mark.parametrize(
    "name", ["video_with_failing_audio.mp4", "no_duration.webm", "var_fps_video.mp4", "corrupted.mp4"]
)
def test_given_clips(shared: Path, tmp_path: Path, name: str) -> None:
    source, out = shared / "videos" / "odd" / name, tmp_path / "o.mp4"
    copy(source, out, preset="ultrafast")
    times = np.array([f.time_s for f in VideoReader(source)])
    got = np.array([float(t) for t in stamps(out)])
    assert got.shape == times.shape and np.abs(got - times).max() < 1e-4
    assert VideoReader(out).info.has_audio == VideoReader(source).info.has_audio
