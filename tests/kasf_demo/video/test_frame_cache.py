"""Decoded frames that are kept between passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from av.video.frame import VideoFrame
from decoded import images

from kasf_demo.video import source
from kasf_demo.video.frame_cache import MAX_FRAMES, Kept, KeptFrames
from kasf_demo.video.reader import VideoReader


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
