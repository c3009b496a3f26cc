"""The rotations of one rigid foot over time: terms of the fit, the first guess and its refinement.

The foot is a flat triangle of ankle, heel and big toe, hinged at the ankle. Its own axes are ahead (heel to toe), left
(the person's) and up, the columns of its rotation. N: frames, in order. Axes are those of the camera at the first
frame: x right, y down, z forward, metres. Terms, each divided by its standard deviation:

- reprojection of heel and toe, robust, weighted by score;
- the foot's axes beside those of the shank: inversion, toe-out, flexion, and the range of flexion;
- heel and toe do not sink into the floor, and a foot that rests low lies flat;
- acceleration of heel and toe as in the body fit; a point at rest in the image is at rest.
"""

from __future__ import annotations

import numpy as np

from kasf_demo.camera.compensate import MIN_DEPTH_M
from kasf_demo.reconstruct.foot_equations import FootEquations
from kasf_demo.reconstruct.foot_view import FootView, Shank
from kasf_demo.reconstruct.motion_weights import acceleration_weight, step_weight
from kasf_demo.reconstruct.placement import ANKLE_HEIGHT
from kasf_demo.reconstruct.rotations import cross_matrix, rotation_of
from kasf_demo.types.arrays import FloatArray


def _sine(deg: float) -> float:
    return float(np.sin(np.radians(deg)))


# Standard deviations; those of angles are of their sines
POINT_SIGMA_M = 0.02  # heel and toe in the image, at the foot's depth
ROBUST = 1.5  # a point further off than this many sigma counts linearly (pseudo-Huber)
INVERSION_SIGMA, OUT_SIGMA, FLEX_SIGMA = _sine(8), _sine(15), _sine(20)
OUT_MEAN, FLEX_MEAN = _sine(5), _sine(-5)  # toes slightly out and down from the square to the shank
FLEX_MIN, FLEX_MAX, LIMIT_SIGMA = _sine(-60), _sine(30), 0.1  # range of motion
FLOOR_SIGMA_M, FLAT_SIGMA_M = 0.015, 0.012
STILL_M_PER_S, LOW_M = 0.3, 0.06  # a foot slower than this, with its ankle so far above its height in standing, rests
# The grid of the first guess, and its cost of change: standard deviation of the foot's angular velocity, and the most
# that one change costs
FLEX_GRID_DEG, OUT_GRID_DEG = np.arange(-70.0, 41.0, 10.0), np.arange(-40.0, 41.0, 20.0)
DEG_PER_S, MAX_CHANGE, GAP_TRUST = 400.0, 8.0, 1 / 30
MAX_STEPS, CONVERGED = 8, 1e-3


class FootProblem:
    """The sum of squares of one foot. shape (4,) m: heel ahead of and above the ankle, toe ahead of and above it."""

    def __init__(self, shank: Shank, view: FootView, shape: FloatArray, height_m: float) -> None:
        self.shank, self.view, self.shape = shank, view, shape
        depth = np.maximum(np.einsum("tj,tj->t", view.rotation[:, 2], shank.ankle), MIN_DEPTH_M)
        self.sigma_m = POINT_SIGMA_M
        self.sigma = POINT_SIGMA_M / depth  # in the image
        ray = np.concatenate([np.nan_to_num(view.seen), np.ones((len(depth), 2, 1))], axis=-1)
        ray = np.einsum("tji,tnj->tni", view.rotation, ray)
        points: FloatArray = ray[..., :2] / ray[..., 2:] * np.median(depth)
        known = view.weight > 0
        self.still = step_weight(points, view.follows, view.fps) * (known[1:] & known[:-1]) * view.steady
        self.flat = self._rests(points, height_m)

    def _rests(self, points: FloatArray, height_m: float) -> FloatArray:
        """(N,) 1 while the foot rests low, points (N, 2, 2) m across the image."""
        if len(points) < 2 or not self.view.steady:
            return np.zeros(len(points))
        slow = np.linalg.norm(np.gradient(points, 1 / self.view.fps, axis=0), axis=-1) < STILL_M_PER_S
        low = self.shank.ankle @ self.view.floor_up - self.view.floor_m < ANKLE_HEIGHT * height_m + LOW_M
        return np.asarray((slow & (self.view.weight > 0)).all(1) & low, float)

    def arms(self, turns: FloatArray) -> FloatArray:
        """(N, 2, 3) heel and toe relative to the ankle, for rotations (N, 3, 3)."""
        heel, toe = self.shape.reshape(2, 2)[:, None, None, :]
        ends = [end[..., :1] * turns[..., 0] + end[..., 1:] * turns[..., 2] for end in (heel, toe)]
        return np.stack([e[0] for e in ends], axis=1)

    def points(self, turns: FloatArray) -> FloatArray:
        """(N, 2, 3) heel and toe."""
        return np.asarray(self.shank.ankle[:, None] + self.arms(turns))

    def first_guess(self) -> FloatArray:
        """(N, 3, 3) rotations on the cheapest path through the grid."""
        frames = len(self.shank.ankle)
        flex, out = (g.ravel() for g in np.meshgrid(FLEX_GRID_DEG, OUT_GRID_DEG, indexing="ij"))
        cost = np.stack(
            [
                self._cost(self.shank.foot(np.full(frames, f), np.full(frames, o)))
                for f, o in zip(flex, out, strict=True)
            ],
            axis=1,
        )
        change = np.hypot(flex[:, None] - flex, out[:, None] - out) * self.view.fps / DEG_PER_S
        change = np.minimum(change**2, MAX_CHANGE)
        path = _cheapest_path(cost, change, np.where(self.view.follows, 1.0, GAP_TRUST))
        return self.shank.foot(flex[path], out[path])

    def solve(self, turns: FloatArray) -> FloatArray:
        """Rotations (N, 3, 3) of least cost; the search begins at `turns`."""
        body = np.concatenate([self.view.pelvis[:, None], self.points(turns)], axis=1)
        smooth: FloatArray = np.zeros((0, 2))
        if len(turns) > 2:
            smooth = acceleration_weight(body, self.view.follows, self.view.fps)[:, 1:]
        cost, damping = self._total(turns, smooth), 1e-3
        for _ in range(MAX_STEPS):
            equations = self._linearise(turns, smooth)
            while damping < 1e5:
                new = rotation_of(equations.step(damping)) @ turns
                reached = self._total(new, smooth)
                if reached <= cost:
                    break
                damping *= 8
            else:
                break
            turns, before, cost, damping = new, cost, reached, max(damping / 4, 1e-6)
            if before - cost < CONVERGED * before:
                break
        return turns

    def _cost(self, turns: FloatArray) -> FloatArray:
        return self._reprojection(turns) + self._anatomy(turns) + self._floor(turns)

    def _total(self, turns: FloatArray, smooth: FloatArray) -> float:
        x = self.points(turns)
        cost = float(self._cost(turns).sum())
        if len(x) > 2:
            cost += float((smooth[..., None] * (x[2:] - 2 * x[1:-1] + x[:-2]) ** 2).sum())
        return cost + float((self.still[..., None] * np.diff(x, axis=0) ** 2).sum())

    def _linearise(self, turns: FloatArray, smooth: FloatArray) -> FootEquations:
        eq = FootEquations(len(turns))
        self._reprojection(turns, eq)
        self._anatomy(turns, eq)
        self._floor(turns, eq)
        turning = -cross_matrix(self.arms(turns))
        eq.difference(turning, self.points(turns), smooth, (1, -2, 1))
        eq.difference(turning, self.points(turns), self.still, (-1, 1))
        return eq

    def image(self, turns: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Error of heel and toe in the image (N, 2, 2), in sigma, 0 where unknown; its derivative by their place (N, 2,
        2, 3)."""
        rotation = self.view.rotation
        seen_from = np.einsum("tij,tnj->tni", rotation, self.points(turns))
        depth = np.maximum(seen_from[..., 2], MIN_DEPTH_M)
        u = seen_from[..., :2] / depth[..., None]
        sigma = self.sigma[:, None, None]
        error = np.where(self.view.weight[..., None] > 0, (u - self.view.seen) / sigma, 0.0)
        jacobian = np.zeros((*u.shape, 3))
        jacobian[..., 0, 0] = jacobian[..., 1, 1] = 1 / depth
        jacobian[..., 2] = -u / depth[..., None]
        return error, np.einsum("tnij,tjk->tnik", jacobian, rotation) / sigma[..., None]

    def robust_root(self, error: FloatArray) -> FloatArray:
        """(N, 2) the root of the pseudo-Huber cost of errors (N, 2, 2)."""
        return np.asarray(np.sqrt(1 + (error**2).sum(-1) / ROBUST**2))

    def _reprojection(self, turns: FloatArray, eq: FootEquations | None = None) -> FloatArray:
        error, by_place = self.image(turns)
        root = self.robust_root(error)
        if eq is not None:
            jacobian = np.cross(self.arms(turns)[:, :, None], by_place)
            weighted = jacobian * (self.view.weight / root)[..., None, None]
            eq.gradient += np.einsum("tnik,tni->tk", weighted, error)
            eq.within += np.einsum("tnik,tnil->tkl", weighted, jacobian)
        return np.asarray((2 * ROBUST**2 * self.view.weight * (root - 1)).sum(-1))

    def _anatomy(self, turns: FloatArray, eq: FootEquations | None = None) -> FloatArray:
        s = self.shank
        ahead, left = turns[..., 0], turns[..., 1]
        flex = (ahead * s.up).sum(-1)
        terms = [
            (left, s.up, (left * s.up).sum(-1) / INVERSION_SIGMA, INVERSION_SIGMA),
            (left, s.ahead, ((left * s.ahead).sum(-1) + s.outward * OUT_MEAN) / OUT_SIGMA, OUT_SIGMA),
            (ahead, s.up, (flex - FLEX_MEAN) / FLEX_SIGMA, FLEX_SIGMA),
            (ahead, s.up, (flex - np.clip(flex, FLEX_MIN, FLEX_MAX)) / LIMIT_SIGMA, LIMIT_SIGMA),
        ]
        if eq is not None:
            for axis, fixed, error, sigma in terms:
                limit = error != 0 if sigma == LIMIT_SIGMA else np.ones(len(error), bool)
                eq.add(np.cross(axis, fixed) * limit[:, None] / sigma, error)
        return np.asarray(sum(error**2 for _, _, error, _ in terms))

    def _floor(self, turns: FloatArray, eq: FootEquations | None = None) -> FloatArray:
        up, arms = self.view.floor_up, self.arms(turns)
        sunk = np.minimum((self.shank.ankle[:, None] + arms) @ up - self.view.floor_m[:, None], 0) / FLOOR_SIGMA_M
        sole, rests = arms[:, 1] - arms[:, 0], np.sqrt(self.flat)
        flat = rests * (sole @ up - (self.shape[3] - self.shape[1])) / FLAT_SIGMA_M
        if eq is not None:
            for k in range(2):
                eq.add(np.cross(arms[:, k], up) * (sunk[:, k] < 0)[:, None] / FLOOR_SIGMA_M, sunk[:, k])
            eq.add(np.cross(sole, up) * rests[:, None] / FLAT_SIGMA_M, flat)
        return np.asarray((sunk**2).sum(-1) + flat**2)


def _cheapest_path(cost: FloatArray, change: FloatArray, trust: FloatArray) -> FloatArray:
    """(N,) states on the path of least cost (Viterbi): cost (N, S), change (S, S) between states, trust (N - 1,)."""
    total, back = cost[0], np.zeros(cost.shape, np.int16)
    for t in range(1, len(cost)):
        both = total[:, None] + change * trust[t - 1]
        back[t] = both.argmin(0)
        total = both.min(0) + cost[t]
    path = np.empty(len(cost), int)
    state = int(total.argmin())
    for t in range(len(cost) - 1, -1, -1):
        path[t] = state
        state = int(back[t, state])
    return path
