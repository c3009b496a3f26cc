"""Rotations between cameras from directions that both see: of bones of lifted skeletons."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray

TRIES, SAMPLE = 200, 10  # of the search for a rotation that most directions agree with
AGREE_DEG = (
    25.0  # lifted bones are 10 to 15 degrees off, wrong ones (swapped sides, a limb bent the other way) far more
)
ROUNDS = 10


def nearest_rotation(matrix: FloatArray) -> FloatArray:
    """(..., 3, 3) rotations nearest to matrices in the Frobenius norm (singular values set to 1, determinant 1)."""
    u, _, vt = np.linalg.svd(matrix)
    sign = np.linalg.det(u @ vt)
    u = np.concatenate([u[..., :2], u[..., 2:] * sign[..., None, None]], axis=-1)
    return np.asarray(u @ vt)


def angle_deg(a: FloatArray, b: FloatArray) -> FloatArray:
    """(...,) degrees between rotations (..., 3, 3)."""
    trace = np.einsum("...ij,...ij->...", a, b)
    return np.asarray(np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1))))


def rotation_between(a: FloatArray, b: FloatArray, weight: FloatArray) -> FloatArray:
    """(3, 3) R with b = R a in weighted least squares, of unit vectors a, b (N, 3) (Kabsch 1976)."""
    return nearest_rotation(np.einsum("n,ni,nj->ij", weight, b, a))


def robust_rotation(a: FloatArray, b: FloatArray, weight: FloatArray, *, seed: int = 0) -> tuple[FloatArray, BoolArray]:
    """(3, 3) R with b = R a that most directions a, b (N, 3) agree with to AGREE_DEG, and which these are (N,).

    Samples of SAMPLE directions are tried; the best is refined by least squares over those that agree. weight (N,).
    """
    rng = np.random.default_rng(seed)
    cos = np.cos(np.radians(AGREE_DEG))
    usable = np.flatnonzero(weight > 0)
    best = rotation_between(a, b, weight)
    most = -1.0
    for number in range(TRIES + 1):
        if number:
            pick = rng.choice(usable, min(SAMPLE, len(usable)), replace=False)
            trial = rotation_between(a[pick], b[pick], weight[pick])
        else:
            trial = best
        share = float((weight * (np.einsum("ij,nj,ni->n", trial, a, b) > cos)).sum())
        if share > most:
            most, best = share, trial
    agree = np.zeros(len(a), bool)
    for _ in range(ROUNDS):
        now = np.einsum("ij,nj,ni->n", best, a, b) > cos
        if (now == agree).all() or now.sum() < 3:
            break
        agree = now
        best = rotation_between(a, b, weight * agree)
    return best, agree


def from_vector(vector: FloatArray) -> FloatArray:
    """(..., 3, 3) rotations by |v| radians about v (..., 3) (Rodrigues' formula)."""
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    cross = skew(vector)
    small = angle < 1e-8
    safe = np.where(small, 1.0, angle)
    first = np.where(small, 1.0, np.sin(safe) / safe)
    second = np.where(small, 0.5, (1 - np.cos(safe)) / safe**2)
    return np.asarray(np.eye(3) + first * cross + second * (cross @ cross))


def to_vector(rotation: FloatArray) -> FloatArray:
    """(3,) axis times angle, rad, of a rotation (3, 3) by less than a half turn."""
    axis = np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
    sine, cosine = np.linalg.norm(axis) / 2, (np.trace(rotation) - 1) / 2
    angle = np.arctan2(sine, cosine)
    return np.asarray(axis / 2 * (angle / sine if sine > 1e-12 else 1.0))


def skew(vectors: FloatArray) -> FloatArray:
    """(..., 3, 3) matrices of the cross product with vectors (..., 3)."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    return np.asarray(np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3))
