"""The rate at which a clip was recorded, as cameras and phones write it into the file. It differs from the rate of
playback in slow motion and in time lapse.

Read are:
- `com.android.capture.fps` (Android's MediaRecorder and most phones that use it), and tags of that form
  under a maker's own name;
- Samsung's box `moov/udta/smta/saut` (recording mode 12: 240, 13: 120; `srfr`: the rate itself), as androidx.media3
  reads it;
- Sony's XAVC XML (`NonRealTimeMeta`, `VideoFrame captureFps="119.88p" formatFps="29.97p"`), in the mp4's `meta` box, in
  an MXF, or beside the clip as `C0001M01.XML`;
- ARRI's `com.arri.camera.SensorFps`. Apple's slow motion needs none: an iPhone's file plays at its recorded rate; the
  slow part exists in Photos' notes only, or, once exported, in the time stamps.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from kasf_demo.types.clip import CaptureRate

MAX_XML_BYTES = 2_000_000
MAX_BOXES = 4096
MAX_MXF_HEAD_BYTES = 4_000_000  # the XML of an MXF lies before its images
MIN_FPS, MAX_FPS = 0.001, 100_000.0
_KEYS = ("com.android.capture.fps", "com.arri.camera.sensorfps")
_MP4 = {"mov", "mp4"}
_SAMSUNG_FPS = {12: 240.0, 13: 120.0}  # by recording mode
_VIDEO_FRAME = re.compile(rb"<(?:\w+:)?VideoFrame\b[^>]*>")
_NTSC = {round(n * 1000 / 1001, 2): Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 72, 90, 96, 120, 240, 480, 960)}


def read_capture_rate(path: Path, container: str, tags: Mapping[str, str]) -> CaptureRate | None:
    """The recorded rate that the file at `path` names; None if it names none. Never raises for what is wrong with the
    tags.

    container: its format names, comma separated. tags: all text tags of the file and of the video stream.
    """
    found = {key.lower(): value for key, value in tags.items()}
    for key in _KEYS:
        if key in found and (fps := _number(found[key])) is not None:
            return CaptureRate(fps, key)
    for key, value in found.items():  # makers' own names
        if re.fullmatch(r"com\.[\w.]*capture[._]?(fps|frame_?rate)", key) and (fps := _number(value)) is not None:
            return CaptureRate(fps, key)
    try:
        return (
            _in_boxes(path) if _MP4 & set(container.split(",")) else _sony_of_mxf(path, container) or _sony_beside(path)
        )
    except (OSError, struct.error, ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    """Frames per second from `240`, `239.760000`, `119.88p`, `60000/1001`; None for what is none or absurd."""
    match = re.match(r"\s*([0-9]+(?:\.[0-9]*)?)\s*(?:/\s*([0-9]+))?", text)
    if match is None:
        return None
    value = float(match[1]) / float(match[2] or 1) if float(match[2] or 1) else 0.0
    exact = _NTSC.get(round(value, 2))
    value = float(exact) if exact is not None and "." in match[1] else value
    return value if MIN_FPS <= value <= MAX_FPS else None


def _in_boxes(path: Path) -> CaptureRate | None:
    """From the boxes of an mp4 that libav does not pass on: Samsung's and Sony's."""
    with open(path, "rb") as file:
        end = os.fstat(file.fileno()).st_size
        for kind, start, stop in _boxes(file, 0, end):
            found = None
            if kind == b"meta":
                found = _sony_in_meta(file, start, stop)
            elif kind == b"moov":
                found = _in_movie(file, start, stop)
            if found is not None:
                return found
    return _sony_beside(path)


def _in_movie(file: BinaryIO, start: int, stop: int) -> CaptureRate | None:
    for kind, a, b in _boxes(file, start, stop):
        if kind == b"meta" and (found := _sony_in_meta(file, a, b)):
            return found
        if kind == b"udta":
            for inner, c, d in _boxes(file, a, b):
                if inner == b"smta" and (found := _samsung(file, c, d)):
                    return found
                if inner == b"meta" and (found := _sony_in_meta(file, c, d)):
                    return found
    return None


def _boxes(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, first byte of the content, end) of the ISO base media boxes between two places of a file."""
    for _ in range(MAX_BOXES):
        if start + 8 > stop:
            return
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", file.read(8))[0], 16
        size = size or stop - start
        if size < head or start + size > stop:
            return
        yield kind, start + head, start + size
        start += size


def _samsung(file: BinaryIO, start: int, stop: int) -> CaptureRate | None:
    """smta: 4 bytes of version, then boxes; saut: 4 bytes of version, then pairs of bytes (key, value), key 0 is the
    recording mode."""
    mode: int | None = None
    rate: float | None = None
    for kind, a, b in _boxes(file, start + 4, stop):
        file.seek(a)
        content = file.read(min(b - a, 64))
        if kind == b"saut":
            mode = next((value for key, value in zip(content[4::2], content[5::2], strict=False) if key == 0), None)
        elif kind == b"srfr" and len(content) >= 4:
            rate = struct.unpack(">I", content[:4])[0] / 65536
    fps = _SAMSUNG_FPS.get(mode) if mode is not None else None
    fps = fps or (rate if rate is not None and MIN_FPS <= rate <= MAX_FPS else None)
    return None if fps is None else CaptureRate(fps, "Samsung's recording mode")


def _sony_in_meta(file: BinaryIO, start: int, stop: int) -> CaptureRate | None:
    for first in (start + 4, start):  # a full box in mp4, a plain one in QuickTime
        for kind, a, b in _boxes(file, first, stop):
            if kind == b"xml " and b - a <= MAX_XML_BYTES:
                file.seek(a)
                return _sony(file.read(b - a))
    return None


def _sony_of_mxf(path: Path, container: str) -> CaptureRate | None:
    if "mxf" not in container.split(","):
        return None
    with open(path, "rb") as file:
        return _sony(file.read(MAX_MXF_HEAD_BYTES))


def _sony_beside(path: Path) -> CaptureRate | None:
    """Sony's cameras write C0001M01.XML beside C0001.MP4."""
    for suffix in ("M01.XML", "M01.xml"):
        beside = path.with_name(path.stem + suffix)
        if beside.is_file() and beside.stat().st_size <= MAX_XML_BYTES:
            return _sony(beside.read_bytes())
    return None


def _sony(xml: bytes) -> CaptureRate | None:
    """From the attributes of the element VideoFrame, by pattern: untrusted XML inside a video is not given to a
    parser."""
    element = _VIDEO_FRAME.search(xml)
    if element is None:
        return None
    rates = [re.search(rb"\b" + name + rb'\s*=\s*"([^"]{1,32})"', element[0]) for name in (b"captureFps", b"formatFps")]
    capture, playback = (None if match is None else _number(match[1].decode("ascii", "replace")) for match in rates)
    return None if capture is None else CaptureRate(capture, "captureFps", playback)
