"""Waveforms as AthletePose3D's kinematic validation has them: filtered, each scaled to 0..1, resampled to one length.

Source: Yeung et al., AthletePose3D, CVPRW 2025, arXiv 2503.07499. Only shapes are compared so: size and bias are lost
by the scaling. The groups are the paper's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, filtfilt

from kasf_demo.types.arrays import FloatArray

CUTOFF_HZ, ORDER = 8.0, 4
MIN_SAMPLES = 3 * (ORDER + 1) + 1  # filtfilt pads by three times its length
BENDS = ((1, 2, 3), (4, 5, 6), (11, 12, 13), (14, 15, 16))  # right knee, left knee, left elbow, right elbow
ARMS, LEGS = (11, 12, 13, 14, 15, 16), (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class WaveformGroup:
    """A group of the paper: the rows of `joint_speeds` or `bend_angles` that it takes."""

    name: str
    title: str
    rows: tuple[int, ...]
    speeds: bool


GROUPS = (
    WaveformGroup("arms_speed", "arms: joint speeds", ARMS, True),
    WaveformGroup("legs_speed", "legs: joint speeds", LEGS, True),
    WaveformGroup("elbow_angle", "elbow angles", (2, 3), False),
    WaveformGroup("knee_angle", "knee angles", (1, 0), False),
)


def bend_angles(joints: FloatArray) -> FloatArray:
    """(4, T) radians of joints (T, 17, 3), rows as BENDS; 180 degrees is straight."""
    out = []
    for a, b, c in BENDS:
        first, second = joints[:, a] - joints[:, b], joints[:, c] - joints[:, b]
        size = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
        out.append(np.arccos(np.clip((first * second).sum(-1) / np.maximum(size, 1e-12), -1, 1)))
    return np.array(out)


def joint_speeds(joints: FloatArray, fps: float) -> FloatArray:
    """(17, T - 1) speeds of joints (T, 17, 3), per second, not relative to the root; the first frame has none."""
    return np.asarray(np.linalg.norm(np.diff(joints, axis=0), axis=-1).T * fps)


def smoothed(curves: FloatArray, fps: float) -> FloatArray:
    """(N, T) through a Butterworth low-pass of order 4 and 8 Hz, forwards and backwards; as they are if the frame rate
    is too low for it. ValueError for fewer than MIN_SAMPLES samples."""
    if curves.shape[-1] < MIN_SAMPLES:
        raise ValueError(f"{curves.shape[-1]} samples are too few for the filter")
    if fps / 2 <= CUTOFF_HZ:
        return curves
    return np.asarray(filtfilt(*butter(ORDER, CUTOFF_HZ / (fps / 2)), curves, axis=-1))


def unit_range(curves: FloatArray) -> FloatArray:
    """(N, T), each scaled to 0..1; a constant one is 0."""
    low, high = curves.min(-1, keepdims=True), curves.max(-1, keepdims=True)
    return np.asarray((curves - low) / np.where(high > low, high - low, 1))


def resampled(curves: FloatArray, length: int) -> FloatArray:
    """(N, T) to (N, length), linearly."""
    old, new = np.linspace(0, 1, curves.shape[-1]), np.linspace(0, 1, length)
    return np.array([np.interp(new, old, row) for row in curves]).reshape(len(curves), length)


def without_gaps(values: FloatArray) -> FloatArray:
    """(T, ...) with NaN replaced by the value before it, as published; at the start by the first that is known.
    ValueError if nothing is known."""
    flat = np.array(values, np.float64).reshape(len(values), -1)
    for column in flat.T:
        known = np.flatnonzero(np.isfinite(column))
        if not len(known):
            raise ValueError("nothing is known")
        before = np.maximum.accumulate(np.where(np.isfinite(column), np.arange(len(column)), -1))
        column[:] = column[np.where(before < 0, known[0], before)]
    return flat.reshape(np.shape(values))


def group_rows(clips: Sequence[tuple[FloatArray, float]]) -> dict[str, FloatArray]:
    """The normalised waveforms of clips (joints (T, 17, 3), frame rate) by group name: (clips x rows, L), clip after
    clip; L is the longest clip's speeds. ValueError for a clip too short for the filter."""
    if not clips:
        raise ValueError("no clips")
    make: tuple[Callable[[FloatArray, float], FloatArray], ...] = (joint_speeds, lambda x, _: bend_angles(x))
    speeds, angles = ([smoothed(f(x, fps), fps) for x, fps in clips] for f in make)
    length = max(curves.shape[-1] for curves in speeds)
    return {
        group.name: np.concatenate(
            [resampled(unit_range(c[list(group.rows)]), length) for c in (speeds if group.speeds else angles)]
        )
        for group in GROUPS
    }
