"""Foot lock: which foot is in contact when, and holding planted feet in place.

Axes are a steady camera's: x right, y down, z forward, metres.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasportsformer.skeleton import H36M

ANKLES = [H36M["r_ankle"], H36M["l_ankle"]]

# A foot stands if its ankle is slower than this across the line of sight (where detectors are accurate) and at most
# this much above the other ankle
SLOW_M_PER_S = 0.35
LOW_M = 0.15

# standard deviations for the root's path and for a planted foot, tuned on the demo clips (docs/decisions.md, "Ground")
SIDE_M_PER_S, DEPTH_M_PER_S = 0.1, 0.4  # errors of the root's velocity across and along the line of sight
FOOT_M_PER_S = 0.15  # velocity of a standing ankle: the foot rolls under it, and limbs are inexact
WRONG_M_PER_S = 0.4  # an ankle that differs by more from the root's velocity gets less weight
PLACE_M = 0.3  # position of the root in a frame
STEADY_S = 0.1  # errors of velocity last about so long
# feet are held sideways and in depth; heights follow the floor: with heights held too, jumps gained 3 cm
LEVEL = (1.0, 0.0, 1.0)
ROUNDS = 3
# the influence of a frame fades with PLACE_M / SIDE_M_PER_S, 3 to 4 s while feet stand: 40 s away it is below 0.02 mm
BLOCK_S, LAP_S = 120.0, 40.0


def standing(
    xyz: FloatArray, valid: BoolArray, fps: float, slow_m_per_s: float | FloatArray = SLOW_M_PER_S
) -> BoolArray:
    """(T, 2) True while the right and the left foot are in contact, from (T, 17, 3) poses. slow_m_per_s: one limit, or
    (T, 1)."""
    ankles = np.where(valid[:, None, None], xyz[:, ANKLES], np.nan)
    if len(xyz) < 2:
        return np.zeros((len(xyz), 2), bool)
    velocity = np.gradient(ankles, 1 / fps, axis=0)
    sight = ankles / np.linalg.norm(ankles, axis=-1, keepdims=True)
    across = velocity - (velocity * sight).sum(-1, keepdims=True) * sight
    low = ankles[..., 1] > ankles[..., 1].max(axis=1, keepdims=True) - LOW_M
    return np.asarray((np.linalg.norm(across, axis=-1) < slow_m_per_s) & low)


def hold_feet(xyz: FloatArray, valid: BoolArray, fps: float) -> None:
    """Moves (T, 17, 3) poses, in place and as wholes, so that feet that stand stay where they are: poses and bones are
    not changed.

    The least squares of three things: feet that stand have no speed over the floor; the root's speed is nearly what was
    seen, across the line of sight more so than along it; the root is nearly where it was seen.
    """
    stands = standing(xyz, valid, fps)
    for a, b in runs(valid):
        both = stands[a : b - 1] & stands[a + 1 : b]
        if b - a > 3 and both.any():
            xyz[a:b] += _shifts(xyz[a:b], both, fps)[:, None]


def _shifts(xyz: FloatArray, stands: BoolArray, fps: float) -> FloatArray:
    """`_shift` of runs of any length: long ones in overlapping blocks, since its matrices take kilobytes per frame."""
    n, block, lap = len(xyz), round(BLOCK_S * fps), round(LAP_S * fps)
    if n <= block + 2 * lap:
        return _shift(xyz, stands, fps)
    out = np.empty((n, 3))
    for start in range(0, n, block):
        end = min(start + block, n)
        a, b = max(0, start - lap), min(n, end + lap)
        out[start:end] = _shift(xyz[a:b], stands[a : b - 1], fps)[start - a : end - a]
    return out


def _shift(xyz: FloatArray, stands: BoolArray, fps: float) -> FloatArray:
    """(N, 3) how far to move each of N frames; stands (N - 1, 2): from a frame to the next."""
    n = len(xyz)
    speed = sparse.kron(_differences(n, 1) * fps, sparse.eye(3), format="csr")  # of the shifts: 3 (N - 1) x 3 N
    bend = sparse.kron(_differences(n, 2) * fps**2, sparse.eye(3), format="csr")
    known = speed.T @ _root_weight(xyz[:-1, 0]) @ speed
    known = known + bend.T @ bend * (STEADY_S / (3 * SIDE_M_PER_S)) ** 2 + sparse.eye(3 * n) / PLACE_M**2
    slides = np.diff(xyz[:, ANKLES], axis=0) * fps  # (N - 1, 2, 3)
    sure = stands.astype(float)
    shift = np.zeros((n, 3))
    for _ in range(ROUNDS):
        left = np.linalg.norm(slides + np.diff(shift, axis=0)[:, None] * fps, axis=-1)
        sure = stands / (1 + (left / WRONG_M_PER_S) ** 2) if shift.any() else sure
        normal, wanted = known, np.zeros(3 * n)
        for foot in range(2):
            weight = np.repeat(sure[:, foot], 3) / FOOT_M_PER_S**2 * np.tile(LEVEL, n - 1)
            normal = normal + speed.T @ sparse.diags(weight) @ speed
            wanted -= speed.T @ (weight * slides[:, foot].ravel())
        shift = np.asarray(spsolve(normal.tocsc(), wanted)).reshape(n, 3)
    return shift


def _differences(n: int, order: int) -> sparse.spmatrix:
    """First or second differences of N values."""
    stencil = {1: [-1.0, 1.0], 2: [1.0, -2.0, 1.0]}[order]
    return sparse.diags(stencil, range(order + 1), shape=(n - order, n))


def _root_weight(root: FloatArray) -> sparse.spmatrix:
    """(3 N, 3 N) inverse covariance of the root's velocity, from its place (N, 3)."""
    sight = root / np.linalg.norm(root, axis=-1, keepdims=True)
    along = np.einsum("ni,nj->nij", sight, sight)
    blocks = (np.eye(3) - along) / SIDE_M_PER_S**2 + along / DEPTH_M_PER_S**2
    return sparse.bsr_matrix((blocks, np.arange(len(root)), np.arange(len(root) + 1))).tocsr()
