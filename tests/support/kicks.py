"""`kicking`: a pose sequence with a turn, a kick and a gap (`GAP`); `even`: frame times at a constant rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from body import FORWARD, LEFT, UP, as_pose, bent, standing, turn
from kasf_demo.export.resample import EvenMotion, even_motion
from kasf_demo.kinematics import measure
from kasf_demo.types.people import Pose3D

Array = NDArray[np.float64]
GAP = slice(20, 24)


def kicking(seed: int = 0, frames: int = 60, times_s: Array | None = None) -> Pose3D:
    """A turn and a kick with bones of changing length, four frames without a pose."""
    rng = np.random.default_rng(seed)
    swing_axis, out = np.cross(-UP, FORWARD), []
    for t in range(frames):
        a = -30 + 110 / (1 + np.exp(-(t - 40)))
        p = bent(
            bent(bent(standing(), "r_hip", swing_axis, a), "r_knee", -swing_axis, 50),
            "l_shoulder",
            np.cross(-UP, LEFT),
            2 * t,
        )
        out.append(p @ turn(UP, 3 * t).T + [0.02 * t, 3.0, 0])
    valid = np.ones(frames, bool)
    valid[GAP] = False
    return as_pose(np.array(out) + rng.normal(0, 0.01, (frames, 17, 3)), fps=30, valid=valid, times_s=times_s)


def even(pose: Pose3D) -> EvenMotion:
    motion = measure(pose)
    return even_motion(pose, motion.angles, motion.events, nominal_hz=30.0)
