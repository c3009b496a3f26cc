"""`still`: a pose that stands still, at `FPS` frames per second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kasportsformer.skeleton import H36M

Array = NDArray[np.float64]
FPS = 30.0


def body() -> Array:
    """(17, 3) upright, 6 m away, in camera axes: y down, ankles at y = 0.9."""
    out = np.tile([0.0, 0.0, 6.0], (17, 1))
    for name, y in (("hip", 0.0), ("knee", 0.45), ("ankle", 0.9)):
        out[H36M[f"r_{name}"]] = [-0.1, y, 6.0]
        out[H36M[f"l_{name}"]] = [0.1, y, 6.0]
    out[[H36M["thorax"], H36M["neck"], H36M["head"]], 1] = [-0.45, -0.6, -0.75]
    return out


def still(frames: int = 60) -> Array:
    return np.tile(body(), (frames, 1, 1))
