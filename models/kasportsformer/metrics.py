"""How far a predicted 3D pose sequence is from the truth. numpy only, batched over leading dimensions.

Every function takes predicted and truth of one shape (..., J, 3), or (..., T, J, 3) where time matters, in any one unit of length
(the literature uses millimetres, root-relative), and returns one value per frame in that unit. Average them as you report them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]


def joint_errors(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """Euclidean distance of each joint from its truth: (..., J, 3) to (..., J)."""
    predicted, truth = _pair(predicted, truth)
    return np.asarray(np.linalg.norm(predicted - truth, axis=-1))


def mpjpe(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """Mean per-joint position error, "protocol 1": mean over joints of |p - t|. (..., J, 3) to (...).

    Source: Ionescu et al., Human3.6M, TPAMI 2014. Nothing is aligned here: subtract the root first if you want that.
    """
    return np.asarray(joint_errors(predicted, truth).mean(-1))


def n_mpjpe(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """MPJPE after the best scale per frame, s = sum(p . t) / sum(p . p). (..., J, 3) root-relative, to (...).

    Source: Rhodin et al., CVPR 2018, as computed in VideoPose3D (`n_mpjpe`). A prediction of all zeros keeps its own error.
    """
    predicted, truth = _pair(predicted, truth)
    dot = (predicted * truth).sum((-2, -1), keepdims=True)
    square = (predicted * predicted).sum((-2, -1), keepdims=True)
    scale = np.divide(dot, square, out=np.ones_like(square), where=square != 0)
    return mpjpe(scale * predicted, truth)


def procrustes_align(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """The similarity (scale, rotation without reflection, translation) of `predicted` closest to `truth`, per frame.

    (..., J, 3) to the same shape. Source: Umeyama, TPAMI 1991; Kabsch's rotation by SVD. A prediction whose joints all coincide
    lands on the truth's centroid.
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
    """Mean per-joint velocity error: MPJPE of the first differences, in units per frame. (..., T, J, 3) to (..., T - 1).

    Source: Pavllo et al., VideoPose3D, CVPR 2019 (`mean_velocity_error`). Multiply by the frame rate for units per second.
    """
    predicted, truth = _pair(predicted, truth, time=2)
    return mpjpe(np.diff(predicted, axis=-3), np.diff(truth, axis=-3))


def acceleration_error(predicted: FloatArray, truth: FloatArray) -> FloatArray:
    """Mean over joints of |a_p - a_t|, a = x[t-1] - 2 x[t] + x[t+1], units per frame squared. (..., T, J, 3) to (..., T - 2).

    Source: Kanazawa et al., Learning 3D Human Dynamics from Video, CVPR 2019 (`compute_error_accel`).
    """
    predicted, truth = _pair(predicted, truth, time=3)
    return mpjpe(np.diff(predicted, n=2, axis=-3), np.diff(truth, n=2, axis=-3))


def pck(predicted: FloatArray, truth: FloatArray, threshold: float = 150.0) -> FloatArray:
    """Fraction (0..1) of joints within `threshold` of their truth, per frame. (..., J, 3) to (...). NaN joints count as missed.

    Source: Mehta et al., 3DV 2017 (3DPCK, 150 mm: the default assumes millimetres).
    """
    return np.asarray((joint_errors(predicted, truth) <= threshold).mean(-1))


def _pair(predicted: FloatArray, truth: FloatArray, time: int = 0) -> tuple[FloatArray, FloatArray]:
    predicted, truth = np.asarray(predicted, np.float64), np.asarray(truth, np.float64)
    least = 3 if time else 2
    if predicted.shape != truth.shape or predicted.ndim < least or predicted.shape[-1] != 3:
        want = "(..., T, J, 3)" if time else "(..., J, 3)"
        raise ValueError(f"expected two arrays of one shape {want}, got {predicted.shape} and {truth.shape}")
    if time and predicted.shape[-3] < time:
        raise ValueError(f"needs at least {time} frames, got {predicted.shape[-3]}")
    return predicted, truth
