"""Where cameras stand, once their rotations are known: from lifted poses in metres."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray


def translations_of_poses(rotations: FloatArray, poses: FloatArray, weight: FloatArray) -> FloatArray:
    """(C, 3) translations, t_0 = 0, m, of poses (C, N, 3) m that each camera has of the same points in its own axes:
    medians of the differences over points that two cameras have. weight (C, N): 0 where a camera has none."""
    out = np.zeros((len(poses), 3))
    for c in range(1, len(poses)):
        both = (weight[0] > 0) & (weight[c] > 0)
        out[c] = np.median(poses[c, both] - poses[0, both] @ rotations[c].T, axis=0)
    return out
