"""Derivatives over time for any frame rate, also a varying one.

At each frame a parabola is fitted to the frames within `REACH_S` on either side, weighted by the tricube kernel, and
its slope there is taken (local regression, Cleveland 1979; on even frames this is a weighted Savitzky-Golay filter). It
shifts nothing in time, and does not care how the frames are spaced.
"""

from __future__ import annotations

import itertools

import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray, runs

REACH_S = 0.06
MIN_EACH_SIDE = 2.2  # frames: below 37 frames/s the reach grows, so that at least two on either side have weight


def derivative(values: FloatArray, times_s: FloatArray, valid: BoolArray, *, reach_s: float = REACH_S) -> FloatArray:
    """(T, ...) per second of (T, ...) values, within each run of valid frames; NaN elsewhere and in runs of less than
    three frames.

    With fewer than two frames on one side (the ends of a run) a straight line is fitted: a parabola would multiply the
    noise there.
    """
    flat = np.asarray(values, float).reshape(len(values), -1)
    out = np.full_like(flat, np.nan)
    for a, b in runs(valid):
        if b - a >= 3:
            _slopes(flat[a:b], times_s[a:b], reach_s, out[a:b])
    return out.reshape(values.shape)


def _slopes(x: FloatArray, t: FloatArray, reach_s: float, out: FloatArray) -> None:
    """The slopes of (N, C) values at times (N,), which rise, into `out`."""
    reach = max(reach_s, MIN_EACH_SIDE * float(np.median(np.diff(t))))
    # all of the clip for each frame takes hours
    firsts, ends = np.searchsorted(t, t - 1.01 * reach), np.searchsorted(t, t + 1.01 * reach)
    for i in range(len(t)):
        near = np.arange(firsts[i], ends[i])
        near = near[np.abs(t[near] - t[i]) < reach]
        if len(near) < 3:  # a wide hole in the time stamps: the nearest three
            near = np.sort(np.argsort(np.abs(t - t[i]), kind="stable")[:3])
        d = t[near] - t[i]
        both_sides = (d < 0).sum() >= 2 and (d > 0).sum() >= 2
        weight = np.sqrt((1 - np.minimum(np.abs(d) / max(reach, 1.01 * float(np.abs(d).max())), 1) ** 3) ** 3)
        design = np.vander(d / reach, 3 if both_sides else 2, increasing=True) * weight[:, None]
        out[i] = np.linalg.lstsq(design, x[near] * weight[:, None], rcond=None)[0][1] / reach


def angular_velocity(deg: FloatArray, times_s: FloatArray) -> FloatArray:
    """(T, A) degrees per second of (T, A) degrees that may jump by 360: each run is unwrapped first."""
    out = np.full_like(deg, np.nan)
    known = np.isfinite(deg)
    # most angles are known in the same frames: one fit for all of them
    patterns, which = np.unique(known, axis=1, return_inverse=True)
    for k, valid in enumerate(patterns.T):
        columns = np.flatnonzero(which.ravel() == k)
        smooth = np.full((len(deg), len(columns)), np.nan)
        for (a, b), (at, column) in itertools.product(runs(valid), enumerate(columns)):
            smooth[a:b, at] = np.unwrap(deg[a:b, column], period=360.0)
        out[:, columns] = derivative(smooth, times_s, valid)
    return out


def speed(xyz: FloatArray, times_s: FloatArray, valid: BoolArray, *, reach_s: float = REACH_S) -> FloatArray:
    """(T, J) metres per second of (T, J, 3) metres."""
    return np.asarray(np.linalg.norm(derivative(xyz, times_s, valid, reach_s=reach_s), axis=-1))
