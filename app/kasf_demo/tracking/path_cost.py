"""How smoothly keypoints can move: the least cost of smooth paths through them."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from kasf_demo.types.arrays import FloatArray

KEYPOINT_SIGMA = 0.011  # standard deviation of a keypoint, in body sizes (diagonal of the box)
ROBUST = 1.5  # a keypoint further off than this many sigma counts linearly (pseudo-Huber)
SIZE_M = 1.8  # a body size, metres
# standard deviation of the acceleration, as in reconstruct.motion_weights without the pelvis: at rest, m/s2; gain per
# m/s; v^2 / r of a limb that swings
STILL_ACCELERATION, PER_SPEED, SWING_RADIUS_M = 3.0, 4.0, 0.3
SPEED_SIGMA_S, SPEED_REACH_S = 0.03, 0.1
STEPS = 3  # of iteratively reweighted least squares


def path_costs(points: FloatArray, weight: FloatArray, fps: float) -> FloatArray:
    """(N,) the least cost of smooth paths, the sum over joints, for N windows of W frames. points (N, W, J, 2) in body
    sizes; weight (N, W, J) 0..1."""
    slow = gaussian_filter1d(points, max(SPEED_SIGMA_S * fps, 0.5), axis=1, mode="nearest")
    speed = np.linalg.norm(np.gradient(slow, axis=1), axis=-1) * fps * SIZE_M
    reach = 2 * max(1, round(SPEED_REACH_S * fps)) + 1
    speed = maximum_filter1d(speed, reach, axis=1, mode="nearest")[:, 1:-1]
    sigma = (STILL_ACCELERATION + PER_SPEED * speed + speed**2 / SWING_RADIUS_M) / SIZE_M / fps**2
    frames = points.shape[1]
    second = np.zeros((frames - 2, frames))
    for column, factor in enumerate((1.0, -2.0, 1.0)):
        second[np.arange(frames - 2), np.arange(frames - 2) + column] = factor
    smooth = np.einsum("ki,nkj,kl->njil", second, 1 / sigma**2, second)
    seen, trust = points.transpose(0, 2, 1, 3), weight.transpose(0, 2, 1) / KEYPOINT_SIGMA**2
    path, diagonal = slow.transpose(0, 2, 1, 3), np.arange(frames)
    for _ in range(STEPS):
        pull = trust / _root(path - seen)
        matrix = smooth.copy()
        matrix[..., diagonal, diagonal] += pull + 1e-9
        path = np.linalg.solve(matrix, pull[..., None] * seen)
    off = 2 * ROBUST**2 * KEYPOINT_SIGMA**2 * trust * (_root(path - seen) - 1)
    bent = np.einsum("kw,njwc->njkc", second, path) / sigma.transpose(0, 2, 1)[..., None]
    return np.asarray(off.sum((1, 2)) + (bent**2).sum((1, 2, 3)))


def _root(off: FloatArray) -> FloatArray:
    """sqrt(1 + e^2 / ROBUST^2) of distances off (..., 2) in body sizes, e in sigma."""
    return np.asarray(np.sqrt(1 + (off**2).sum(-1) / (KEYPOINT_SIGMA * ROBUST) ** 2))
