"""An upright figure of known limb lengths."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasportsformer.anthropometry import FOREARM, SHANK, THIGH, UPPER_ARM

H = 1.75  # m


def body(height: float = H) -> FloatArray:
    """(17, 3) an upright figure with Winter's limb lengths: metres, x right, y down, z away, root at the pelvis."""
    t, s, u, f = (k * height for k in (THIGH, SHANK, UPPER_ARM, FOREARM))
    p = np.zeros((17, 3))
    for hip, sign in ((1, -1), (4, 1)):
        p[hip] = [sign * 0.1, 0, 0]
        p[hip + 1], p[hip + 2] = p[hip] + [0, t, 0], p[hip] + [0, t + s, 0]
    p[7], p[8], p[9], p[10] = [0, -0.25, 0], [0, -0.5, 0], [0, -0.6, 0], [0, -0.75, 0]
    for shoulder, sign in ((11, 1), (14, -1)):
        p[shoulder] = [sign * 0.18, -0.48, 0]
        p[shoulder + 1], p[shoulder + 2] = p[shoulder] + [0, u, 0], p[shoulder] + [0, u, f]
    return p
