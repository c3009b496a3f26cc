"""Back from the table's axes to the camera's, so that result and truth are compared in one set of axes."""

from __future__ import annotations

import numpy as np

from kasf_demo.types import FloatArray


def to_camera(xyz_world: FloatArray, *, tilt_deg: float, camera_height_m: float) -> FloatArray:
    """(..., 3) world axes of a result -> x right, y down, z forward, metres: undoes `world.to_world` and `world.on_floor`.

    `camera_height_m` is the camera's height above the floor that the result found. Where that floor was `running`, it is the median: the
    height of the whole pose is then off by the floor's drift, which no root-relative number sees.
    """
    a = np.radians(tilt_deg)
    x, away, up = np.moveaxis(xyz_world, -1, 0)
    up = up - camera_height_m
    return np.stack([x, -np.sin(a) * away - np.cos(a) * up, np.cos(a) * away - np.sin(a) * up], axis=-1)
