"""H.264 files: constant or variable frame rate, a rotation in the metadata, sound. PyAV; ffmpeg only to write the rotation."""

from __future__ import annotations

import os
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

LARGEST_BYTES = 2_000_000
CLOCK = Fraction(1, 90_000)
AUDIO_HZ = 44_100


def encode(
    frames: list[Path],
    times_s: NDArray[np.floating[Any]],
    target: Path,
    *,
    fps: int,
    rotate: bool,
    sound: NDArray[Any] | None,
) -> None:
    """Images (PNG) into target, at the best quality that stays under LARGEST_BYTES. rotate: store them lying on their side."""
    part = target.with_suffix(".part.mp4")
    for crf in range(18, 40):
        _write(frames, times_s, part, fps, crf, rotate, sound)
        if rotate:
            _write_rotation(part)
        if part.stat().st_size <= LARGEST_BYTES:
            os.replace(part, target)
            print(f"{target.name}: {target.stat().st_size / 1e6:.2f} MB at crf {crf}")
            return
    raise RuntimeError(f"{target.name} does not fit into {LARGEST_BYTES} bytes")


def _write(
    frames: list[Path], times_s: Any, path: Path, fps: int, crf: int, rotate: bool, sound: NDArray[Any] | None
) -> None:
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as file:
        options = {"crf": str(crf), "preset": "slow", "threads": "2", "aq-mode": "3"}
        video = file.add_stream("libx264", rate=fps, options=options)
        video.pix_fmt, video.time_base = "yuv420p", CLOCK
        video.codec_context.time_base = CLOCK
        audio = file.add_stream("aac", rate=AUDIO_HZ, layout="mono") if sound is not None else None
        for n, (picture_path, time) in enumerate(zip(frames, times_s, strict=True)):
            picture = cv2.imread(str(picture_path))
            if rotate:
                picture = cv2.rotate(picture, cv2.ROTATE_90_COUNTERCLOCKWISE)
            if n == 0:
                video.height, video.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(
                format="yuv420p", dst_colorspace="ITU709"
            )
            frame.pts, frame.time_base = round(float(time) / CLOCK), CLOCK
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        if audio is not None and sound is not None:
            for start in range(0, len(sound), 1024):
                block = av.AudioFrame.from_ndarray(
                    sound[None, start : start + 1024].astype(np.float32), format="fltp", layout="mono"
                )
                block.sample_rate, block.pts, block.time_base = AUDIO_HZ, start, Fraction(1, AUDIO_HZ)
                file.mux(audio.encode(block))
            file.mux(audio.encode(None))


def _write_rotation(path: Path) -> None:
    """Mark the file as lying on its side: players turn it a quarter clockwise."""
    turned = path.with_suffix(".turned.mp4")
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-y",
        "-v",
        "error",
        "-nostdin",
        "-display_rotation",
        "-90",
        "-i",
        str(path),
    ]
    subprocess.run([*command, "-c", "copy", "-movflags", "+faststart", str(turned)], check=True)
    os.replace(turned, path)


def read(path: Path) -> tuple[list[NDArray[np.uint8]], NDArray[np.floating[Any]]]:
    """All images (RGB, as stored) and their times, for checks."""
    with av.open(str(path)) as file:
        pairs = [(f.to_ndarray(format="rgb24"), float(f.time)) for f in file.decode(video=0)]
    return [p for p, _ in pairs], np.array([t for _, t in pairs])
