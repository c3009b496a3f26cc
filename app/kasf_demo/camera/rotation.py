"""The rotation, and the change of focal length, between two images of a far background.

A camera that rotates about its centre moves the image by a homography K' R K^-1 for points at any distance (Hartley and
Zisserman, Multiple View Geometry, 2nd ed., 8.4). Points that do not fit move themselves, or are close to a translating
camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray

# point pairs that propose a rotation: with half of the points wrong, 48 pairs contain no good one once in a million
TRIALS = 48
FIRST_TRIALS = 12  # pairs that are tried first; the others only if fewer than half of the points agree
ROUNDS = 4
ZOOMS = (0.5, 2.0)  # limits of a proposed zoom: two neighbouring points determine it poorly


@dataclass(frozen=True)
class Turn:
    """rotation (3, 3) takes directions in the first camera's axes to the second's; zoom: ratio of the focal lengths;
    fits (N,) the points that agree."""

    rotation: FloatArray
    zoom: float
    fits: BoolArray


def find_turn(
    before: FloatArray,
    after: FloatArray,
    focal_px: float,
    near_px: float,
    random: np.random.Generator,
    *,
    zooms: bool = True,
) -> Turn:
    """The turn between points (N, 2), N >= 2, px from the principal point, before and after. focal_px: focal length
    before. RANSAC over pairs of points, then least squares over the points within `near_px`. zooms: the focal length
    may change; otherwise Turn.zoom is 1."""
    rays = _rays(before, focal_px)
    rotation, zoom = _best_of_pairs(rays, after, focal_px, near_px, random, zooms)
    fits = np.ones(len(before), bool)
    for i in range(ROUNDS):
        last, fits = fits, np.linalg.norm(zoom * _project(rays @ rotation.T, focal_px) - after, axis=-1) < near_px
        if fits.sum() < 2:  # nothing agrees with anything
            break
        if i and not zooms and np.array_equal(fits, last):  # the same points give the same rotation
            break
        rotation = kabsch(rays[fits], _rays(after[fits] / zoom, focal_px))
        if not zooms:
            continue
        seen = _project(rays[fits] @ rotation.T, focal_px)
        # about the middle of the points, not the image's: a rotation moves them all, a zoom spreads them
        spread, wanted = seen - seen.mean(0), after[fits] - after[fits].mean(0)
        zoom = float((spread * wanted).sum() / max(float((spread**2).sum()), 1e-9))
    return Turn(rotation, zoom, fits)


def residuals_px(turn: Turn, before: FloatArray, after: FloatArray, focal_px: float) -> FloatArray:
    """(N,) px, distance of points `after` from those `before` moved by `turn`."""
    return np.asarray(
        np.linalg.norm(turn.zoom * _project(_rays(before, focal_px) @ turn.rotation.T, focal_px) - after, axis=-1)
    )


def kabsch(a: FloatArray, b: FloatArray) -> FloatArray:
    """(..., 3, 3) the rotations nearest to taking unit vectors a (..., N, 3) to b (Kabsch 1976)."""
    u, _, vt = np.linalg.svd(np.swapaxes(b, -1, -2) @ a)
    flip = np.ones(u.shape[:-1])
    flip[..., -1] = np.sign(np.linalg.det(u @ vt))
    return np.asarray((u * flip[..., None, :]) @ vt)


def pair_turns(a: FloatArray, b: FloatArray) -> FloatArray:
    """`kabsch` of pairs, (N, 2, 3) to (N, 3, 3), without its decompositions: the best rotation takes the bisector of
    two directions to that of the other two, and their plane to the others' plane. If the two directions of a
    pair coincide, the matrix is finite but not a rotation."""
    axes = _frames(np.concatenate([a, b]))
    return np.asarray(axes[len(a) :] @ np.swapaxes(axes[: len(a)], -1, -2))


def _frames(pair: FloatArray) -> FloatArray:
    """(N, 3, 3) with columns along the sum, the difference and the normal of two unit vectors (N, 2, 3)."""
    along = np.stack([pair[:, 0] + pair[:, 1], pair[:, 0] - pair[:, 1]])
    along /= np.maximum(np.sqrt(np.einsum("...i,...i->...", along, along)), 1e-12)[..., None]
    (x, y, z), (u, v, w) = np.moveaxis(along, -1, 1)
    # np.cross takes three times as long for so few
    normal = np.stack([y * w - z * v, z * u - x * w, x * v - y * u], -1)
    return np.stack([along[0], along[1], normal], -1)


def _best_of_pairs(
    rays: FloatArray, after: FloatArray, focal_px: float, near_px: float, random: np.random.Generator, zooms: bool
) -> tuple[FloatArray, float]:
    """The rotation and zoom with most agreement that a pair of points proposes; the zoom is the ratio of its distances.
    If half of the points agree with one of the first pairs, the others are not tried."""
    best: tuple[int, FloatArray, float] = (-1, np.eye(3), 1.0)
    pairs = random.integers(0, len(rays), (TRIALS, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    for some in (pairs[:FIRST_TRIALS], pairs[FIRST_TRIALS:]):
        if len(some) and 2 * best[0] < len(rays):
            best = max(best, _best_of(some, rays, after, focal_px, near_px, zooms), key=lambda found: found[0])
    return best[1:]


def _best_of(
    pairs: FloatArray, rays: FloatArray, after: FloatArray, focal_px: float, near_px: float, zooms: bool
) -> tuple[int, FloatArray, float]:
    """Number of points that agree with the best of the pairs (M, 2), its rotation and its zoom."""
    rotation, zoom = pair_turns(rays[pairs], _rays(after[pairs], focal_px)), np.ones(len(pairs))
    if zooms:
        seen = _project(rays[pairs] @ np.swapaxes(rotation, -1, -2), focal_px)
        apart, apart_after = seen[:, 0] - seen[:, 1], after[pairs[:, 0]] - after[pairs[:, 1]]
        zoom = np.clip(np.linalg.norm(apart_after, axis=-1) / np.maximum(np.linalg.norm(apart, axis=-1), 1e-6), *ZOOMS)
        rotation = pair_turns(rays[pairs], _rays(after[pairs] / zoom[:, None, None], focal_px))
    turned = rotation @ rays.T  # (pairs, 3, points)
    off = turned[:, :2] * (focal_px * zoom[:, None] / np.maximum(turned[:, 2], 1e-3))[:, None] - after.T
    agree = ((off**2).sum(1) < near_px**2).sum(-1)
    best = int(np.argmax(agree))
    return int(agree[best]), np.asarray(rotation[best]), float(zoom[best])


def _rays(px: FloatArray, focal_px: float) -> FloatArray:
    ray = np.ones((*px.shape[:-1], 3))
    ray[..., :2] = px / focal_px
    ray /= np.sqrt(np.einsum("...i,...i->...", ray, ray))[..., None]
    return ray


def _project(rays: FloatArray, focal_px: float) -> FloatArray:
    return np.asarray(focal_px * rays[..., :2] / np.maximum(rays[..., 2:], 1e-3))
