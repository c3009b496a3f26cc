"""Pinhole cameras in one world: rays, projection and triangulation. Axes of a camera: x right, y down, z forward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import FloatArray, _want

DEPTH_ROUNDS = 3  # rows of the linear triangulation are divided by the depth of the round before
NEAR = 1e-3  # smallest depth that a row is divided by, in units of the world


@dataclass(frozen=True)
class Cameras:
    """C cameras: intrinsics (C, 3, 3) px, rotations (C, 3, 3) and translations (C, 3) from world to camera."""

    intrinsics: FloatArray
    rotations: FloatArray
    translations: FloatArray

    def __post_init__(self) -> None:
        c = len(self.intrinsics)
        _want("intrinsics", self.intrinsics, (c, 3, 3))
        _want("rotations", self.rotations, (c, 3, 3))
        _want("translations", self.translations, (c, 3))

    def __len__(self) -> int:
        return len(self.intrinsics)

    @property
    def centres(self) -> FloatArray:
        """(C, 3) where the cameras stand in the world."""
        return np.asarray(-np.einsum("cji,cj->ci", self.rotations, self.translations))

    def scaled(self, factor: float) -> Cameras:
        """The same cameras in a world whose lengths are `factor` times as large."""
        return Cameras(self.intrinsics, self.rotations, self.translations * factor)

    def only(self, which: list[int]) -> Cameras:
        """Some of the cameras."""
        return Cameras(self.intrinsics[which], self.rotations[which], self.translations[which])

    def seen_from(self, camera: int) -> Cameras:
        """The same cameras in the axes of one of them."""
        r, t = self.rotations[camera], self.translations[camera]
        rotations = self.rotations @ r.T
        return Cameras(self.intrinsics, rotations, self.translations - rotations @ t)


def intrinsics_of(focal_px: float, cx_px: float, cy_px: float) -> FloatArray:
    """(3, 3) of a camera with square pixels."""
    return np.array([[focal_px, 0.0, cx_px], [0.0, focal_px, cy_px], [0.0, 0.0, 1.0]])


def rays_of(xy: FloatArray, intrinsics: FloatArray) -> FloatArray:
    """(C, ..., 3) viewing directions with z = 1 of keypoints (C, ..., 2) px."""
    flat = xy.reshape(len(xy), -1, 2)
    ahead = np.concatenate([flat, np.ones((*flat.shape[:2], 1))], axis=-1)
    rays = np.einsum("cij,cnj->cni", np.linalg.inv(intrinsics), ahead)
    return np.asarray(rays.reshape(*xy.shape[:-1], 3))


def project(cameras: Cameras, points: FloatArray) -> FloatArray:
    """(C, ..., 2) px of world points (..., 3). Points behind a camera are projected as if just before it."""
    flat = points.reshape(-1, 3)
    own = np.einsum("cij,nj->cni", cameras.rotations, flat) + cameras.translations[:, None]
    depth = np.where(np.abs(own[..., 2:]) > NEAR, own[..., 2:], NEAR)
    seen = np.einsum("cij,cnj->cni", cameras.intrinsics[:, :2], own / depth)
    return np.asarray(seen.reshape(len(cameras), *points.shape[:-1], 2))


def depths(cameras: Cameras, points: FloatArray) -> FloatArray:
    """(C, ...) distances along the optical axes of world points (..., 3)."""
    own = np.einsum("cj,...j->c...", cameras.rotations[:, 2], points)
    return np.asarray(own + cameras.translations[:, 2].reshape(-1, *([1] * (points.ndim - 1))))


def triangulate(
    cameras: Cameras, xy: FloatArray, weight: FloatArray, *, rounds: int = DEPTH_ROUNDS, prior: Prior | None = None
) -> FloatArray:
    """(..., 3) world points of keypoints (C, ..., 2) px with weights (C, ...): weighted linear least squares of the two
    equations of each camera, whose rows are divided by the depth, so that px count. NaN where fewer than two cameras
    have a weight above 0 and there is no prior."""
    shape = xy.shape[1:-1]
    n = int(np.prod(shape))
    rays = rays_of(np.nan_to_num(xy.reshape(len(cameras), n, 2)), cameras.intrinsics)
    w = np.where(np.isfinite(xy).all(-1), weight, 0.0).reshape(len(cameras), n)
    focal = np.sqrt(cameras.intrinsics[:, 0, 0] * cameras.intrinsics[:, 1, 1])[:, None]
    r, t = cameras.rotations, cameras.translations
    rows = rays[..., :2, None] * r[:, None, 2:3] - r[:, None, :2]  # (C, n, 2, 3)
    right = t[:, None, :2] - rays[..., :2] * t[:, None, 2:3]
    depth = np.ones_like(w)
    points: FloatArray = np.zeros((n, 3))
    for number in range(rounds + 1):
        row_weight = (w * (focal if number else 1.0) / depth) ** 2
        normal = np.einsum("cn,cnki,cnkj->nij", row_weight, rows, rows)
        moment = np.einsum("cn,cnki,cnk->ni", row_weight, rows, right)
        if prior is not None and number:
            normal = normal + prior.weight.reshape(n, 1, 1) * np.eye(3)
            moment = moment + prior.weight.reshape(n, 1) * prior.points.reshape(n, 3)
        points = solve3(normal, moment)
        depth = np.maximum(np.abs(np.einsum("cj,nj->cn", r[:, 2], points) + t[:, 2:]), NEAR)
    known = (w > 0).sum(0) >= 2
    if prior is not None:
        known |= prior.weight.reshape(n) > 0
    points[~known] = np.nan
    return points.reshape(*shape, 3)


@dataclass(frozen=True)
class Prior:
    """Where points (..., 3) are without any camera, with weights (...) of 1 over the variance in units of the world,
    for keypoints whose weights are 1 over the standard deviation in px."""

    points: FloatArray
    weight: FloatArray


def solve3(normal: FloatArray, moment: FloatArray) -> FloatArray:
    """(N, 3) solutions of N symmetric systems (N, 3, 3); that of a singular one is 0, not an error."""
    a, b, c = normal[:, 0, 0], normal[:, 0, 1], normal[:, 0, 2]
    d, e, f = normal[:, 1, 1], normal[:, 1, 2], normal[:, 2, 2]
    cofactors = np.stack([d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b], -1)
    det = a * cofactors[:, 0] + b * cofactors[:, 1] + c * cofactors[:, 2]
    det = np.where(np.abs(det) > 1e-200, det, np.inf)
    inverse = cofactors[:, [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(-1, 3, 3) / det[:, None, None]
    return np.asarray(np.einsum("nij,nj->ni", inverse, moment))
