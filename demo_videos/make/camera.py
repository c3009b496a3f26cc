"""Pinhole cameras that stand, pan and follow. OpenCV axes: x right, y down, z away; pixel centres at whole numbers + 0.5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Camera:
    """Per frame: k (T, 3, 3) px, rotation (T, 3, 3) world to camera, translation (T, 3): x_camera = rotation @ x_world + translation."""

    k: FloatArray
    rotation: FloatArray
    translation: FloatArray
    width: int
    height: int

    def frames(self, at: NDArray[np.integer[Any]] | int) -> Camera:
        """The camera at some of its frames."""
        at = np.atleast_1d(at)
        return Camera(self.k[at], self.rotation[at], self.translation[at], self.width, self.height)

    def centre(self) -> FloatArray:
        """(T, 3) where the camera stands, world metres."""
        return -np.einsum("tji,tj->ti", self.rotation, self.translation)

    def project(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """World points (T, N, 3) to pixels (T, N, 2) and depths (T, N) metres."""
        seen = np.einsum("tij,tnj->tni", self.rotation, points) + self.translation[:, None]
        flat = np.einsum("tij,tnj->tni", self.k, seen)
        return flat[..., :2] / flat[..., 2:], seen[..., 2]


def look(
    eye: FloatArray, target: FloatArray, fov_deg: FloatArray, width: int, height: int, roll_deg: FloatArray
) -> Camera:
    """Cameras at eye (T, 3) that look at target (T, 3); fov across the image's longer side (T,), roll about the view axis (T,)."""
    forward = target - eye
    forward = forward / np.linalg.norm(forward, axis=-1, keepdims=True)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right = right / np.linalg.norm(right, axis=-1, keepdims=True)
    down = np.cross(forward, right)
    cos, sin = np.cos(np.radians(roll_deg))[:, None], np.sin(np.radians(roll_deg))[:, None]
    rotation = np.stack([right * cos + down * sin, down * cos - right * sin, forward], axis=1)
    k = np.zeros((len(eye), 3, 3))
    k[:, 0, 0] = k[:, 1, 1] = max(width, height) / 2 / np.tan(np.radians(fov_deg) / 2)
    k[:, 0, 2], k[:, 1, 2], k[:, 2, 2] = width / 2, height / 2, 1.0
    return Camera(k, rotation, -np.einsum("tij,tj->ti", rotation, eye), width, height)


def follow(path: FloatArray, fps: float, seconds: float) -> FloatArray:
    """A path (T, 3) smoothed over `seconds`, as a camera operator's hand would follow it."""
    return gaussian_filter1d(path, seconds * fps, axis=0, mode="nearest")


def hand_held(frames: int, fps: float, amount_m: float, seed: int) -> FloatArray:
    """(T, 3) slow wandering of a hand-held camera's target, about `amount_m` metres."""
    pad = round(1.5 * fps)
    noise = np.random.default_rng(seed).standard_normal((frames + 2 * pad, 3))
    slow = gaussian_filter1d(noise, 0.35 * fps, axis=0, mode="nearest")[pad:-pad]
    return slow / slow.std() * amount_m
