"""Tiny clips made with PyAV, with known pixels and time stamps."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

# top left, top right, bottom left, bottom right
CORNERS = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (200, 200, 40)]


def corners(width: int = 96, height: int = 64) -> np.ndarray:
    """(H, W, 3) four plain quarters of different colours: shows every rotation and mirroring, and survives
    compression."""
    image = np.zeros((height, width, 3), np.uint8)
    for k, colour in enumerate(CORNERS):
        y, x = divmod(k, 2)
        image[y * height // 2 : (y + 1) * height // 2, x * width // 2 : (x + 1) * width // 2] = colour
    return image


def corner_colours(image: np.ndarray) -> list[int]:
    """Which of the four colours lies in each corner of `image`."""
    h, w = image.shape[:2]
    seen = [image[y, x].astype(int) for y in (h // 4, 3 * h // 4) for x in (w // 4, 3 * w // 4)]
    return [int(np.argmin([np.abs(np.array(c) - s).sum() for c in CORNERS])) for s in seen]


def moving(n: int, width: int = 96, height: int = 64) -> list[np.ndarray]:
    """n images, all different: a bright block walks over a ramp, its place tells the frame."""
    ramp = np.linspace(30, 120, width, dtype=np.uint8)[None, :, None].repeat(height, 0).repeat(3, 2)
    out = []
    for k in range(n):
        image = ramp.copy()
        x = (k * 3) % (width - 16)
        image[8:24, x : x + 16] = (230, 180, 60)
        out.append(image)
    return out


def make_clip(
    path: Path,
    pictures: Sequence[np.ndarray],
    *,
    rate: Fraction | int = 30,
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    matrix: int | None = None,
    full_range: bool = False,
    sar: Fraction | None = None,
    audio: str | None = None,
    audio_delay_s: float = 0.0,
    format: str | None = None,
) -> Path:
    """Encodes `pictures`; frame k gets pts[k] in time_base (default: k/rate)."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", format=format, options=container_options or {}) as out:
        defaults = {"preset": "ultrafast", "crf": "10"} if codec == "libx264" else {}
        stream = out.add_stream(codec, rate=rate, options={**defaults, **(options or {})})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        if time_base is not None:
            stream.codec_context.time_base = time_base
        if matrix is not None:
            stream.codec_context.colorspace = matrix
            stream.codec_context.color_range = 2 if full_range else 1
        if sar is not None:
            stream.codec_context.sample_aspect_ratio = sar
        sound = out.add_stream(audio, rate=48000) if audio else None
        for k, picture in enumerate(pictures):
            swscale = {1: 1, 9: 9}.get(matrix or 6, 5)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
            frame = frame.reformat(format=pix_fmt, dst_colorspace=swscale, dst_color_range=2 if full_range else 1)
            frame.pts = k if pts is None else pts[k]
            frame.time_base = time_base or 1 / Fraction(rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if sound is not None:
            _tone(out, sound, len(pictures) / float(rate), audio_delay_s)
    return path


def _tone(out: Any, sound: Any, seconds: float, delay_s: float) -> None:
    """Silence with a click of 50 ms at every half second, so that its place in time can be measured."""
    samples = np.zeros((1, int(48000 * seconds)), np.float32)
    for second in np.arange(0.25, seconds, 0.5):
        at = int(second * 48000)
        samples[0, at : at + 2400] = 0.5 * np.sin(np.arange(len(samples[0, at : at + 2400])) * 0.2)
    layout = sound.codec_context.layout
    resampler = av.AudioResampler(format=sound.codec_context.format or "fltp", layout=layout, rate=48000)
    frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
    frame.sample_rate, frame.pts = 48000, round(delay_s * 48000)
    frame.time_base = Fraction(1, 48000)
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        out.mux(sound.encode(part))
    out.mux(sound.encode(None))


def set_matrix(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Writes the display matrix (x' = a x + c y, y' = b x + d y) into the video track header of an mp4."""
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd") + 4 + 40
    data[at : at + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def clicks_s(path: Path) -> list[float]:
    """Times at which the clicks of `_tone` begin, relative to the first video frame."""
    with av.open(str(path)) as container:
        first = next(container.decode(container.streams.video[0])).time or 0.0
    found, loud_until = [], -1.0
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[0]):
            samples = np.abs(frame.to_ndarray().astype(np.float64)).reshape(-1)
            limit = 0.1 * (32768 if frame.format.name.startswith("s16") else 1)
            for at in np.flatnonzero(samples > limit):
                time = (frame.time or 0.0) + at / frame.sample_rate / (
                    1 if frame.format.is_planar else len(frame.layout.channels)
                )
                if time > loud_until + 0.2:
                    found.append(time - first)
                loud_until = time
    return found


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of clips: plain.mp4 (30 frames), sound.mp4 (60 frames, AAC), faststart.mp4 (60)."""
    folder = tmp_path_factory.mktemp("clips")
    make_clip(folder / "plain.mp4", moving(30))
    make_clip(folder / "sound.mp4", moving(60), audio="aac")
    make_clip(folder / "faststart.mp4", moving(60), container_options={"movflags": "faststart"})
    return folder


@pytest.fixture(scope="session")
def tools() -> Any:
    """The helpers above, for test modules (which cannot import each other)."""

    class Tools:
        corners = staticmethod(corners)
        corner_colours = staticmethod(corner_colours)
        moving = staticmethod(moving)
        make_clip: Callable[..., Path] = staticmethod(make_clip)
        set_matrix = staticmethod(set_matrix)
        clicks_s = staticmethod(clicks_s)

    return Tools
