"""The published protocol, step by step: windows, normalisation by the image, scale by the true factor, errors.

Source: MotionBERT's evaluation, which MotionAGFormer, KASportsFormer and AthletePose3D use. The ground truth is a weak
perspective pose (projected x, y and depth times one factor a frame), and the prediction is scaled by that same factor:
size and depth of the athlete are given. So these errors are smaller than those of `kasf-demo eval`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kasf_demo.benchmark.recorded_set import RecordedSet
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasportsformer.metrics import joint_errors, n_mpjpe, p_mpjpe

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class TestWindows:
    """frames (M, T): indices into the data set's frames; stretched (M,): windows of fewer frames, some of them
    repeated. dropped: frames in no window."""

    frames: IntArray
    stretched: BoolArray
    dropped: int

    __test__ = False  # not a test, whatever pytest thinks of its name

    def __len__(self) -> int:
        return len(self.frames)


def cut_windows(data: RecordedSet, length: int) -> TestWindows:
    """Windows of `length` frames, none overlapping, each within one recording; recordings that the published test
    leaves out have none.

    A recording that is shorter gives one window, stretched to `length`. WorldPose: a remainder of at least half a
    window too, but not that of the last recording. The published code stretches at random, ours evenly.
    """
    edges = [0, *(np.flatnonzero(data.source[1:] != data.source[:-1]) + 1).tolist(), len(data)]
    whole: list[IntArray] = []
    stretched: list[bool] = []
    for first, end in pairwise(edges):
        if data.data_set.is_left_out(str(data.source[first])):
            continue
        for start in range(first, end - length + 1, length):
            whole.append(np.arange(start, start + length))
            stretched.append(False)
        rest = (end - first) % length
        keeps = data.data_set.keeps_remainder and rest >= length / 2 and end < len(data)
        if end - first < length or (rest and keeps):
            whole.append(end - rest + _stretched(rest, length))
            stretched.append(True)
    frames = np.array(whole, np.int64).reshape(-1, length)
    return TestWindows(frames, np.array(stretched, bool), len(data) - len(np.unique(frames)))


def _stretched(frames: int, length: int) -> IntArray:
    """(length,) indices 0..frames-1, evenly repeated."""
    return np.round(np.linspace(0, frames - 1, length)).astype(np.int64)


def normalised(xy: FloatArray, size: FloatArray) -> FloatArray:
    """(..., 17, C) px as screen coordinates: x' = 2x/W - 1, y' = 2y/W - H/W, and a depth z' = 2z/W. size (..., 2)."""
    w, h = size[..., None, 0], size[..., None, 1]
    out = np.array(xy, np.float64)
    out *= 2 / w[..., None]
    out[..., 0] -= 1
    out[..., 1] -= h / w
    return out


def network_input(data: RecordedSet, frames: IntArray) -> FloatArray:
    """(..., 17, 3) float32: x', y' and the confidence of these frames (...)."""
    xy = normalised(data.xy[frames], data.size[frames])
    return np.concatenate([xy, data.score[frames][..., None]], -1).astype(np.float32)


def to_mm(data: RecordedSet, frames: IntArray, pose: FloatArray) -> FloatArray:
    """A prediction (M, T, 17, 3) in screen coordinates as root-relative mm.

    As published: joint 0 set to 0, back to px, times the true factor of each frame, less joint 0.
    """
    out = np.array(pose, np.float64)
    out[..., 0, :] = 0
    w, h = data.size[frames][..., None, 0], data.size[frames][..., None, 1]
    out[..., 0] += 1
    out[..., 1] += h / w
    out *= (w / 2)[..., None] * data.factor[frames][..., None, None]
    return out - out[..., :1, :]


def true_mm(data: RecordedSet, frames: IntArray) -> FloatArray:
    """(..., 17, 3) the root-relative 2.5D ground truth."""
    truth = data.truth_mm[frames]
    return np.asarray(truth - truth[..., :1, :])


@dataclass(frozen=True)
class WindowErrors:
    """Errors of M windows: joint_mm (M, T, 17); p_mm, n_mm (M, T): P-MPJPE, N-MPJPE; velocity_mm (M, T - 1) per frame;
    accel_mm (M, T - 2) per frame squared; float32."""

    joint_mm: FloatArray
    p_mm: FloatArray
    n_mm: FloatArray
    velocity_mm: FloatArray
    accel_mm: FloatArray


def window_errors(pose_mm: FloatArray, truth_mm: FloatArray) -> WindowErrors:
    """Of root-relative poses (M, T, 17, 3)."""
    errors = joint_errors(pose_mm, truth_mm)
    difference = pose_mm - truth_mm
    velocity, accel = (np.linalg.norm(np.diff(difference, n=n, axis=1), axis=-1).mean(-1) for n in (1, 2))
    found = (errors, p_mpjpe(pose_mm, truth_mm), n_mpjpe(pose_mm, truth_mm), velocity, accel)
    return WindowErrors(*(np.asarray(values, np.float32) for values in found))


def joined(parts: list[WindowErrors]) -> WindowErrors:
    """The windows of several, one after the other."""
    return WindowErrors(*(np.concatenate([getattr(p, n) for p in parts]) for n in WindowErrors.__dataclass_fields__))


Metric = tuple[IntArray, FloatArray]  # frames (K,), values (K, ...)


def per_frame(errors: WindowErrors, windows: TestWindows, data: RecordedSet) -> dict[str, Metric]:
    """Each error with the frame that it belongs to: "joint" (K, 17), "mpjpe", "p_mpjpe", "n_mpjpe", "mpjve",
    "accel"."""
    frames = windows.frames
    accel, at = errors.accel_mm, frames[:, 1:-1]
    if data.data_set.accel_padded:
        accel, at = np.pad(accel, ((0, 0), (0, 2))), frames
    found = {
        "joint": (frames, errors.joint_mm),
        "mpjpe": (frames, errors.joint_mm.mean(-1, dtype=np.float64)),
        "p_mpjpe": (frames, errors.p_mm),
        "n_mpjpe": (frames, errors.n_mm),
        "mpjve": (frames[:, 1:], errors.velocity_mm),
        "accel": (at, accel),
    }
    flat = {n: (f.reshape(-1), v.reshape(f.size, *v.shape[2:]).astype(np.float64)) for n, (f, v) in found.items()}
    return {n: _once(*metric) for n, metric in flat.items()} if data.data_set.once_per_frame else flat


def _once(frames: IntArray, values: FloatArray) -> Metric:
    """The mean of a frame's values, for each frame."""
    unique, which, counts = np.unique(frames, return_inverse=True, return_counts=True)
    total = np.zeros((len(unique), *values.shape[1:]))
    np.add.at(total, which, values)
    return unique, total / counts.reshape(-1, *[1] * (values.ndim - 1))
