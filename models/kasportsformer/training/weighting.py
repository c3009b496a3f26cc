"""How likely each frame of the corpus is to be drawn: by novelty, by kind of pose, and by archive.

Novelty, not frame count: of hours of motion capture most is standing and walking, and sport is the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .body import V, axes, keypoints
from .body_shape import mean_shape
from .forward_kinematics import BoolArray, FloatArray, IntArray

STRIDE = 12  # frames between poses compared for novelty
CLUSTERS = 360
BY_NOVELTY = 0.7  # share of the weights that goes by novelty; the rest is the same for every frame
ON_THE_FLOOR = 3.0  # times as likely: lying, crawling, upside down
CROUCHED = 1.6  # squatting and lunging
MAX_FLOOR_UP = 0.4  # cosine between trunk and vertical up to which a body counts as lying or upside down
MIN_CROUCH_DEG = 50.0  # knee flexion
# Archives of long, similar recordings, by the beginnings of their folders' names: together at most this share of all
# that is drawn
LIMITED, MAX_LIMITED_SHARE = ("snu_basket", "snu_tiling"), 1 / 3


def weights(
    vectors: FloatArray, middle: FloatArray, first: IntArray, names: Sequence[str], rate_hz: float
) -> FloatArray:
    """(N,) sampling weights of frames, mean 1. vectors (N, V, 3), middle (N, 3) m; motion i, called names[i], is rows
    first[i]:first[i + 1]."""
    weight = BY_NOVELTY * novelty(vectors, middle, first, rate_hz) + (1 - BY_NOVELTY)
    weight = weight * np.where(floor(vectors), ON_THE_FLOOR, np.where(crouched(vectors), CROUCHED, 1.0))
    limited = np.repeat([name.startswith(LIMITED) for name in names], np.diff(first))
    much, rest = weight[limited].sum(), weight[~limited].sum()
    if rest > 0 and much > 0:
        weight[limited] *= min(1.0, rest * MAX_LIMITED_SHARE / (1 - MAX_LIMITED_SHARE) / much)
    return np.asarray(weight / weight.mean(), dtype=np.float32)


def floor(vectors: FloatArray) -> BoolArray:
    """(...) True where the trunk is near level or points down; vectors (..., V, 3)."""
    trunk = vectors[..., V["trunk"], :]
    return np.asarray(trunk[..., 2] < MAX_FLOOR_UP * np.linalg.norm(trunk, axis=-1))


def crouched(vectors: FloatArray) -> BoolArray:
    """(...) True where a knee is bent and the trunk is not level; vectors (..., V, 3)."""
    deep = np.zeros(vectors.shape[:-2], dtype=bool)
    for side in "lr":
        deep |= (vectors[..., V[f"{side}_thigh"], :] * vectors[..., V[f"{side}_shank"], :]).sum(-1) < np.cos(
            np.radians(MIN_CROUCH_DEG)
        )
    return deep & ~floor(vectors)


def novelty(vectors: FloatArray, middle: FloatArray, first: IntArray, rate_hz: float) -> FloatArray:
    """(N,) sampling weights, mean 1: one over the root of how often such a pose occurs, times a factor for moving at
    all.

    The root, not the count itself: natural poses must stay the bulk (with rare ones forced, a small network got worse
    at everything).
    """
    pose = _upright_pose(vectors)
    speed = np.zeros(len(pose))
    for a, b in pairwise(first):
        change = np.linalg.norm(np.diff(pose[a:b], axis=0), axis=-1).mean(-1) + np.linalg.norm(
            np.diff(middle[a:b], axis=0), axis=-1
        )
        speed[a:b] = np.append(change, change[-1:]) * rate_hz if b - a > 1 else 0.0
    samples = pose[::STRIDE].reshape(-1, pose.shape[1] * 3)
    label = _clusters(samples, min(CLUSTERS, len(samples)))
    count = np.bincount(label)[label]
    rare = np.repeat(1 / np.sqrt(count), STRIDE)[: len(pose)]
    weight = rare * (0.3 + np.minimum(speed / 1.5, 1.0))
    weight = np.minimum(weight, 8 * np.median(weight))
    return np.asarray(weight / weight.mean(), dtype=np.float32)


def _upright_pose(vectors: FloatArray) -> FloatArray:
    """(N, 12, 3) limb joints from the middle of the hips, turned about the vertical so that the pelvis's left points
    along x."""
    p = keypoints(vectors[None], np.zeros((1, len(vectors), 3), np.float32), mean_shape(1))[0, :, 5:]
    left = axes(vectors, "pelvis")[..., 0]
    length = np.maximum(np.hypot(left[:, 0], left[:, 1]), 1e-6)
    c, s = left[:, 0] / length, left[:, 1] / length
    zero = np.zeros_like(c)
    turn = np.stack([np.stack([c, s, zero], -1), np.stack([-s, c, zero], -1), np.stack([zero, zero, zero + 1], -1)], -2)
    upright: FloatArray = np.einsum("nij,nkj->nki", turn, p)
    return upright


def _clusters(samples: FloatArray, k: int, rounds: int = 8) -> IntArray:
    """k-means labels; centres start at random samples (fixed seed)."""
    centres = samples[np.random.default_rng(0).choice(len(samples), k, replace=False)]
    label = np.zeros(len(samples), dtype=np.int64)
    for _ in range(rounds):
        distance = (centres**2).sum(-1) - 2 * samples @ centres.T
        label = distance.argmin(-1)
        total = np.zeros_like(centres)
        np.add.at(total, label, samples)
        count = np.bincount(label, minlength=k)
        centres = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], centres)
    return label
