"""Camera axes to world axes: z up, y away from the camera, the floor under the athlete's feet at z = 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import solveh_banded

from kasf_demo.metric import ANKLE_HEIGHT
from kasf_demo.types import BoolArray, FloatArray

ENVELOPE_HZ = 0.4  # the floor under a moving camera changes more slowly than this, a jump faster
# weight of a frame whose lowest joint is above the envelope: flight says little of the floor. Picked among 0.02, 0.05, 0.1 and 0.2 on
# the demo and five sample clips, so not independent of them: on soccer_kick the median height above the floor is 9, 6, 3 and 2 cm. A
# made-up jump of 0.50 m over a drifting floor comes out at 0.46 m with 0.1 and 0.48 m with 0.05; 0.2 was not tried on it
ABOVE = 0.1
LEVEL_SPREAD_M = 0.08  # the lower envelope of a level scene seen by a still camera varies less than this


@dataclass(frozen=True)
class Floor:
    """Where the floor was found, in metres above the camera's height before it was moved to z = 0. (T,) or one value."""

    kind: Literal["constant", "running"]
    height_m: FloatArray


def to_world(xyz_camera: FloatArray, tilt_deg: float) -> FloatArray:
    """(..., 3) x right, y down, z forward -> x right, y away, z up, for a camera pitched down by `tilt_deg`."""
    a = np.radians(tilt_deg)
    x, down, forward = np.moveaxis(xyz_camera, -1, 0)
    return np.stack([x, np.cos(a) * forward - np.sin(a) * down, -np.cos(a) * down - np.sin(a) * forward], axis=-1)


def find_floor(xyz: FloatArray, valid: BoolArray, *, height_m: float, fps: float) -> Floor:
    """The floor under (T, 17, 3) world joints.

    The lowest joint, less the height of an ankle above the ground, follows the floor from above. If its lower envelope is
    level over the clip, the floor is one height. If it drifts (the camera tilts, pans uphill or looks down at an athlete who
    comes nearer), the floor follows it slowly, over spans longer than any flight, so that feet neither sink nor float.
    """
    lowest = np.full(len(xyz), np.nan)
    lowest[valid] = xyz[..., 2].min(-1)[valid] - ANKLE_HEIGHT * height_m
    if not valid.any():
        return Floor("constant", np.zeros(1))
    filled = np.interp(np.arange(len(xyz)), np.flatnonzero(valid), lowest[valid])
    envelope = lower_envelope(filled, valid, ENVELOPE_HZ / fps)
    if float(np.ptp(np.percentile(envelope[valid], [5, 95]))) < LEVEL_SPREAD_M:
        return Floor("constant", np.array([np.median(envelope[valid])]))
    return Floor("running", envelope)


def lower_envelope(y: FloatArray, valid: BoolArray, cutoff: float) -> FloatArray:
    """(T,) smooth curve under (T,) values: asymmetric least squares (Eilers and Boelens 2005), which follows a steady drift
    exactly. `cutoff` in cycles a sample: what changes faster is bridged. Values that are not valid count nothing."""
    n = len(y)
    if n < 3:
        return np.full(n, y.min())
    stiffness = (2 * np.pi * cutoff) ** -4.0
    second = np.array([1.0, -2.0, 1.0])
    penalty = np.zeros((3, n))  # upper bands of stiffness * D'D, D the second differences
    for i in range(3):
        for k in range(i, 3):
            penalty[2 - (k - i), k : n - 2 + k] += stiffness * second[i] * second[k]
    fit = y
    for _ in range(20):
        weight = np.where(valid, np.where(y > fit, ABOVE, 1.0), 1e-6)
        bands = penalty.copy()
        bands[2] += weight
        before, fit = fit, solveh_banded(bands, weight * y)
        if np.abs(fit - before).max() < 1e-4:
            break
    return fit


def on_floor(xyz: FloatArray, floor: Floor, *, out: FloatArray | None = None) -> FloatArray:
    """(T, 17, 3) world joints with the floor moved to z = 0. `out` may be xyz itself."""
    out = xyz.copy() if out is None else out
    out[..., 2] -= np.broadcast_to(floor.height_m, (len(xyz),))[:, None]
    return out
