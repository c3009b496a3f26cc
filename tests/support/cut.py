"""Clips of several shots with the keypoints of their people, and each shot as a clip of its own with the same
frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from panorama import MIDDLE, SIZE, rotation, seen, texture
from walker import walking_coco, write_keypoints

Images = list[NDArray[np.uint8]]
FOCAL = 700.0


@dataclass(frozen=True)
class Part:
    """Images of one shot and the (T, 17, 2) px of the person in it."""

    images: Images
    points: NDArray[np.float64]


def part(seed: int, frames: int, *, pan_deg: float = 0.0, x0: float = 0.0, size: float = 1.0) -> Part:
    """A walker in front of a wall of its own (`seed`), the camera panning past; `size` scales the walker."""
    far, walker = texture(seed), size * (walking_coco(frames, x0, 0.5) - [0.0, 110.0])
    images, points = [], np.zeros((frames, 17, 2))
    for t in range(frames):
        turned = rotation(pan_deg * t / max(frames - 1, 1))
        images.append(seen(far, turned, FOCAL))
        ray = np.concatenate([walker[t] / FOCAL, np.ones((17, 1))], axis=1) @ turned.T
        points[t] = FOCAL * ray[:, :2] / ray[:, 2:] + MIDDLE
        for x, y in points[t].astype(int).tolist():
            images[t][max(y - 3, 0) : max(y + 4, 0), max(x - 3, 0) : max(x + 4, 0)] = 250
    return Part(images, points)


def write_images(path: Path, images: Images, *, rate: int = 30) -> Path:
    """A clip that decodes to the same pixels whatever comes before them."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "qp": "0"})
        stream.width, stream.height, stream.pix_fmt = images[0].shape[1], images[0].shape[0], "yuv420p"
        stream.time_base = Fraction(1, rate)
        for image in images:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode())
    return path


def write_parts(folder: Path, name: str, parts: Sequence[Part]) -> tuple[Path, Path]:
    """The parts one after another as a clip, and its keypoints file."""
    clip = write_images(folder / f"{name}.mp4", [image for p in parts for image in p.images])
    return clip, write_keypoints(folder / f"{name}.json", [np.concatenate([p.points for p in parts])])


__all__ = ["SIZE", "Part", "part", "write_images", "write_parts"]
