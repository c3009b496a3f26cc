"""Smoothing that keeps fast motion, and constant bone lengths on request.

The whole clip is known, so every filter runs forwards and backwards and shifts nothing in time. A plain low-pass that
removes a detector's jitter also removes a third of a kick's peak speed; the default is therefore a filter whose cut-off
rises with the joint's speed (the one-euro filter, Casiez et al. 2012), made zero-phase.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasportsformer.skeleton import BONES

Method = Literal["one-euro", "butterworth", "none"]
MIN_CUTOFF_HZ = 2.5  # a joint at rest; voluntary slow motion is below it
# cut-off gained per m/s: at 5 m/s nothing below 17 Hz is touched, which is all that 30 frames/s hold
BETA_HZ_PER_M_S = 3.0
SPEED_SIGMA_S = 0.03  # speed is measured on joints smoothed this much, so that jitter does not pass for motion
REACH_S = 0.10  # a fast moment opens the filter this long before and after, or its flanks would be cut
BUTTERWORTH_HZ = 8.0


def smooth(
    xyz: FloatArray,
    score: FloatArray,
    valid: BoolArray,
    *,
    fps: float,
    method: Method,
    cutoff_hz: float = BUTTERWORTH_HZ,
) -> FloatArray:
    """(T, J, 3) metres, smoothed within each run of valid frames. score (T, J): what is doubtful follows its
    neighbours."""
    out = xyz.copy()
    _smooth(out, score, valid, fps, method, cutoff_hz)
    return out


def smooth_body(
    xyz: FloatArray,
    score: FloatArray,
    valid: BoolArray,
    *,
    fps: float,
    method: Method,
    cutoff_hz: float = BUTTERWORTH_HZ,
) -> None:
    """Smooths (T, 17, 3) metres in place: the root's path and the joints relative to it apart. What moves the whole
    body is not a joint's motion."""
    root = xyz[:, :1].copy()
    xyz -= root
    _smooth(xyz, score, valid, fps, method, cutoff_hz)
    _smooth(root, score[:, :1], valid, fps, method, cutoff_hz)
    xyz += root


def _smooth(x: FloatArray, score: FloatArray, valid: BoolArray, fps: float, method: Method, cutoff_hz: float) -> None:
    """`smooth` in place."""
    for a, b in runs(valid) if method != "none" else ():
        if b - a < 3:
            continue
        if method == "butterworth":
            _butterworth(x[a:b], fps, cutoff_hz)
        else:
            _one_euro(x[a:b], score[a:b], fps)


def _butterworth(x: FloatArray, fps: float, cutoff_hz: float) -> None:
    """Zero-phase 4th order (a 2nd order filter run both ways) as is usual for marker data; short runs are left alone.
    In place."""
    if cutoff_hz >= 0.45 * fps:
        return
    from scipy.signal import butter, sosfiltfilt  # half a second of imports that the default filter does not need

    sos = butter(2, cutoff_hz, fs=fps, output="sos")
    pad = min(len(x) - 1, 3 * (2 * len(sos) + 1), round(fps))
    for j in range(x.shape[1]):  # joint by joint: the filter makes several copies
        ahead, back = (
            sosfiltfilt(sos, x[:, j], axis=0, padlen=pad),
            sosfiltfilt(sos, x[::-1, j], axis=0, padlen=pad)[::-1],
        )
        x[:, j] = (ahead + back) / 2  # the filter's padding treats the two ends of a short run differently


def _one_euro(x: FloatArray, score: FloatArray, fps: float) -> None:
    """Time-varying single-pole filter run both ways, in both orders, so that reversing the clip reverses the result. In
    place."""
    alpha = np.stack([_openness(x[:, j], score[:, j], fps) for j in range(x.shape[1])], axis=1)[..., None]
    other = x.copy()
    for way in (slice(None), slice(None, None, -1)):
        _run(x[way], alpha[way])
    for way in (slice(None, None, -1), slice(None)):
        _run(other[way], alpha[way])
    x += other
    x /= 2


def _openness(x: FloatArray, score: FloatArray, fps: float) -> FloatArray:
    """(T,) how much of a step each frame of a joint (T, 3) is let through."""
    slow = gaussian_filter1d(x, max(SPEED_SIGMA_S * fps, 0.5), axis=0, mode="nearest")
    speed = np.linalg.norm(np.gradient(slow, 1 / fps, axis=0), axis=-1)
    speed = maximum_filter1d(speed, 2 * max(1, round(REACH_S * fps)) + 1, axis=0, mode="nearest")
    cutoff = MIN_CUTOFF_HZ + BETA_HZ_PER_M_S * speed
    alpha: FloatArray = 1 - np.exp(-2 * np.pi * cutoff / fps)
    alpha *= 0.3 + 0.7 * np.clip(score / 0.5, 0, 1)
    return alpha


def _run(x: FloatArray, alpha: FloatArray) -> None:
    """The single-pole filter, in place."""
    for t in range(1, len(x)):
        x[t] = x[t - 1] + alpha[t] * (x[t] - x[t - 1])


def constant_bones(xyz: FloatArray, score: FloatArray, valid: BoolArray) -> FloatArray:
    """(T, 17, 3) with every bone at its clip-wide length (score-weighted median), directions and root kept."""
    out = xyz.copy()
    if not valid.any():
        return out
    moved = xyz[valid]
    source = moved.copy()
    for parent, child in BONES:  # parents come before children
        bone = source[:, child] - source[:, parent]
        length = np.linalg.norm(bone, axis=-1, keepdims=True)
        weight = np.minimum(score[valid][:, parent], score[valid][:, child])
        want = _weighted_median(length[:, 0], weight)
        moved[:, child] = moved[:, parent] + bone * (want / np.maximum(length, 1e-6))
    out[valid] = moved
    return out


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values)
    total = np.cumsum(np.maximum(weights[order], 1e-6))
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
