"""Windows of an upside-down athlete are rotated by 180 degrees before the network and back after it.

A handstand rotated by 180 degrees is a person standing with raised arms, a common pose in training sets; handstands are
rare. The half turn is exact: it negates x and y of the keypoints in their crop, which commutes with the remap from COCO
(its formulas are linear in x and in y), and turns the pose about the line of sight, along which depth stays. On the 50
windows of the held-out set that are upside down kasf-open-s (sha256 628e0925) errs by 89 mm (P-MPJPE 75) as they are
and by 79 (64) rotated by 180 degrees; turned by the trunk's own angle, which does not commute, no less; on windows that
lie on their side (60 to 110 degrees) neither helped.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .skeleton import H36M, FloatArray

BoolArray = NDArray[np.bool_]

WITHIN_DEG = 70.0  # of straight down
_PELVIS, _SHOULDERS = H36M["pelvis"], [H36M["l_shoulder"], H36M["r_shoulder"]]


def upside_down(windows: FloatArray) -> BoolArray:
    """(N,) whether the trunk points down on average of each window; (N, T, 17, 2 or more) Human3.6M keypoints, y
    down."""
    trunk = (windows[..., _SHOULDERS, :2].mean(-2) - windows[..., _PELVIS, :2]).sum(-2)
    down: BoolArray = trunk[..., 1] > np.cos(np.radians(WITHIN_DEG)) * np.linalg.norm(trunk, axis=-1)
    return down


def half_turn(poses: FloatArray, which: BoolArray) -> FloatArray:
    """(N, T, 17, C) with x and y of the windows `which` (N,) negated: normalised keypoints, or root-relative joints. A
    new array; applying it twice gives the input."""
    out = poses.copy()
    out[which, ..., :2] *= -1
    return out


def shown_upright(windows: FloatArray, lift: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """(N, T, 17, 3) `lift` of the windows, of which those upside down are turned before it and their poses turned back
    after it."""
    which = upside_down(windows)
    return half_turn(lift(half_turn(windows, which)), which)
