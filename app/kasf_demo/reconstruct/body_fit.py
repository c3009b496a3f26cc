"""One body over a whole shot: joints with constant bone lengths that explain the 2D keypoints.

The lifter sees 27 frames and cannot know the athlete's proportions, so bones change their length and standing legs come
out bent. Here all frames are solved together by Gauss-Newton with Levenberg-Marquardt damping. The terms, each divided
by its standard deviation:

- reprojection of every joint, robust, weighted by its score;
- one length per segment, left and right equal (reconstruct.segments);
- the lifted bones as a prior, tight across the line of sight and loose along it;
- knees that do not bend forwards;
- acceleration, with a standard deviation that grows with the joint's speed, so that a kick keeps its peak;
- ankles at rest in the image are at rest in depth, unless the camera moves;
- ankles at rest at the same time are at the same height (reconstruct.level_feet);
- the depth of the pelvis as it was placed.

Axes are those of the camera at the first frame: x right, y down, z forward, metres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kasf_demo.camera.compensate import MIN_DEPTH_M
from kasf_demo.cores import one_blas_thread
from kasf_demo.reconstruct.bridging import bridged
from kasf_demo.reconstruct.knees import LEGS, bend_knee
from kasf_demo.reconstruct.level_feet import ANKLES, Vertical, level_feet, level_weight
from kasf_demo.reconstruct.motion_weights import acceleration_weight, speed_across, step_weight
from kasf_demo.reconstruct.normal_equations import JOINTS, NormalEquations
from kasf_demo.reconstruct.segments import FROM, GROUP, GROUPS, LIMB_GROUPS, SIGMA_M, TO, first_lengths
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasportsformer.skeleton import BONES, H36M

# Standard deviations (SIGMA) of the terms
KEYPOINT_SIGMA = 0.012  # keypoints, relative to the body's extent in the image
ROBUST = 1.5  # a keypoint further off than this many sigma counts linearly (pseudo-Huber)
MIN_SCORE = 0.05
BRIDGED_S = 0.25  # joints untrusted for longer keep the lifted place as their weak prior
UNTRUSTED = 0.02  # factor on the weight of a lifted bone whose end is not trusted; its keypoint has no weight
ACROSS_SIGMA_M = 0.04  # lifted bones, across the line of sight
ALONG_SIGMA_M = 0.06  # lifted bones, along it
# factor on the depth weight of lifted bones to hips and shoulders: segment lengths determine the heading of lines
# across the view poorly
GIRDLE_TRUST = 16.0
GIRDLES = [H36M[f"{side}_{joint}"] for side in "rl" for joint in ("hip", "shoulder")]
DEPTH_SIGMA_M = 0.1  # depth of the pelvis as placed
LENGTH_LOG_SIGMA = 0.03  # logarithm of the first segment lengths
LENGTHS_COUNT = 0.1  # weight of the lengths' term per frame: the longer the shot, the better the lengths are known
PASSES, MAX_STEPS, CONVERGED = 2, 12, 2e-4
MAX_FRAMES, OVERLAP_FRAMES = 900, 60  # longer shots are solved in overlapping blocks with common lengths

_PARENT, _CHILD = (np.array(ends) for ends in zip(*BONES, strict=True))


@dataclass(frozen=True)
class FitShot:
    """What is fitted: N consecutive observations of one person. frame (N,) indices; xyz (N, 17, 3) m as placed; xy (N,
    17, 2) px; score (N, 17); rotation (N, 3, 3) from steady to camera axes; focal_px, centre (2,) px; fps."""

    frame: NDArray[np.intp]
    xyz: FloatArray
    xy: FloatArray
    score: FloatArray
    rotation: FloatArray
    focal_px: float
    centre: FloatArray
    fps: float
    smooth: bool = True
    steady: bool = True  # the camera does not translate
    untrusted: BoolArray | None = None  # (N, 17) joints that follow from the body instead of from keypoints
    vertical: Vertical | None = None

    def first_lengths(self, xyz: FloatArray) -> FloatArray:
        """(G,) m, with the pelvis' depth as in `xyz`."""
        depth = np.einsum("tj,tj->t", self.rotation[:, 2], xyz[:, 0])
        return first_lengths(xyz, self.xy, depth, self.focal_px)


@dataclass(frozen=True)
class BodyFit:
    """xyz (T, 17, 3) m, NaN where not valid; lengths_m by segment group."""

    xyz: FloatArray
    lengths_m: dict[str, float]


@one_blas_thread()
def fit_body(
    xyz: FloatArray,
    xy: FloatArray,
    score: FloatArray,
    valid: BoolArray,
    *,
    rotation: FloatArray,
    focal_px: float,
    centre: FloatArray,
    fps: float,
    smooth: bool = True,
    steady: bool = True,
    untrusted: BoolArray | None = None,
    vertical: Vertical | None = None,
) -> BodyFit:
    """Fits one body to a person's track. xyz (T, 17, 3) m lifted and placed; xy (T, 17, 2) px with the zoom undone;
    score (T, 17); valid (T,); rotation (T, 3, 3): first camera to each frame's; centre (2,) px. Without `smooth` frames
    are tied by their common lengths only. steady: the camera does not translate. untrusted (T, 17): joints whose
    keypoints are ignored; they follow from the other joints, the lengths and the motion. vertical: where up is, if that
    is known at all. Bodies of fewer than 2 frames
    are returned as they are. `smoothing.constant_bones` (`--constant-bones`) makes the lengths exact afterwards.
    """
    frames = np.flatnonzero(valid & np.isfinite(xyz).all((1, 2)))
    if len(frames) < 2:
        return BodyFit(xyz, {})
    if untrusted is not None:
        xyz = bridged(xyz, frames, untrusted, round(BRIDGED_S * fps))

    def part(start: int, end: int) -> FitShot:  # copies one block, not the long track
        rows = frames[start:end]
        return FitShot(
            rows, xyz[rows], xy[rows], score[rows], rotation[rows], focal_px, np.asarray(centre), fps, smooth, steady,
            None if untrusted is None else untrusted[rows], vertical,
        )  # fmt: skip

    out = np.full_like(xyz, np.nan)
    if len(frames) <= MAX_FRAMES + 2 * OVERLAP_FRAMES:
        out[frames], lengths = _fit_block(part(0, len(frames)), None)
    else:
        starts = np.linspace(0, len(frames) - MAX_FRAMES, 3).astype(int).tolist()
        lengths = np.median([_fit_block(part(s, s + MAX_FRAMES), None)[1] for s in starts], axis=0)
        for start in range(0, len(frames), MAX_FRAMES):
            first, last = max(0, start - OVERLAP_FRAMES), start + MAX_FRAMES + OVERLAP_FRAMES
            rows = frames[start : start + MAX_FRAMES]
            out[rows] = _fit_block(part(first, last), lengths)[0][start - first :][: len(rows)]
    return BodyFit(out, dict(zip(GROUPS, np.asarray(lengths).tolist(), strict=True)))


def _fit_block(shot: FitShot, known: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Joints (N, 17, 3) and lengths (G,), which are kept if `known`. A second pass measures the first lengths again,
    with the depths that the first one found."""
    xyz, lengths = shot.xyz, known
    for _ in range(1 if known is not None else PASSES):
        first = shot.first_lengths(xyz) if known is None else known
        xyz, lengths = _Problem(shot, first, fixed=known is not None).solve(xyz)
    assert lengths is not None
    return xyz, lengths


def least_cost(shot: FitShot, lengths: FloatArray | None = None) -> tuple[float, FloatArray]:
    """The sum of squares of the body that fits best, and its segment lengths (G,) m: those given, or the first ones."""
    lengths = shot.first_lengths(shot.xyz) if lengths is None else lengths
    problem = _Problem(shot, lengths, fixed=True)
    return problem.linearise(problem.solve(shot.xyz)[0], np.log(lengths))[0], lengths


class _Problem:
    """The sum of squares for one block: what stays constant while it is solved."""

    def __init__(self, shot: FitShot, lengths: FloatArray, *, fixed: bool) -> None:
        self.shot = shot
        self.seen = (shot.xy - shot.centre) / shot.focal_px
        self.weight = np.clip(shot.score, MIN_SCORE, 1)
        trust = np.ones((len(shot.frame), len(BONES)))
        if shot.untrusted is not None:
            self.weight[shot.untrusted] = 0
            trust[shot.untrusted[:, _CHILD]] = UNTRUSTED
        self.sigma = KEYPOINT_SIGMA * max(float(np.median(np.ptp(shot.xy, axis=1).max(-1))), 1.0) / shot.focal_px
        self.log_lengths = np.log(lengths)
        self.length_weight = 1e9 if fixed else LENGTHS_COUNT * len(shot.frame) / LENGTH_LOG_SIGMA**2
        ray = shot.xyz[:, 0] / np.linalg.norm(shot.xyz[:, 0], axis=-1, keepdims=True)
        along = ray[:, :, None] * ray[:, None, :]
        self.bones = shot.xyz[:, _CHILD] - shot.xyz[:, _PARENT]
        depth = np.where(np.isin(_CHILD, GIRDLES), GIRDLE_TRUST, 1.0)[:, None, None] / ALONG_SIGMA_M**2
        across = ((np.eye(3) - along) / ACROSS_SIGMA_M**2)[:, None]
        self.bone_weight = trust[..., None, None] * (across + along[:, None] * depth)  # (N, 16, 3, 3)
        self.depth_weight = along / DEPTH_SIGMA_M**2
        self.smooth_weight: FloatArray = np.zeros((max(len(shot.frame) - 2, 0), JOINTS))
        self.still_weight: FloatArray = np.zeros((max(len(shot.frame) - 1, 0), JOINTS))
        self.level_weight: FloatArray | None = None
        if shot.smooth and len(shot.frame) > 2:
            follows = np.diff(shot.frame) == 1
            self.smooth_weight = acceleration_weight(shot.xyz, follows, shot.fps)
            if shot.steady:
                self._tie_feet(follows)

    def _tie_feet(self, follows: BoolArray) -> None:
        """Weights of the ankles' steps from frame to frame and of their difference in height, by how fast they move in
        the image."""
        shot = self.shot
        ray = np.concatenate([self.seen[:, ANKLES], np.ones((len(self.seen), len(ANKLES), 1))], axis=-1)
        ray = np.einsum("tji,tnj->tni", shot.rotation, ray)
        points = ray[..., :2] / ray[..., 2:] * np.median(shot.xyz[:, 0, 2])
        self.still_weight[:, ANKLES] = step_weight(points, follows, shot.fps)
        if shot.vertical is not None:
            speed = speed_across(points, shot.fps)
            self.level_weight = level_weight(shot.xyz, speed, follows, shot.vertical)
        if shot.untrusted is not None:
            self.still_weight[shot.untrusted[1:] | shot.untrusted[:-1]] = 0
            if self.level_weight is not None:
                self.level_weight[shot.untrusted[:, ANKLES].any(1)] = 0

    def solve(self, xyz: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Joints (N, 17, 3) and lengths (G,) of least cost; the search begins at `xyz`."""
        logs, damping = self.log_lengths.copy(), 1e-3
        cost, equations = self.linearise(xyz, logs)
        for _ in range(MAX_STEPS):
            while damping < 1e6:
                step = equations.step(damping)
                if step is not None:
                    new, new_equations = self.linearise(xyz + step[0], logs + step[1])
                    if new <= cost:
                        break
                damping *= 8
            else:
                break
            assert step is not None
            xyz, logs, equations = xyz + step[0], logs + step[1], new_equations
            before, cost, damping = cost, new, max(damping / 4, 1e-5)
            if before - cost < CONVERGED * before:
                break
        return xyz, np.exp(logs)

    def linearise(self, xyz: FloatArray, logs: FloatArray) -> tuple[float, NormalEquations]:
        """The cost at a point, and the normal equations there."""
        equations = NormalEquations(len(xyz), len(GROUPS))
        cost = self._reprojection(xyz, equations)
        cost += self._lengths(xyz, logs, equations)
        cost += self._lifted_bones(xyz, equations)
        cost += sum(bend_knee(xyz, leg, equations) for leg in LEGS)
        cost += equations.difference(xyz, self.smooth_weight, (1, -2, 1))
        cost += equations.difference(xyz, self.still_weight, (-1, 1))
        if self.level_weight is not None and self.shot.vertical is not None:
            cost += level_feet(xyz, self.level_weight, self.shot.vertical.up, equations)
        return cost, equations

    def _reprojection(self, xyz: FloatArray, eq: NormalEquations) -> float:
        rotation = self.shot.rotation
        seen_from = np.einsum("tij,tnj->tni", rotation, xyz)
        depth = np.maximum(seen_from[..., 2], MIN_DEPTH_M)
        u = seen_from[..., :2] / depth[..., None]
        error = (u - self.seen) / self.sigma
        root = np.sqrt(1 + (error**2).sum(-1) / ROBUST**2)
        jacobian = np.zeros((*u.shape, 3))
        jacobian[..., 0, 0] = jacobian[..., 1, 1] = 1 / depth
        jacobian[..., 2] = -u / depth[..., None]
        jacobian = np.einsum("tnij,tjk->tnik", jacobian, rotation) / self.sigma
        weighted = jacobian * (self.weight / root)[..., None, None]
        eq.gradient += np.einsum("tnik,tni->tnk", weighted, error)
        squares = np.einsum("tnik,tnil->tnkl", weighted, jacobian)
        for joint in range(JOINTS):
            eq.blocks[:, joint, :, joint] += squares[:, joint]
        return float((2 * ROBUST**2 * self.weight * (root - 1)).sum())

    def _lengths(self, xyz: FloatArray, logs: FloatArray, eq: NormalEquations) -> float:
        apart = xyz[:, FROM] - xyz[:, TO]
        length = np.maximum(np.linalg.norm(apart, axis=-1), 1e-6)
        direction = apart / length[..., None]
        wanted = np.exp(logs)
        error = (length - wanted[GROUP]) / SIGMA_M
        for s, (a, b, g) in enumerate(zip(FROM, TO, GROUP, strict=True)):
            d, sigma = direction[:, s], SIGMA_M[s]
            pull, slope = d * (error[:, s] / sigma)[:, None], -wanted[g] / sigma
            eq.gradient[:, a] += pull
            eq.gradient[:, b] -= pull
            eq.couple(a, b, d[:, :, None] * d[:, None, :] / sigma**2)
            eq.border[:, a, :, g] += d * slope / sigma
            eq.border[:, b, :, g] -= d * slope / sigma
            eq.shared_gradient[g] += slope * error[:, s].sum()
            eq.shared_diagonal[g] += len(xyz) * slope**2
        off = logs - self.log_lengths
        eq.shared_gradient += self.length_weight * off
        eq.shared_diagonal += self.length_weight
        return float((error**2).sum() + self.length_weight * (off**2).sum())

    def _lifted_bones(self, xyz: FloatArray, eq: NormalEquations) -> float:
        off = xyz[:, _CHILD] - xyz[:, _PARENT] - self.bones
        pull = np.einsum("tbij,tbj->tbi", self.bone_weight, off)
        for bone, (a, b) in enumerate(BONES):
            eq.gradient[:, b] += pull[:, bone]
            eq.gradient[:, a] -= pull[:, bone]
            eq.couple(a, b, self.bone_weight[:, bone])
        root = xyz[:, 0] - self.shot.xyz[:, 0]
        eq.gradient[:, 0] += np.einsum("tij,tj->ti", self.depth_weight, root)
        eq.blocks[:, 0, :, 0] += self.depth_weight
        return float((off * pull).sum() + np.einsum("ti,tij,tj->", root, self.depth_weight, root))


def limb_total(lengths_m: dict[str, float]) -> float:
    """Summed length of the eight limb segments, which the standing height sets."""
    return 2 * sum(lengths_m[name] for name in GROUPS[:LIMB_GROUPS])
