"""A generated clip of a walking figure with its 2D keypoints, so that the whole pipeline runs without a detector's
weights."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

WIDTH, HEIGHT, FPS = 320, 240, 30
Clip = tuple[Path, Path]  # the video, its keypoints


def walking_coco(frames: int, x0: float = 100.0, speed: float = 1.0) -> NDArray[np.float64]:
    """(T, 17, 2) px: a side-on figure 160 px tall that walks to the right, legs and arms swinging in opposite phase."""
    t = np.arange(frames)
    swing = 0.45 * np.sin(2 * np.pi * t / 30)
    xy = np.zeros((frames, 17, 2))
    hip, shoulder = np.array([0.0, 120.0]), np.array([0.0, 70.0])
    for k, (x, y) in enumerate([(6, 50), (5, 47), (4, 47), (0, 48), (-1, 48)]):
        xy[:, k] = [x, y]
    for side, sign in ((0, 1), (1, -1)):
        down = lambda start, angle, length: start + length * np.stack([np.sin(angle), np.cos(angle)], 1)  # noqa: E731
        xy[:, 5 + side] = np.add(shoulder, [3 * sign, 0])
        xy[:, 7 + side] = down(xy[:, 5 + side], -sign * swing, 28)
        xy[:, 9 + side] = down(xy[:, 7 + side], -sign * swing + 0.3, 26)
        xy[:, 11 + side] = np.add(hip, [3 * sign, 0])
        xy[:, 13 + side] = down(xy[:, 11 + side], sign * swing, 40)
        xy[:, 15 + side] = down(xy[:, 13 + side], sign * swing - 0.15, 40)
    xy[..., 0] += x0 + speed * t[:, None]
    return xy


def write_clip(
    path: Path, people: list[NDArray[np.float64]], *, fps: int = FPS, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Path:
    """A tiny H.264 clip with a dot at every keypoint."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = Fraction(1, fps)
        for t in range(len(people[0])):
            image = np.full((size[1], size[0], 3), 90, np.uint8)
            for x, y in np.concatenate([p[t] for p in people]).astype(int):
                image[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3] = 230
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode())
    return path


def write_keypoints(path: Path, people: list[NDArray[np.float64]], present: NDArray[np.bool_] | None = None) -> Path:
    """Our own keypoints JSON for (T, 17, 2) people; frames in which `present` (T,) is False have no person."""
    frames = []
    for t in range(len(people[0])):
        seen = [] if present is not None and not present[t] else people
        rows = [{"id": i, "keypoints": [[*map(float, q), 0.9] for q in p[t]]} for i, p in enumerate(seen, 1)]
        frames.append({"index": t, "people": rows})
    path.write_text(json.dumps({"format": "kasf-keypoints", "version": 1, "frames": frames}))
    return path


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """45 frames of one walker."""
    folder = tmp_path_factory.mktemp("walk")
    people = [walking_coco(45)]
    return write_clip(folder / "walk.mp4", people), write_keypoints(folder / "walk.json", people)
