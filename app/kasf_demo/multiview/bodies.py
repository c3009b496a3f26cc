"""The joints of a person at every frame, from all cameras that see them: rays where two or more do, the lifted poses
where fewer do, bones of constant length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from kasf_demo.multiview.body_bundle import fit_joints
from kasf_demo.multiview.body_views import Known, Views
from kasf_demo.multiview.cameras import Cameras, Prior, triangulate
from kasf_demo.multiview.moments import MIN_SCORE, Match, seen_at, with_points
from kasf_demo.multiview.seen import BONES, JOINTS, LENGTH_SIGMA, TWINS, SeenPerson, SeenView, sampled
from kasf_demo.types.arrays import BoolArray, FloatArray, chunks
from kasportsformer.skeleton import H36M

MIDDLE = np.array([H36M[name] for name in ("pelvis", "spine", "thorax", "neck", "head")])
# standard deviations, m, of middle joints beside hips and shoulders in lifted poses, and of their keypoints, which are
# means of others
LIFTED_M, MIDDLE_NOISE_M = 0.05, 0.025
CHUNK = 256  # frames that are fitted at a time


@dataclass(frozen=True)
class MeasuredBody:
    """A person at T times in the axes of camera 0. xyz (T, 17, 3) m, NaN where no camera sees them; seen (C, T, 17)
    which camera sees a joint; keypoints (C, T, 17, 2) px and their scores (C, T, 17) as read at these times; sigma_m
    (T, 17) relative to the pelvis."""

    xyz: FloatArray
    seen: BoolArray
    keypoints: FloatArray
    scores: FloatArray
    sigma_m: FloatArray

    @property
    def score(self) -> FloatArray:
        """(T, 17) the best camera's, 0 without a pose."""
        return np.where(self.valid[:, None], self.scores.max(0), 0.0)

    @property
    def valid(self) -> BoolArray:
        """(T,) frames with a pose."""
        return np.asarray(np.isfinite(self.xyz).all((1, 2)))


def measure_body(
    views: Sequence[SeenView],
    match: Match,
    cameras: Cameras,
    offsets_s: FloatArray,
    lengths_m: FloatArray,
    lean: FloatArray,
    at_s: FloatArray,
) -> MeasuredBody:
    """The person at times at_s (T,) of the first camera's clock; lengths_m (B,) of their bones (seen.BONES); lean
    (C, 3, 3): see ViewCalibration."""
    parts = [_part(views, match, cameras, offsets_s, lengths_m, lean, at_s[rows]) for rows in chunks(len(at_s), CHUNK)]
    joined = {f.name: [getattr(p, f.name) for p in parts] for f in fields(MeasuredBody)}
    by_time = ("xyz", "sigma_m")
    return MeasuredBody(
        **{name: np.concatenate(rows, axis=0 if name in by_time else 1) for name, rows in joined.items()}
    )


def _part(
    views: Sequence[SeenView],
    match: Match,
    cameras: Cameras,
    offsets_s: FloatArray,
    lengths_m: FloatArray,
    lean: FloatArray,
    at_s: FloatArray,
) -> MeasuredBody:
    read = [seen_at(v, p, at_s + o) for v, p, o in zip(views, match, offsets_s, strict=True)]
    xy, sigma, speed, directions, lifted = (np.stack([r[n] for r in read]) for n in range(5))
    t = len(at_s)
    moments = Views(xy, sigma, speed, directions, BONES, np.zeros(t, int), lengths_m[None], TWINS)
    count = len(views)
    start = with_points(cameras, np.zeros(count), lean, moments, lifted)
    known = Known(np.zeros(count), np.zeros(count), length=LENGTH_SIGMA)
    anyone: Any = np.isfinite(lifted).all((2, 3)).any(0)
    points, covariance, _ = fit_joints(start, moments, known)
    xyz = np.full((t, 17, 3), np.nan)
    xyz[:, JOINTS] = points
    spread = np.zeros((t, 17))
    spread[:, JOINTS] = np.sqrt(np.maximum(np.trace(covariance, axis1=-2, axis2=-1), 0))
    _middle(xyz, spread, views, match, cameras, offsets_s, at_s)
    xyz[~anyone] = np.nan
    every = [_all_joints(v, p, at_s + o) for v, p, o in zip(views, match, offsets_s, strict=True)]
    keypoints, score = np.stack([k for k, _ in every]), np.stack([s for _, s in every])
    seen = np.isfinite(keypoints).all(-1) & (score > MIN_SCORE)
    spread[:, 0] = 0.0
    return MeasuredBody(xyz, seen, keypoints, score, np.where(anyone[:, None], spread, np.nan))


def _all_joints(view: SeenView, person: SeenPerson | None, at_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    if person is None:
        return np.full((len(at_s), 17, 2), np.nan), np.zeros((len(at_s), 17))
    xy = sampled(person.xy, view.times_s, at_s)
    return xy, np.nan_to_num(sampled(person.score, view.times_s, at_s))


def _middle(
    xyz: FloatArray, spread: FloatArray, views: Sequence[SeenView], match: Match, cameras: Cameras,
    offsets_s: FloatArray, at_s: FloatArray,
) -> None:  # fmt: skip
    """Sets pelvis, spine, thorax, neck and head: triangulated, held by where lifted poses have them beside the hips or
    the shoulders."""
    hips, shoulders = ([H36M[f"{s}_{name}"] for s in "rl"] for name in ("hip", "shoulder"))
    xy, weight, beside = [], [], []
    for c, (view, person) in enumerate(zip(views, match, strict=True)):
        keypoints, score = _all_joints(view, person, at_s + offsets_s[c])
        lifted = (
            np.full((len(at_s), 17, 3), np.nan)
            if person is None
            else sampled(person.xyz, view.times_s, at_s + offsets_s[c])
        )
        noise_px = MIDDLE_NOISE_M * view.intrinsics[0, 0] / lifted[:, :1, 2]
        used = np.isfinite(keypoints[:, MIDDLE]).all(-1) & (score[:, MIDDLE] > MIN_SCORE) & np.isfinite(noise_px)
        xy.append(keypoints[:, MIDDLE])
        weight.append(np.where(used, score[:, MIDDLE] / np.where(np.isfinite(noise_px), noise_px, 1.0), 0.0))
        turned = lifted @ cameras.rotations[c]
        near = np.where((np.arange(5) < 2)[:, None], turned[:, None, hips].mean(2), turned[:, None, shoulders].mean(2))
        beside.append(turned[:, MIDDLE] - near)
    known = np.isfinite(beside).all(-1)
    mean = np.nan_to_num(beside).sum(0) / np.maximum(known.sum(0), 1)[..., None]
    held = np.where((np.arange(5) < 2)[:, None], xyz[:, None, hips].mean(2), xyz[:, None, shoulders].mean(2)) + mean
    prior = Prior(np.nan_to_num(held), np.where(known.any(0), LIFTED_M**-2.0, 1e-6))
    xyz[:, MIDDLE] = triangulate(cameras, np.stack(xy), np.stack(weight), prior=prior)
    xyz[:, 0] = xyz[:, hips].mean(1)  # the pelvis is the middle of the hips
    rays = np.minimum((np.stack(weight) > 0).sum(0), 2)
    spread[:, MIDDLE] = np.where(rays >= 2, MIDDLE_NOISE_M, LIFTED_M)
