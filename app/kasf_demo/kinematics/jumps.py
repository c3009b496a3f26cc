"""Keypoint jumps: keypoints that leave their path for a few frames because of detector errors.

The path across some frames is predicted from the frames before and after them, by a straight line and by the cubic with
the velocities at both ends (Hermite). Limbs move along it, however fast: what is off both in every one of these frames
was not where it was detected.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasportsformer.skeleton import H36M

MIN_OFF = 0.08  # minimum distance from the predicted path, in sizes of the body in the image
MOVING = 0.1  # plus this share of the distance between the frames before and after: a kick ends within a frame
MAX_S = 0.2  # maximum duration of a jump and back
MAX_RATE_HZ = 60.0  # faster clips are processed as several interleaved ones
SPREAD_S = 1 / 30  # filters and the lifting network carry an error this far on either side
BLOCK = 4096  # frames at a time
IntArray = NDArray[np.intp]
_TRUNK = [H36M[f"{side}_{name}"] for side in "rl" for name in ("hip", "shoulder")]


class _Away(NamedTuple):
    """A keypoint that is off in `length` frames from `first` on, by at least `off` of the body's size."""

    off: float
    length: int
    first: int
    joint: int


def keypoint_jumps(xy: FloatArray, valid: BoolArray, times_s: FloatArray, *, around: bool = True) -> BoolArray:
    """(T, J) keypoints that jump away and back, and, if `around`, their neighbours within `SPREAD_S`. xy (T, J, 2) px,
    valid (T,), times_s (T,)."""
    out = np.zeros(xy.shape[:2], bool)
    if valid.sum() < 5:
        return out
    fps = (len(times_s) - 1) / (times_s[-1] - times_s[0])
    size_px = float(np.median(np.ptp(xy[valid], axis=1).max(-1)))
    step = max(1, round(fps / MAX_RATE_HZ))
    longest = max(1, round(MAX_S * fps / step))
    for phase in range(step):
        seen, found = valid[phase::step], out[phase::step]
        for a, b in runs(seen):
            for start in range(a, b, BLOCK):
                part = slice(max(a, start - longest - 4), min(b, start + BLOCK + longest + 4))
                found[part] |= _jumps(xy[phase::step][part], longest, MIN_OFF * size_px)
    return (_spread(out, max(1, round(SPREAD_S * fps))) if around else out) & valid[:, None]


def _jumps(xy: FloatArray, longest: int, least_px: float) -> BoolArray:
    """(N, J) of a run of N frames, without the camera's motion: as seen from the trunk."""
    body = xy - xy[:, _TRUNK].mean(1, keepdims=True)
    found = np.zeros(body.shape[:2], bool)
    away = [w for length in range(1, min(longest, len(body) - 4) + 1) for w in _away(body, length, least_px)]
    for _, length, first, joint in sorted(away, key=lambda w: (-w.off, w.length, w.first, w.joint)):
        end = first + length
        # a path predicted from wrong frames is wrong itself
        if not found[[first - 2, first - 1, end, end + 1], joint].any():
            found[first:end, joint] = True
    return found


def _away(xy: FloatArray, length: int, least_px: float) -> list[_Away]:
    """Keypoints (N, J, 2) that are off their path by `least_px` in all of `length` frames."""
    first, joint = (index.ravel() for index in np.indices((len(xy) - length - 3, xy.shape[1])))
    first = first + 2
    off = np.full(len(first), np.inf)
    allowed = MOVING * np.linalg.norm(xy[first + length, joint] - xy[first - 1, joint], axis=-1)
    # the middle first: most are on their path there
    for k in sorted(range(1, length + 1), key=lambda k: abs(2 * k - length - 1)):
        off = np.minimum(off, _off_path(xy, first, joint, length, k) - allowed)
        first, joint, off, allowed = (values[off > least_px] for values in (first, joint, off, allowed))
    return [_Away(d, length, i, j) for d, i, j in zip(off.tolist(), first.tolist(), joint.tolist(), strict=True)]


def _off_path(xy: FloatArray, first: IntArray, joint: IntArray, length: int, k: int) -> FloatArray:
    """(M,) how far the k-th of `length` frames from `first` (M,) on is off the path predicted for `joint` (M,), px."""
    before, after, h = xy[first - 1, joint], xy[first + length, joint], length + 1
    u, there = k / h, xy[first + k - 1, joint]
    line = (1 - u) * before + u * after
    leaves, arrives = before - xy[first - 2, joint], xy[first + length + 1, joint] - after
    cubic = (
        (1 + 2 * u) * (1 - u) ** 2 * before
        + u**2 * (3 - 2 * u) * after
        + u * (1 - u) * h * ((1 - u) * leaves - u * arrives)
    )
    off: FloatArray = np.minimum(np.linalg.norm(there - line, axis=-1), np.linalg.norm(there - cubic, axis=-1))
    return off


def _spread(flags: BoolArray, frames: int) -> BoolArray:
    """Flags (T, J), extended by `frames` frames on either side."""
    out = flags.copy()
    for k in range(1, min(frames, len(flags) - 1) + 1):
        out[k:] |= flags[:-k]
        out[:-k] |= flags[k:]
    return out
