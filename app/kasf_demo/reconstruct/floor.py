"""Find the floor under the people of a shot, and move it to z = 0. World axes: x right, y away, z up."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solveh_banded

from kasf_demo.reconstruct.placement import ANKLE_HEIGHT
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.camera import Floor

ENVELOPE_HZ = 0.4  # the floor under a moving camera changes more slowly than this, a jump faster
# weight of a frame whose lowest joint is above the envelope: frames in flight are weak evidence of the floor. Tuned on
# the demo clips (docs/decisions.md, "Ground")
ABOVE = 0.1
# The floor under heels and toes
TOE_HEIGHT = 0.008  # of the detectors' point on a toe above the ground, share of stature
MIN_FOOT_FRAMES = 10
MAX_FOOT_STEP_M = 0.06  # from the floor of the ankles: more is an error of the feet
LEVEL_SPREAD_M = 0.08  # the lower envelope of a level scene seen by a still camera varies less than this
# The plane through the lowest ankles
PLANE_SIGMA_M = 0.05  # standard error of an ankle's height
PLANE_ERROR_S = 0.2  # for so long that error stays the same
ROLL_SIGMA_DEG = 1.5  # standard deviation of the roll of a camera that was meant to be level
UNKNOWN_TILT_SIGMA_DEG = 8.0
PLANE_ROUNDS = 30


def find_floor(
    xyz: FloatArray,
    valid: BoolArray,
    *,
    height_m: float,
    fps: float,
    camera_known: bool = False,
    tilt_sigma_deg: float | None = None,
    roll_sigma_deg: float | None = None,
) -> Floor:
    """The floor under (T, 17, 3) world joints.

    The lowest joint, less the height of an ankle above the ground, follows the floor from above. If its lower envelope
    is level over the clip, the floor is one height. If it is not and the camera's motion is known (`camera_known`), the
    floor is one plane, inclined as far as the uncertainty of the camera's tilt and roll explains: ankles that are
    estimated too high or too low for a moment do not move it. If the camera may move otherwise, the floor follows the
    envelope slowly, over spans longer than any flight.
    """
    lowest = np.full(len(xyz), np.nan)
    lowest[valid] = xyz[..., 2].min(-1)[valid] - ANKLE_HEIGHT * height_m
    if not valid.any():
        return Floor("constant", np.zeros(1))
    envelope = lower_envelope(_filled(lowest, valid), valid, ENVELOPE_HZ / fps)
    if float(np.ptp(np.percentile(envelope[valid], [5, 95]))) < LEVEL_SPREAD_M:
        return Floor("constant", np.array([np.median(envelope[valid])]))
    if not camera_known:
        return Floor("running", envelope)
    ground = xyz[:, 0, :2]
    sigmas = (roll_sigma_deg or ROLL_SIGMA_DEG, tilt_sigma_deg or UNKNOWN_TILT_SIGMA_DEG)
    slope = floor_slope(lowest[valid], ground[valid], fps=fps, roll_sigma_deg=sigmas[0], tilt_sigma_deg=sigmas[1])
    inclined = _filled((ground - ground[valid].mean(0)) @ slope, valid)
    level = lower_envelope(_filled(lowest - inclined, valid), valid, ENVELOPE_HZ / fps)
    along_x, along_y = np.degrees(np.arctan(slope)).tolist()
    return Floor("plane", inclined + np.median(level[valid]), (along_x, along_y))


def floor_under_feet(heights_m: FloatArray, known: BoolArray, *, height_m: float, fps: float) -> float:
    """How much higher than the floor of the ankles the floor of heels and toes is, metres; 0 if they are seldom known.

    heights_m (T, 4) of heels and toes over the floor of the ankles, known (T, 4). The lower envelope of the lowest
    point lies the height of a toe above the ground."""
    lowest = np.where(known, heights_m, np.inf).min(1)
    seen = np.isfinite(lowest)
    if seen.sum() < MIN_FOOT_FRAMES:
        return 0.0
    envelope = lower_envelope(_filled(np.where(seen, lowest, 0.0), seen), seen, ENVELOPE_HZ / fps)
    return float(np.clip(np.median(envelope[seen]) - TOE_HEIGHT * height_m, -MAX_FOOT_STEP_M, MAX_FOOT_STEP_M))


def floor_slope(
    lowest_m: FloatArray,
    ground_m: FloatArray,
    *,
    fps: float,
    tilt_sigma_deg: float,
    roll_sigma_deg: float = ROLL_SIGMA_DEG,
) -> FloatArray:
    """(2,) rise per metre along x and y of the plane under heights (N,) at places (N, 2).

    Ridge regression with Cauchy's weights (feet in the air and wrong legs are outliers), whose prior is a level floor
    seen by a camera with a tilt and roll that are off by so much.
    """
    design = np.column_stack([np.ones(len(lowest_m)), ground_m - ground_m.mean(0)])
    variance = PLANE_SIGMA_M**2 * max(1.0, PLANE_ERROR_S * fps)  # neighbouring frames share their errors
    prior = np.diag([0.0, *(np.tan(np.radians([roll_sigma_deg, tilt_sigma_deg])) ** -2.0)])
    plane = np.array([np.median(lowest_m), 0.0, 0.0])
    for _ in range(PLANE_ROUNDS):
        weighted = design / (1 + ((lowest_m - design @ plane) / PLANE_SIGMA_M) ** 2)[:, None]
        before, plane = plane, np.linalg.solve(design.T @ weighted / variance + prior, weighted.T @ lowest_m / variance)
        if np.abs(plane - before).max() < 1e-5:
            break
    return plane[1:]


def _filled(values: FloatArray, valid: BoolArray) -> FloatArray:
    """(T,) values with those of frames that are not valid interpolated."""
    return np.interp(np.arange(len(values)), np.flatnonzero(valid), values[valid])


def lower_envelope(y: FloatArray, valid: BoolArray, cutoff: float) -> FloatArray:
    """(T,) smooth curve under (T,) values: asymmetric least squares (Eilers and Boelens 2005), which follows a steady
    drift exactly. cutoff: cycles per sample; faster changes are bridged. Values of frames that are not valid have no
    weight."""
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
    """(T, J, 3) world points with the floor moved to z = 0. `out` may be xyz itself."""
    out = xyz.copy() if out is None else out
    out[..., 2] -= np.broadcast_to(floor.height_m, (len(xyz),))[:, None]
    return out
