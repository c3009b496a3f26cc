"""Pages of a synthetic athlete whose clip carries its frame number in the image."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from body import LEFT, bent, standing
from kasf_demo.kinematics import measure
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.people import Keypoints2D, Person, Pose3D
from kasf_demo.viewer import Lens, Page, ProxyVideo, Take
from kasf_demo.viewer.proxy_video import ProxyVideoWriter

FRAMES, WIDTH, HEIGHT, BITS = 60, 320, 180, 8
Array = NDArray[np.float64]


def constant_times(frames: int = FRAMES) -> Array:
    return np.arange(frames) / 30


def varying_times(frames: int = FRAMES) -> Array:
    """Gaps of 20 to 90 ms that follow no rate."""
    gaps = 0.02 + 0.07 * np.random.default_rng(5).random(frames - 1)
    return np.concatenate([[0.4], 0.4 + np.cumsum(gaps)])  # as a part of a clip, it does not start at 0


def numbered(frame: int) -> NDArray[np.uint8]:
    """(H, W, 3): the frame's number as bars, the lowest bit on the left."""
    bits = (frame >> np.arange(BITS)) & 1
    row = np.repeat(np.where(bits, 235, 20), WIDTH // BITS).astype(np.uint8)
    return np.broadcast_to(row[None, :, None], (HEIGHT, WIDTH, 3)).copy()


def picture(times_s: Array) -> ProxyVideo:
    info = VideoInfo(Path("numbers.mp4"), WIDTH, HEIGHT, Fraction(30), Fraction(1, 90000), "h264", "mp4")
    with ProxyVideoWriter(info, times_s) as writer:
        for frame in range(len(times_s)):
            writer.write(numbered(frame))
    assert writer.video is not None
    return writer.video


def athlete(times_s: Array, number: int = 1, *, x_m: float = 0.0, bend_deg: float = 120.0) -> Person:
    """Bends the right elbow by `bend_deg` over the clip, standing 4 m before the camera."""
    bends = -bend_deg * np.arange(len(times_s)) / max(len(times_s) - 1, 1)
    xyz = np.stack([bent(standing(), "r_elbow", LEFT, deg) for deg in bends]) + np.array([x_m, 4, 0])
    uv = np.stack([160 + 80 * xyz[..., 0], 150 - 80 * xyz[..., 2]], -1)
    valid, none = np.ones(len(times_s), bool), np.zeros(len(times_s), bool)
    score = np.full((len(times_s), 17), 0.9)
    keypoints = Keypoints2D(uv, score, valid, none, "h36m")
    return Person(number, keypoints, keypoints, Pose3D(xyz, score, valid, none, times_s))


def take(person: Person, **more: Any) -> Take:
    return Take.of(person, measure(person.pose), camera_height_m=1.5, **more)


def a_page(times_s: Array, *, title: str = "numbers.mp4", people: int = 1, **more: Any) -> Page:
    takes = [take(athlete(times_s, i + 1, x_m=1.2 * i, bend_deg=120 - 60 * i)) for i in range(people)]
    return Page(title, takes, **{"picture": picture(times_s), "lens": Lens(300.0, 0.0), "notes": ["a note"]} | more)
