"""Decoding what is damaged, cut off, misnamed or no video at all."""

from __future__ import annotations

import os
import random
import shutil
import socket
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kasf_demo.errors import InputError
from kasf_demo.video.reader import VideoReader


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        VideoReader(path)
    error = caught.value
    assert error.exit_code == 4 and error.remedy and "\n" not in str(error)
    return error


def test_damage_is_counted_and_the_same_each_time(tmp_path: Path, clips: Path) -> None:
    data = bytearray((clips / "faststart.mp4").read_bytes())
    rng, start = random.Random(0), data.find(b"mdat") + 3000
    for _ in range(60):
        data[rng.randrange(start, len(data))] = rng.randrange(256)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    passes = []
    for _ in range(2):
        reader = VideoReader(path)
        frames = list(reader)
        passes.append([f.image.tobytes() for f in frames])
    assert passes[0] == passes[1]
    assert reader.damaged_frames == sum(f.damaged for f in frames)
    assert reader.damaged_frames + reader.damaged_packets > 0
    assert any("damaged" in w for w in reader.warnings)
    assert 30 <= len(frames) <= 60


def test_half_a_file(tmp_path: Path, clips: Path) -> None:
    data = (clips / "faststart.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(data[: len(data) // 2])
    reader = VideoReader(tmp_path / "half.mp4")
    n = len(list(reader))
    assert 10 < n < 60 and reader.truncated
    assert any(f"decoded {n} of 60 frames" in w for w in reader.warnings)


def test_half_a_matroska(tmp_path: Path, tools: Any) -> None:
    data = tools.make_clip(tmp_path / "whole.mkv", tools.moving(60)).read_bytes()
    assert not (r := VideoReader(tmp_path / "whole.mkv")).truncated and len(list(r)) == 60 and not r.truncated
    (tmp_path / "half.mkv").write_bytes(data[: len(data) // 2])
    reader = VideoReader(tmp_path / "half.mkv")
    assert 0 < len(list(reader)) < 60
    assert reader.truncated and any("cut off" in w or "the middle" in w for w in reader.warnings)


def test_a_header_without_frames(tmp_path: Path, clips: Path) -> None:
    data = bytearray((clips / "faststart.mp4").read_bytes())
    at = data.find(b"mdat") + 4
    data[at:] = bytes(len(data) - at)
    (tmp_path / "zeros.mp4").write_bytes(data)
    assert "no frame decodes" in refused(tmp_path / "zeros.mp4").what


def test_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert "empty (0 bytes)" in refused(tmp_path / "empty.mp4").what
    assert "folder" in refused(tmp_path).what
    assert "no such file" in refused(tmp_path / "none.mp4").what
    (tmp_path / "a.mp4").symlink_to("b.mp4")
    assert "symbolic link" in refused(tmp_path / "a.mp4").what
    (tmp_path / "b.mp4").symlink_to("a.mp4")
    assert "loop" in refused(tmp_path / "a.mp4").what
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "not a regular file" in refused(tmp_path / "pipe.mp4").what
    assert "file name" in refused(Path("a\0b.mp4")).what


def test_not_a_video(tmp_path: Path, clips: Path, tools: Any) -> None:
    for name, content, word in (
        ("text.mp4", b"this is not a video\n" * 50, "not a video"),
        ("jpeg.mp4", bytes.fromhex("ffd8ffe000104a46494600"), "still image"),
        ("concat.mp4", b"ffconcat version 1.0\nfile '" + os.fsencode(clips / "plain.mp4") + b"'\n", "playlist"),
        ("page.mp4", b"<!DOCTYPE html><html>quota exceeded</html>", "web page"),
    ):
        (tmp_path / name).write_bytes(content)
        assert word in refused(tmp_path / name).what


def test_audio_only(tmp_path: Path, tools: Any) -> None:
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48000), np.float32), "fltp", "mono")
        frame.sample_rate = 48000
        for part in av.AudioResampler("fltp", stream.codec_context.layout, 48000, 1024).resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    assert "audio only" in refused(tmp_path / "a.mp4").what


def test_playlists_reach_no_network(tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.3)
        called: list[bool] = []

        def wait() -> None:
            try:
                server.accept()
                called.append(True)
            except OSError:
                pass

        waiter = threading.Thread(target=wait)
        waiter.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/seg.ts"
        text = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n"
        for name in ("hls.mp4", "hls.m3u8"):
            (tmp_path / name).write_text(text)
            assert "playlist" in refused(tmp_path / name).what
        waiter.join()
        assert not called


NAMES = [
    "-i.mp4",
    "http:x.mp4",
    "concat:a.mp4",
    "pct%03d.mp4",
    "sp ace.mp4",
    "new\nline.mp4",
    "[g]*.mp4",
    "noext",
    "ü 日本 🏏.mp4",
]


@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"bad\xff\xfename.mp4")])
def test_every_name_is_only_a_name(tmp_path: Path, clips: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(clips / "plain.mp4", tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(list(VideoReader(Path(name)))) == 30


@pytest.mark.assets
@pytest.mark.parametrize(
    ("name", "frames", "size"),
    [
        ("odd/av1_video.mkv", 125, (640, 360)),
        ("odd/corrupted.mp4", 49, (1280, 720)),
        ("odd/edit-list-discard.mp4", 49, (64, 64)),
        ("odd/h265_10bits.mp4", 30, (200, 200)),
        ("odd/no_duration.webm", 74, (1280, 720)),
        ("odd/var_fps_video.mp4", 300, (128, 128)),
        ("odd/video_90.mov", 3, (320, 568)),
        ("odd/video_with_failing_audio.mp4", 280, (640, 360)),
        ("soccer_freekick_side.mp4", 68, (772, 720)),
        ("skating_720p.mp4", 185, (1280, 720)),
    ],
)
def test_given_clips(shared: Path, name: str, frames: int, size: tuple[int, int]) -> None:
    reader = VideoReader(shared / "videos" / name)
    times = [f.time_s for f in reader]
    assert (len(times), (reader.info.width, reader.info.height)) == (frames, size)
    assert times[0] == 0 and np.all(np.diff(times) > 0)
    assert reader.truncated == ("corrupted" in name)
    assert bool(reader.warnings) == ("corrupted" in name)
