"""The recorded frame rate, read from metadata of the file."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import pytest

from kasf_demo.types.clip import CaptureRate
from kasf_demo.video.capture_rate import read_capture_rate
from kasf_demo.video.reader import VideoReader

SONY = (
    '<?xml version="1.0"?><NonRealTimeMeta><VideoFormat><VideoFrame videoCodec="AVC_1920_1080_HP@L41"'
    ' captureFps="119.88p" formatFps="29.97p"/></VideoFormat></NonRealTimeMeta>'
)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def saut(mode: int) -> bytes:
    return box(b"saut", bytes([0, 0, 0, 0, 0, mode, 1, 4]))


def of(path: Path) -> CaptureRate | None:
    return read_capture_rate(path, "mov,mp4,m4a,3gp,3g2,mj2", {})


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_androids_tag(tmp_path: Path, tools: Any, suffix: str) -> None:
    source, clip = tools.make_clip(tmp_path / "s.mp4", tools.moving(4)), tmp_path / f"c.{suffix}"
    flags = {} if suffix == "mkv" else {"movflags": "use_metadata_tags"}
    with av.open(str(source)) as given, av.open(str(clip), "w", options=flags) as out:
        out.metadata["com.android.capture.fps"] = "240.000000"
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(given.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    capture = VideoReader(clip).info.capture
    assert capture is not None and (capture.fps, capture.tag) == (240, "com.android.capture.fps")


NUMBERS = [("60.0", 60), ("120", 120), ("119.88", 120000 / 1001), ("240/1", 240), ("0", None), ("x", None)]


@pytest.mark.parametrize(("text", "fps"), NUMBERS)
def test_numbers(text: str, fps: float | None) -> None:
    found = read_capture_rate(Path("none"), "matroska", {"com.android.capture.fps": text})
    assert (found and found.fps) == (None if fps is None else pytest.approx(fps))


def test_samsungs_box(tmp_path: Path) -> None:
    clip = tmp_path / "c.mp4"
    for content, fps in (
        (saut(12), 240),
        (saut(13), 120),
        (saut(21) + box(b"srfr", struct.pack(">I", 960 << 16)), 960),
        (saut(0), None),
    ):
        smta = box(b"smta", bytes(4) + content)
        clip.write_bytes(box(b"ftyp", b"mp42" + bytes(4)) + box(b"moov", box(b"mvhd", bytes(100)) + box(b"udta", smta)))
        found = of(clip)
        assert (found and found.fps) == fps


def test_sonys_xml_in_the_file_and_beside_it(tmp_path: Path) -> None:
    clip = tmp_path / "C0001.MP4"
    meta = box(b"meta", bytes(4) + box(b"hdlr", bytes(24)) + box(b"xml ", bytes(4) + SONY.encode()))
    for content in (box(b"moov", bytes(0)) + meta, box(b"moov", meta), box(b"moov", box(b"udta", meta))):
        clip.write_bytes(box(b"ftyp", b"XAVC" + bytes(4)) + content)
        found = of(clip)
        assert found is not None and (found.fps, found.playback_fps) == pytest.approx((120000 / 1001, 30000 / 1001))
    clip.write_bytes(box(b"ftyp", b"XAVC" + bytes(4)))
    assert of(clip) is None
    (tmp_path / "C0001M01.XML").write_text(SONY)
    found = of(clip)
    assert found is not None and found.tag == "captureFps"


BROKEN = [
    b"",
    b"\0" * 64,
    box(b"moov", b"\xff" * 40),
    struct.pack(">I4sQ", 1, b"moov", 2**63),
    box(b"moov", box(b"udta", b"\0\0\0\7smta")),
]


@pytest.mark.parametrize("data", BROKEN)
def test_broken_boxes_say_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "c.mp4").write_bytes(data)
    assert of(tmp_path / "c.mp4") is None
