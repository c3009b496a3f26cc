"""Images of a far, textured background as a camera sees it that turns and zooms: known homographies of one big
image."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]
SIZE = (640, 360)
MIDDLE = np.array([320.0, 180.0])


def texture(seed: int = 0, size: tuple[int, int] = (2400, 1200)) -> NDArray[np.uint8]:
    """(H, W, 3) blobs of all sizes, corners everywhere."""
    random = np.random.default_rng(seed)
    picture = np.zeros((size[1], size[0]), np.float32)
    for cell in (12, 40, 120):
        small = random.uniform(0, 1, (size[1] // cell + 1, size[0] // cell + 1)).astype(np.float32)
        picture += cv2.resize(small, size, interpolation=cv2.INTER_NEAREST)
    return np.repeat((picture / 3 * 255).astype(np.uint8)[..., None], 3, axis=2)


def rotation(pan_deg: float, tilt_deg: float = 0.0, roll_deg: float = 0.0) -> Array:
    """Takes directions in the axes of a level camera to those of one that has turned right, down and about its axis."""
    return np.asarray(Rotation.from_euler("ZXY", [roll_deg, tilt_deg, -pan_deg], degrees=True).as_matrix())


def seen(
    far: NDArray[np.uint8], turned: Array, focal_px: float, zoom: float = 1.0, size: tuple[int, int] = SIZE
) -> NDArray[np.uint8]:
    """(H, W, 3) what the camera sees of `far`, an image of the same focal length whose middle is straight ahead at
    first."""
    big = np.array([[focal_px, 0, far.shape[1] / 2], [0, focal_px, far.shape[0] / 2], [0, 0, 1.0]])
    own = np.array([[focal_px * zoom, 0, size[0] / 2], [0, focal_px * zoom, size[1] / 2], [0, 0, 1.0]])
    return np.asarray(
        cv2.warpPerspective(far, own @ turned @ np.linalg.inv(big), size, flags=cv2.INTER_LINEAR), np.uint8
    )


def angles_deg(got: Sequence[Array] | Array, want: Sequence[Array] | Array) -> Array:
    """(N,) the angles between two lists of rotations."""
    return np.degrees(Rotation.from_matrix(np.asarray(got) @ np.swapaxes(np.asarray(want), 1, 2)).magnitude())
