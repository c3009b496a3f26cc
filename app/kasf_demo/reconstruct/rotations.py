"""Small rotations: the matrix of a cross product and Rodrigues' formula."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray


def cross_matrix(vector: FloatArray) -> FloatArray:
    """(..., 3, 3) matrices C with C x = vector x x, for vectors (..., 3)."""
    x, y, z = np.moveaxis(vector, -1, 0)
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*vector.shape, 3)


def rotation_of(vector: FloatArray) -> FloatArray:
    """(..., 3, 3) rotations about vectors (..., 3) by their length in radians (Rodrigues' formula)."""
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    cross = cross_matrix(vector)
    safe = np.maximum(angle, 1e-8)
    return np.asarray(np.eye(3) + np.sin(safe) / safe * cross + (1 - np.cos(safe)) / safe**2 * cross @ cross)
