"""From what each camera saw of matched people to the moments that a fit of cameras and bodies takes, and a first guess
of the cameras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kasf_demo.multiview.body_views import State, Views
from kasf_demo.multiview.cameras import Cameras, Prior, triangulate
from kasf_demo.multiview.rotations import robust_rotation
from kasf_demo.multiview.seen import (
    BONES,
    JOINTS,
    TWINS,
    SeenPerson,
    SeenView,
    bone_vectors,
    expected_lengths,
    sampled,
    unit,
)
from kasf_demo.multiview.translation import translations_of_poses
from kasf_demo.types.arrays import FloatArray

Match = Sequence[SeenPerson | None]  # one person as each view saw them

NOISE_M = 0.02  # standard deviation of a keypoint at the person's distance: what detectors are off
MIN_SCORE = 0.3
STEP_S = 0.07  # between moments; denser ones repeat each other's errors
ALIKE_S = 2.0  # errors of keypoints and lifted poses last about so long: a limb is off for a whole movement
PRIOR_M = 0.15  # how far off joints of lifted poses are, for the first guess of points


def common_grid(views: Sequence[SeenView], offsets_s: FloatArray, most: int) -> FloatArray:
    """(F,) times on the first camera's clock, at most `most`, at which two or more clips run."""
    starts = sorted(v.span_s[0] - o for v, o in zip(views, offsets_s, strict=True))
    ends = sorted((v.span_s[1] - o for v, o in zip(views, offsets_s, strict=True)), reverse=True)
    start, end = starts[1], ends[1]
    if end <= start:
        return np.zeros(0)
    return np.linspace(start, end, max(2, min(most, int((end - start) / STEP_S) + 1)))


def gathered(
    views: Sequence[SeenView], matches: Sequence[Match], offsets_s: FloatArray, height_m: float, most: int
) -> tuple[Views, FloatArray]:
    """The moments of all matched people one after another, and their joints as lifted, (C, M, J, 3) m in each camera's
    axes."""
    grid = common_grid(views, offsets_s, most)
    parts = [[seen_at(v, p, grid + o) for v, p, o in zip(views, match, offsets_s, strict=True)] for match in matches]
    xy, sigma, speed, directions, lifted = (
        np.concatenate([np.stack([view[n] for view in part]) for part in parts], axis=1) for n in range(5)
    )
    step = float(grid[1] - grid[0]) if len(grid) > 1 else STEP_S
    lengths = [expected_lengths([p for p in match if p is not None], height_m) for match in matches]
    person = np.repeat(np.arange(len(matches)), len(grid))
    share = min(1.0, step / ALIKE_S)
    moment_s = np.tile(grid - grid.mean() if len(grid) else grid, len(matches))
    every = Views(xy, sigma, speed, directions, BONES, person, np.stack(lengths), TWINS, share, moment_s)
    enough = (np.isfinite(sigma).sum(-1) >= len(JOINTS) // 2).sum(0) >= 2
    return every.moments(enough), lifted[:, enough]


def seen_at(view: SeenView, person: SeenPerson | None, at_s: FloatArray) -> tuple[FloatArray, ...]:
    f, j = len(at_s), len(JOINTS)
    if person is None:
        nothing = np.full((f, j, 2), np.nan), np.full((f, j), np.inf), np.zeros((f, j, 2))
        return *nothing, np.full((f, len(BONES), 3), np.nan), np.full((f, j, 3), np.nan)
    xy = sampled(person.xy[:, JOINTS], view.times_s, at_s)
    half = 0.5 / view.rate_hz
    ahead, behind = (sampled(person.xy[:, JOINTS], view.times_s, at_s + h) for h in (half, -half))
    score = sampled(person.score[:, JOINTS], view.times_s, at_s)
    xyz = sampled(person.xyz, view.times_s, at_s)
    noise_px = NOISE_M * view.intrinsics[0, 0] / xyz[:, :1, 2]
    used = np.isfinite(xy).all(-1) & (np.nan_to_num(score) > MIN_SCORE) & np.isfinite(noise_px)
    sigma = np.where(used, noise_px / np.maximum(np.nan_to_num(score), MIN_SCORE), np.inf)
    return xy, sigma, np.nan_to_num((ahead - behind) / (2 * half)), unit(bone_vectors(xyz)), xyz[:, JOINTS]


def first_guess(views: Sequence[SeenView], seen: Views, lifted: FloatArray, seed: int = 0) -> State | None:
    """Cameras from directions of lifted bones and places of lifted poses; None if a camera shares no moment with the
    first one."""
    count = len(views)
    rotations = np.tile(np.eye(3), (count, 1, 1))
    flat = seen.directions.reshape(count, -1, 3)
    known: Any = np.isfinite(flat).all(-1)
    for c in range(1, count):
        both = known[0] & known[c]
        if both.sum() < 10 * len(BONES):
            return None
        rotations[c] = robust_rotation(flat[0, both], flat[c, both], np.ones(both.sum()), seed=seed)[0]
    return state_from(views, seen, lifted, rotations)


def state_from(views: Sequence[SeenView], seen: Views, lifted: FloatArray, rotations: FloatArray) -> State:
    """A first guess with these rotations (C, 3, 3)."""
    count = len(views)
    weight = np.isfinite(lifted).all(-1)
    places = np.nan_to_num(lifted).reshape(count, -1, 3)
    translations = translations_of_poses(rotations, places, weight.reshape(count, -1).astype(float))
    cameras = Cameras(np.stack([v.intrinsics for v in views]), rotations, translations)
    return with_points(cameras, np.zeros(count), np.tile(np.eye(3), (count, 1, 1)), seen, lifted)


def with_points(cameras: Cameras, offset_s: FloatArray, lean: FloatArray, seen: Views, lifted: FloatArray) -> State:
    """A state with joints triangulated, held by the mean of the lifted poses."""
    world = np.einsum("cji,cmnj->cmni", cameras.rotations, lifted - cameras.translations[:, None, None])
    known = np.isfinite(world).all(-1)
    mean = np.nan_to_num(world).sum(0) / np.maximum(known.sum(0), 1)[..., None]
    prior = Prior(mean, np.where(known.any(0), PRIOR_M**-2.0, 1e-6))
    points = np.nan_to_num(triangulate(cameras, seen.xy, 1 / seen.sigma_px, prior=prior))
    return State(cameras, offset_s, lean, seen.lengths_m.copy(), points)
