"""Images of a hall drawn with straight lines: pillars, floor lines and beams, as a tilted and rolled camera sees it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from panorama import rotation

Array = NDArray[np.float64]
EYE_M = 1.5  # above the floor
NEAR_M = 0.3


def segments_3d() -> Array:
    """(N, 2, 3) m, x right, y down, z forward of a level camera at the origin."""
    walls: list[list[list[float]]] = []
    for x in np.arange(-6, 6.1, 1.5):  # pillars on the far wall, floor lines towards it
        walls += [[[x, EYE_M, 9], [x, -3.0, 9]], [[x, EYE_M, 1.0], [x, EYE_M, 9]]]
    for z in (3.0, 5.0, 7.0, 9.0):
        walls += [[[-6, EYE_M, z], [6, EYE_M, z]]]
    for y in (-3.0, -1.5, 0.3):
        walls += [[[-6, y, 9], [6, y, 9]]]
    for z in (3.0, 5.0, 7.0):
        walls += [[[s, EYE_M, z], [s, -3.0, z]] for s in (-6.0, 6.0)]
    return np.array(walls)


def picture(
    tilt_deg: float,
    roll_deg: float,
    *,
    heading_deg: float = 20.0,
    focal_px: float = 700.0,
    size: tuple[int, int] = (640, 360),
    lines: Array | None = None,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """(H, W, 3) with noise. Positive: the camera looks down; the image is turned clockwise."""
    turned = rotation(heading_deg, tilt_deg, roll_deg)
    image = np.full((size[1], size[0]), 110, np.uint8)
    for a, b in (segments_3d() if lines is None else lines) @ turned.T:
        if max(a[2], b[2]) < NEAR_M:
            continue
        if min(a[2], b[2]) < NEAR_M:  # the part in front of the camera
            t = (NEAR_M - a[2]) / (b[2] - a[2])
            a, b = (a + t * (b - a), b) if a[2] < NEAR_M else (a, a + t * (b - a))
        ends = [np.clip(focal_px * p[:2] / p[2] + np.array(size) / 2, -9000, 9000) for p in (a, b)]
        first, last = ((np.round(16 * p)).astype(int).tolist() for p in ends)
        cv2.line(image, first, last, 220, 3, cv2.LINE_AA, 4)
    noise = np.random.default_rng(seed).normal(0, 5, image.shape)
    grey = np.clip(image + noise, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
