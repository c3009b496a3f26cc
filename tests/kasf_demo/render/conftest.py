"""Stick figures for the tests and for looking at images: plausible Human3.6M joints that walk, kick, jump and run."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from kasf_demo.types.arrays import Image
from kasf_demo.types.clip import Frame, VideoInfo
from kasf_demo.types.people import Keypoints2D, Person, Pose3D
from kasportsformer.skeleton import H36M

FOCAL_SHARE = 1.1  # of the image's height: the virtual source camera
CAMERA_HEIGHT_M, CAMERA_BACK_M = 1.2, 4.2


def stick_xyz(
    times_s: np.ndarray,
    *,
    speed: float = 0.0,
    jump_m: float = 0.0,
    stride: float = 1.0,
    kick: float = 0.0,
    heading_deg: float = 0.0,
) -> np.ndarray:
    """(T, 17, 3) world metres: a person of 1.75 m who faces +x (the image's right) at heading 0; left is then away
    from the camera."""
    phase = 2 * np.pi * 1.0 * times_s
    forward, up = np.array([1.0, 0.0]), np.zeros((len(times_s), 17, 3))
    side = {"l": 1.0, "r": -1.0}
    heights = {"pelvis": 0.95, "spine": 1.20, "thorax": 1.45, "neck": 1.56, "head": 1.72, "hip": 0.93, "shoulder": 1.42}
    leans = {"neck": 0.05, "head": 0.02}

    def put(name: str, x: np.ndarray | float, y: float, z: np.ndarray | float) -> None:
        up[:, H36M[name], 0], up[:, H36M[name], 1], up[:, H36M[name], 2] = x, y, z

    for name in ("pelvis", "spine", "thorax", "neck", "head"):
        put(name, leans.get(name, 0.0), 0.0, heights[name])
    for s, sign in side.items():
        swing = sign * 0.45 * stride * np.sin(phase)
        hip = np.array([0.0, sign * 0.13, heights["hip"]])
        thigh = swing + (kick * np.clip(np.sin(phase), 0, 1) * 1.1 if s == "r" else 0.0)
        bend = 0.35 * stride * (1 + np.sin(phase + sign * np.pi / 2)) * (0.2 if kick and s == "r" else 1.0)
        put(f"{s}_hip", *hip)
        knee_x, knee_z = 0.44 * np.sin(thigh), hip[2] - 0.44 * np.cos(thigh)
        put(f"{s}_knee", knee_x, sign * 0.13, knee_z)
        put(f"{s}_ankle", knee_x + 0.43 * np.sin(thigh - bend), sign * 0.13, knee_z - 0.43 * np.cos(thigh - bend))
        arm = -swing * 0.9
        put(f"{s}_shoulder", 0.0, sign * 0.19, heights["shoulder"])
        elbow_x, elbow_z = 0.29 * np.sin(arm), heights["shoulder"] - 0.29 * np.cos(arm)
        put(f"{s}_elbow", elbow_x, sign * 0.25, elbow_z)
        put(f"{s}_wrist", elbow_x + 0.26 * np.sin(arm + 0.7), sign * 0.24, elbow_z - 0.26 * np.cos(arm + 0.7))
    h = np.radians(heading_deg)
    turn = np.array([[np.cos(h), -np.sin(h)], [np.sin(h), np.cos(h)]])
    up[..., :2] = up[..., :2] @ turn.T + (speed * times_s)[:, None, None] * (turn @ forward)
    flight = np.clip(np.sin(2 * np.pi * times_s / max(times_s[-1], 1e-6)), 0, 1) if len(times_s) else 0
    up[..., 2] += (jump_m * flight)[:, None] if jump_m else 0.0
    return up


def to_picture(xyz: np.ndarray, width: int, height: int) -> np.ndarray:
    """(T, 17, 2) px as a level source camera at y = -CAMERA_BACK_M sees world joints."""
    depth = np.maximum(xyz[..., 1] + CAMERA_BACK_M, 0.3)
    focal = FOCAL_SHARE * height
    return np.stack(
        [width / 2 + focal * xyz[..., 0] / depth, height / 2 - focal * (xyz[..., 2] - CAMERA_HEIGHT_M) / depth], axis=-1
    )


def person_of(
    xyz: np.ndarray,
    times_s: np.ndarray,
    *,
    size: tuple[int, int] = (1280, 720),
    ident: int = 1,
    score: np.ndarray | None = None,
    valid: np.ndarray | None = None,
    interpolated: np.ndarray | None = None,
) -> Person:
    """A Person whose 2D keypoints are the projection of its joints."""
    t = len(xyz)
    valid = np.ones(t, bool) if valid is None else valid
    interpolated = np.zeros(t, bool) if interpolated is None else interpolated
    score = np.full((t, 17), 0.9) if score is None else score
    xyz, score = np.where(valid[:, None, None], xyz, np.nan), np.where(valid[:, None], score, 0.0)
    xy = np.where(valid[:, None, None], to_picture(np.nan_to_num(xyz), *size), np.nan)
    h36m = Keypoints2D(xy, score, valid, interpolated, "h36m")
    coco = Keypoints2D(xy.copy(), score, valid, interpolated, "coco")
    return Person(ident, coco, h36m, Pose3D(xyz, score, valid, interpolated, times_s))


def info_of(width: int, height: int) -> VideoInfo:
    """A VideoInfo of this size at 30 frames per second."""
    return VideoInfo(Path("clip.mp4"), width, height, Fraction(30), Fraction(1, 30), "h264", "mp4")


def gradient(width: int, height: int) -> Image:
    """An image that is bright on one side and dark on the other."""
    x, y = np.linspace(30, 225, width)[None], np.linspace(0, 40, height)[:, None]
    return np.stack([x + y * 0, x * 0.9 + y * 0.2, 255 - x + y * 0.0], axis=-1).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def times_s() -> np.ndarray:
    """(60,) two seconds."""
    return np.arange(60) / 30


@pytest.fixture(scope="session")
def figure() -> Callable[..., np.ndarray]:
    return stick_xyz


@pytest.fixture(scope="session")
def person() -> Callable[..., Person]:
    return person_of


@pytest.fixture(scope="session")
def clip_info() -> Callable[[int, int], VideoInfo]:
    return info_of


@pytest.fixture(scope="session")
def frame() -> Callable[..., Frame]:
    """A frame of a gradient."""

    def make(index: int, width: int = 1280, height: int = 720) -> Frame:
        return Frame(index, index / 30, gradient(width, height))

    return make
