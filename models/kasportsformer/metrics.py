"""Errors of a predicted pose sequence against the ground truth. numpy only, batched over leading dimensions.

The errors take predicted and truth of one shape (..., J, 3), or (..., T, J, 3) where time matters, in any one unit of
length (the literature uses millimetres, root-relative), and return one value per frame in that unit: average them as
you report them. Keypoints are (..., K, 2) px. Bone spread and foot skate look at one sequence, over time, and return
one value for it.

NaN (no pose) stays NaN, in every frame that it touches; only the two PCKs count it, as missed. `p_mpjpe` takes finite
numbers only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kasportsformer.skeleton import BONES, FloatArray

BoolArray = NDArray[np.bool_]


def joint_errors(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """Euclidean distance of each joint from its ground truth: (..., J, 3) to (..., J)."""
    predicted, truth = _pair(predicted, truth)
    return np.asarray(np.linalg.norm(predicted - truth, axis=-1))


def mpjpe(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """Mean per-joint position error, "protocol 1": mean over joints of |p - t|. (..., J, 3) to (...).

    Source: Ionescu et al., Human3.6M, TPAMI 2014. Nothing is aligned here: subtract the root first if you want that.
    """
    return np.asarray(joint_errors(predicted, truth).mean(-1))


def n_mpjpe(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """MPJPE after the best scale per frame, s = sum(p . t) / sum(p . p). (..., J, 3) root-relative, to (...).

    Source: Rhodin et al., CVPR 2018, as computed in VideoPose3D (`n_mpjpe`). A prediction of all zeros keeps its own
    error.
    """
    predicted, truth = _pair(predicted, truth)
    dot = (predicted * truth).sum((-2, -1), keepdims=True)
    square = (predicted * predicted).sum((-2, -1), keepdims=True)
    scale = np.divide(dot, square, out=np.ones_like(square), where=square != 0)
    return mpjpe(scale * predicted, truth)


def procrustes_align(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """The similarity (scale, rotation without reflection, translation) of `predicted` closest to `truth`, per frame.

    (..., J, 3) to the same shape. Source: Umeyama, TPAMI 1991; Kabsch's rotation by SVD. A prediction whose joints all
    coincide lands on the ground truth's centroid.
    """
    predicted, truth = _pair(predicted, truth)
    p_mean, t_mean = predicted.mean(-2, keepdims=True), truth.mean(-2, keepdims=True)
    p, t = predicted - p_mean, truth - t_mean
    u, spread, vt = np.linalg.svd(np.swapaxes(p, -1, -2) @ t)
    # A determinant of -1 means that the best orthogonal map is a reflection: flip the least important axis instead
    sign = np.where(np.linalg.det(u @ vt) < 0, -1.0, 1.0)
    u[..., :, -1] *= sign[..., None]
    spread[..., -1] *= sign
    square = (p * p).sum((-2, -1))
    scale = np.divide(spread.sum(-1), square, out=np.zeros_like(square), where=square != 0)
    return np.asarray(scale[..., None, None] * (p @ (u @ vt)) + t_mean)


def p_mpjpe(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """MPJPE after Procrustes alignment per frame, "protocol 2". (..., J, 3) to (...)."""
    return mpjpe(procrustes_align(predicted, truth), truth)


def mpjve(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """Mean per-joint velocity error: MPJPE of the first differences, in units per frame. (..., T, J, 3) to (..., T -
    1).

    Source: Pavllo et al., VideoPose3D, CVPR 2019 (`mean_velocity_error`). Multiply by the frame rate for units per
    second.
    """
    predicted, truth = _pair(predicted, truth, time=2)
    return mpjpe(np.diff(predicted, axis=-3), np.diff(truth, axis=-3))


def acceleration_error(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """Mean over joints of |a_p - a_t|, a = x[t-1] - 2 x[t] + x[t+1], units per frame squared. (..., T, J, 3) to (..., T
    - 2).

    Source: Kanazawa et al., Learning 3D Human Dynamics from Video, CVPR 2019 (`compute_error_accel`).
    """
    predicted, truth = _pair(predicted, truth, time=3)
    return mpjpe(np.diff(predicted, n=2, axis=-3), np.diff(truth, n=2, axis=-3))


def pck(predicted: FloatArray, truth: FloatArray, threshold: float = 150.0) -> FloatArray:
    """Fraction (0..1) of joints within `threshold` of their ground truth, per frame. (..., J, 3) to (...). NaN joints
    count as missed.

    Source: Mehta et al., 3DV 2017 (3DPCK, 150 mm: the default assumes millimetres).
    """
    return np.asarray((joint_errors(predicted, truth) <= threshold).mean(-1))


def keypoint_errors(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """2D error: Euclidean distance of each keypoint from its ground truth, px. (..., K, 2) to (..., K)."""
    predicted, truth = _pair(predicted, truth, axes=2)
    return np.asarray(np.linalg.norm(predicted - truth, axis=-1))


def box_side(points: FloatArray, inside: BoolArray) -> FloatArray:
    """Longer side of the upright box around the points that are `inside` the image, px: the size that PCK is relative
    to.

    points (..., K, 2), inside (..., K), to (...). NaN where no point is inside.
    """
    points, inside = np.asarray(points, np.float64), np.asarray(inside, bool)[..., None]
    low = np.where(inside, points, np.inf).min(-2)
    high = np.where(inside, points, -np.inf).max(-2)
    return np.asarray(np.where(inside.any((-2, -1)), (high - low).max(-1), np.nan))


def pck_2d(
    predicted: FloatArray, truth: FloatArray, visible: BoolArray, side: FloatArray, fraction: float = 0.05
) -> FloatArray:
    """Fraction (0..1) of the `visible` keypoints that lie within `fraction` of the ground-truth box's longer side, per
    frame.

    predicted, truth (..., K, 2) px, visible (..., K), side (...) px from `box_side`, to (...). NaN keypoints count as
    missed; a frame without visible keypoints is NaN. Source: PCK of Yang and Ramanan, TPAMI 2013, there with 0.1 or 0.2
    of the box.
    """
    hit = (keypoint_errors(predicted, truth) <= fraction * np.asarray(side)[..., None]) & visible
    count = np.asarray(visible, bool).sum(-1)
    return np.asarray(np.divide(hit.sum(-1), count, out=np.full(count.shape, np.nan), where=count > 0))


def bone_length_spread(joints: FloatArray, bones: Sequence[tuple[int, int]] = BONES) -> FloatArray:
    """How much bones change length: per bone the standard deviation over time by the mean, averaged. (..., T, J, 3) to
    (...).

    `bones` are pairs of joints, default those of Human3.6M-17. 0.03 is 3 %; a rigid skeleton has 0. Frames of NaN are
    left out, and a sequence of nothing else is NaN. The coefficient of variation (Pearson 1896), free of units, so that
    short and long bones count alike.
    """
    joints = np.asarray(joints, np.float64)
    a, b = np.array(bones).T
    length = np.linalg.norm(joints[..., a, :] - joints[..., b, :], axis=-1)
    mean, std = _over_time(length), np.sqrt(_over_time((length - _over_time(length)[..., None, :]) ** 2))
    return np.asarray(np.divide(std, mean, out=np.full(mean.shape, np.nan), where=mean > 0).mean(-1))


def foot_contact(
    ankles: FloatArray, times_s: FloatArray, *, low_m: float = 0.12, slow_m_per_s: float = 0.25
) -> BoolArray:
    """Whether each foot stands: its ankle is `low_m` or less above the floor and slower than `slow_m_per_s`. (..., T,
    F, 3) to (..., T, F).

    ankles in metres, z up, the floor at z = 0; times_s (T,). Meant for true motion: a captured ankle is never quite
    still. The ankle of a flat foot is about 8 cm high; on the demo clip soccer_kick these limits take 88 of the 134 low
    ankles, which skate at 93 mm/s themselves: the least that a result can be expected to have. The limits are ours.
    """
    ankles = np.asarray(ankles, np.float64)
    speed = np.linalg.norm(_velocity(ankles, times_s), axis=-1)
    return np.asarray((ankles[..., 2] <= low_m) & (speed <= slow_m_per_s))


def foot_skate(ankles: FloatArray, times_s: FloatArray, contact: BoolArray) -> FloatArray:
    """Mean horizontal speed of the ankles over the frames in which their foot stands, unit of length per second. (...,
    T, F, 3) to (...).

    z up; contact (..., T, F), from `foot_contact` of the ground truth: a foot that stands should have 0. NaN where no
    foot ever stands.
    """
    speed = np.linalg.norm(_velocity(np.asarray(ankles, np.float64), times_s)[..., :2], axis=-1)
    return _mean_where(speed, np.asarray(contact, bool) & np.isfinite(speed))


def foot_skate_alone(
    ankles: FloatArray, times_s: FloatArray, *, standing_m: float = 0.08, reach_m: float = 0.025
) -> FloatArray:
    """Foot skate without ground truth: horizontal speed weighted by 2 - 2^(h / reach), h the ankle's height above
    `standing_m`, clamped to 0..1.

    ankles (..., T, F, 3) metres, z up, the floor at z = 0, to (...): the mean over the frames and feet below standing +
    reach, m/s; NaN where there are none. Source: Zhang et al., Mode-Adaptive Neural Networks, SIGGRAPH 2018, who use
    2.5 cm.
    """
    ankles = np.asarray(ankles, np.float64)
    weight = np.clip(2 - 2 ** ((ankles[..., 2] - standing_m) / reach_m), 0, 1)
    speed = np.linalg.norm(_velocity(ankles, times_s)[..., :2], axis=-1) * weight
    return _mean_where(speed, (weight > 0) & np.isfinite(speed))


def _velocity(points: FloatArray, times_s: FloatArray) -> FloatArray:
    """Central differences (one-sided at the ends) of (..., T, F, 3), for frames at any times."""
    if points.ndim < 3 or points.shape[-1] != 3 or points.shape[-3] != len(times_s) or len(times_s) < 2:
        raise ValueError(f"expected (..., T, F, 3) with T = {len(times_s)} times, at least 2, got {points.shape}")
    return np.asarray(np.gradient(points, np.asarray(times_s, np.float64), axis=-3))


def _over_time(values: FloatArray) -> FloatArray:
    """Mean over T of (..., T, B), NaN left out; NaN where nothing is left."""
    there = np.isfinite(values)
    count = there.sum(-2)
    return np.asarray(
        np.divide(np.where(there, values, 0).sum(-2), count, out=np.full(count.shape, np.nan), where=count > 0)
    )


def _mean_where(values: FloatArray, wanted: BoolArray) -> FloatArray:
    """Mean of (..., T, F) over the wanted; NaN where there are none."""
    count = wanted.sum((-2, -1))
    return np.asarray(
        np.divide(np.where(wanted, values, 0).sum((-2, -1)), count, out=np.full(count.shape, np.nan), where=count > 0)
    )


def _pair(predicted: FloatArray, truth: FloatArray, time: int = 0, axes: int = 3) -> tuple[FloatArray, FloatArray]:
    predicted, truth = np.asarray(predicted, np.float64), np.asarray(truth, np.float64)
    least = 3 if time else 2
    if predicted.shape != truth.shape or predicted.ndim < least or predicted.shape[-1] != axes:
        want = f"(..., T, J, {axes})" if time else f"(..., J, {axes})"
        raise ValueError(f"expected two arrays of one shape {want}, got {predicted.shape} and {truth.shape}")
    if time and predicted.shape[-3] < time:
        raise ValueError(f"needs at least {time} frames, got {predicted.shape[-3]}")
    return predicted, truth
