"""A small picture of a result, for the gallery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2

from kasf_demo.errors import KasfError
from kasf_demo.files.atomic import atomic_write_path
from kasf_demo.types.arrays import Image
from kasf_demo.video.reader import VideoReader

WIDTH_PX = 480
QUALITY = 80


def save_poster(video: Path, target: Path, *, at_s: float) -> bool:
    """Writes the frame of `video` at `at_s` seconds as a JPEG, WIDTH_PX wide. False where that fails: a result does not depend on it."""
    try:
        image = next(_from(video, at_s), None)
        if image is None:
            return False
        height = max(1, round(image.shape[0] * WIDTH_PX / image.shape[1]))
        small = cv2.resize(image, (WIDTH_PX, height), interpolation=cv2.INTER_AREA)
        good, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if not good:
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write_path(target, overwrite=True) as part:
            part.write_bytes(data.tobytes())
    except (KasfError, OSError, cv2.error):
        return False
    return True


def _from(video: Path, at_s: float) -> Iterator[Image]:
    for start_s in (at_s, None):  # a last frame may lie before the middle of a clip of odd times: take the first then
        try:
            for frame in VideoReader(video, start_s=start_s):
                yield frame.image
        except KasfError:
            if start_s is None:
                raise
