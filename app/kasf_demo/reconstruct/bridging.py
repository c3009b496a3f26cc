"""Joints that are not trusted for a moment: on the way between the moments before and after."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray, runs


def bridged(xyz: FloatArray, frames: NDArray[np.intp], untrusted: BoolArray, longest: int) -> FloatArray:
    """A copy of xyz (T, 17, 3) with joints that are untrusted for at most `longest` frames on a straight line, relative
    to the pelvis, between the frames before and after: wrong places must not pass for fast motion."""
    out = xyz.copy()
    for joint in range(1, xyz.shape[1]):
        for a, b in runs(untrusted[frames, joint]):
            if a > 0 and b < len(frames) and b - a <= longest:
                before, bad, after = frames[a - 1], frames[a:b], frames[b]
                share = ((bad - before) / (after - before))[:, None]
                ends = xyz[[before, after], joint] - xyz[[before, after], 0]
                out[bad, joint] = xyz[bad, 0] + (1 - share) * ends[0] + share * ends[1]
    return out
