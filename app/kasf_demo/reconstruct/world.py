"""Camera axes to world axes: x right, y away from the camera, z up."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Orientation


def to_world(xyz_camera: FloatArray, orientation: Orientation) -> FloatArray:
    """(..., 3) x right, y down, z forward -> x right, y away, z up."""
    return np.asarray(xyz_camera @ orientation.to_world.T)
