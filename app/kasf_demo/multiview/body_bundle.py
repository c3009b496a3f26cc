"""Bundle adjustment of cameras around bodies: keypoints, bones of constant length, and lifted skeletons, all at once.

Two views of somebody far away leave the angle between the cameras nearly free (Koenderink and van Doorn 1991: two
affine views fix structure up to one parameter). What fixes it is that bones keep their lengths, and the poses that the
lifting network sees in each view. Its poses lean as a whole in a view that looks down; so each view has an unknown
rotation between lifted and true poses, which is only known to be small.

Unknown: rotation and translation of cameras 1 .. C-1 in the axes of camera 0; focal lengths; offsets of clocks; the
lifted poses' rotation in each view; bones' lengths of each person; and the joints at every moment, which are eliminated
(Schur complement). Levenberg-Marquardt with reweighting.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kasf_demo.multiview.body_views import Fitted, Known, State, Views
from kasf_demo.multiview.cameras import Cameras
from kasf_demo.multiview.normal import SOFT_PX, SharedColumns, ViewsEquations
from kasf_demo.multiview.rotations import from_vector, skew, to_vector
from kasf_demo.types.arrays import FloatArray

SOFT = 2.0  # standard deviations beyond which a keypoint or a direction counts less (Cauchy's weights)
ROUNDS = 60
DONE = 1e-5  # relative gain of a round that ends the search
NEAR_M = 0.2
TWINS_SIGMA = 0.03  # left against right length, as a share


def fit_bodies(start: State, views: Views, known: Known) -> Fitted:
    """The cameras, and the joints at all moments, that explain `views` best; from `start`."""
    problem = _BodiesProblem(start, views, known)
    state, cost, normal = _descended(problem, start, shared=True)
    covariance, offset_sigma_s, drift_sigma = problem.covariance(normal.eliminated(0.0)[0])
    return Fitted(state, cost, covariance, problem.distances(state), offset_sigma_s, drift_sigma)


def fit_joints(start: State, views: Views, known: Known) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The joints (M, J, 3) m that explain `views` best with everything else as in `start`; their covariances (M, J, 3,
    3) m2 given the other joints' estimate; and the keypoints' distances as in `Fitted`."""
    problem = _BodiesProblem(start, views, known)
    state, _, normal = _descended(problem, start, shared=False)
    m, j = state.points.shape[:2]
    block = normal.points.reshape(m, 3 * j, 3 * j) + SOFT_PX * np.eye(3 * j)
    inverse = np.linalg.inv(block).reshape(m, j, 3, j, 3)
    every = np.arange(j)
    return state.points, inverse[:, every, :, every].swapaxes(0, 1), problem.distances(state)


def _descended(problem: _BodiesProblem, state: State, *, shared: bool) -> tuple[State, float, ViewsEquations]:
    """Levenberg-Marquardt. shared: move what all moments share, not only the joints."""
    damping = 1e-3
    cost, normal = problem.linearised(state)
    for _ in range(ROUNDS):
        reduced, right, mixed, own = normal.eliminated(damping)
        step = problem.solve(reduced, right) if shared else np.zeros(len(right))
        trial = problem.moved(state, step, (own - mixed @ step).reshape(state.points.shape))
        trial_cost, trial_normal = problem.linearised(trial)
        if trial_cost < cost:
            gain = (cost - trial_cost) / max(cost, 1e-12)
            state, cost, normal, damping = trial, trial_cost, trial_normal, max(damping / 5, 1e-9)
            if gain < DONE:
                break
        elif damping > 1e6:
            break
        else:
            damping *= 10
    return state, cost, normal


class _BodiesProblem:
    def __init__(self, start: State, views: Views, known: Known) -> None:
        self.start, self.views, self.known = start, views, known
        self.count, self.moments, self.joints = views.sigma_px.shape
        people, bones = views.lengths_m.shape
        self.columns = SharedColumns(self.count, people, bones)
        self.weight = np.where(np.isfinite(views.xy).all(-1), 1 / views.sigma_px, 0.0)
        self.xy, self.speed = np.nan_to_num(views.xy), np.nan_to_num(views.speed_px)
        self.expected = views.lengths_m[views.person]  # (M, B)
        self.share = np.sqrt(views.independent)
        self.directed: Any = np.isfinite(views.directions).all(-1)
        self.directions = np.nan_to_num(views.directions)
        focal = [self.columns.focal[c] for c in range(self.count) if known.log_focal[c] <= 0]
        offset = [self.columns.offset[c] for c in range(1, self.count) if known.offset_s[c] <= 0]
        drift = list(self.columns.drift.values()) if known.drift is None else []
        fixed = np.concatenate([*focal, *offset, *drift, []]).astype(int)
        self.moment_s = np.zeros(self.moments) if views.moment_s is None else views.moment_s
        self.free = np.setdiff1d(np.arange(self.columns.size), fixed)

    def solve(self, reduced: FloatArray, right: FloatArray) -> FloatArray:
        """The step of the shared unknowns, 0 of those that are fixed."""
        step = np.zeros(len(right))
        step[self.free] = np.linalg.lstsq(reduced[np.ix_(self.free, self.free)], right[self.free], rcond=None)[0]
        return step

    def covariance(self, reduced: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Of rotations and translations, and the standard deviations of offsets and of rates."""
        inverse = np.zeros_like(reduced)
        inverse[np.ix_(self.free, self.free)] = np.linalg.pinv(reduced[np.ix_(self.free, self.free)])
        kept = 6 * (self.count - 1)
        offsets = [inverse[at, at] for at in range(kept, kept + self.count - 1)]
        drifts = [inverse[at[0], at[0]] for at in self.columns.drift.values()]
        of_clocks = np.sqrt(np.maximum([[0.0, *offsets], [0.0, *drifts]], 0))
        return inverse[:kept, :kept], of_clocks[0], of_clocks[1]

    def moved(self, state: State, step: FloatArray, points: FloatArray) -> State:
        """The state after a step of the shared unknowns and of the joints."""
        at, cams = self.columns, state.cameras
        rotations, translations = cams.rotations.copy(), cams.translations.copy()
        intrinsics, offset, lean = cams.intrinsics.copy(), state.offset_s.copy(), state.lean.copy()
        drift = np.zeros(self.count) if state.drift is None else state.drift.copy()
        for c in range(self.count):
            if c:
                rotations[c] = from_vector(step[at.turn[c]]) @ rotations[c]
                translations[c] += step[at.move[c]]
                offset[c] += step[at.offset[c][0]]
                drift[c] += step[at.drift[c][0]]
            intrinsics[c, :2, :2] *= np.exp(np.clip(step[at.focal[c][0]], -0.5, 0.5))
            lean[c] = from_vector(step[at.lean[c]]) @ lean[c]
        lengths = np.maximum(state.lengths_m + step[at.length], 0.02)
        return State(Cameras(intrinsics, rotations, translations), offset, lean, lengths, state.points + points, drift)

    def linearised(self, state: State) -> tuple[float, ViewsEquations]:
        """Cost and normal equations at a state."""
        normal = ViewsEquations(self.moments, self.joints, self.columns.size)
        cost = sum(self._keypoints(state, c, normal) + self._directions(state, c, normal) for c in range(self.count))
        return cost + self._lengths(state, normal) + self._known(state, normal), normal

    def _seen(self, state: State, c: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Joints from camera c turned but not moved, and moved, (M, J, 3) m; keypoints off by (M, J, 2) px."""
        cams = state.cameras
        turned = state.points @ cams.rotations[c].T
        own = turned + cams.translations[c]
        own[..., 2] = np.maximum(own[..., 2], NEAR_M)
        k = cams.intrinsics[c]
        seen = own[..., :2] / own[..., 2:] * k[[0, 1], [0, 1]] + k[:2, 2]
        drift = 0.0 if state.drift is None else state.drift[c]
        late = (state.offset_s[c] + drift * self.moment_s)[:, None, None]
        return turned, own, seen - self.xy[c] - self.speed[c] * late

    def distances(self, state: State) -> FloatArray:
        """(C, M, J) of keypoints from the projected joints, standard deviations; NaN where not seen."""
        off = [np.linalg.norm(self._seen(state, c)[2], axis=-1) * self.weight[c] for c in range(self.count)]
        return np.where(self.weight > 0, np.stack(off), np.nan)

    def _keypoints(self, state: State, c: int, normal: ViewsEquations) -> float:
        turned, own, off = self._seen(state, c)
        k, depth = state.cameras.intrinsics[c], own[..., 2:]
        focal = k[[0, 1], [0, 1]]
        to_image = np.zeros((*own.shape[:2], 2, 3))
        to_image[..., 0, 0], to_image[..., 1, 1] = focal[0] / depth[..., 0], focal[1] / depth[..., 0]
        to_image[..., 2] = -own[..., :2] / depth**2 * focal
        parts = []
        if c:
            clock = -self.speed[c][..., None]
            parts = [-to_image @ skew(turned), to_image, clock, clock * self.moment_s[:, None, None, None]]
        parts.append((own[..., :2] / depth * focal)[..., None])
        jacobian = np.concatenate(parts, axis=-1)
        cost, scale = _robust(off * self.weight[c][..., None], self.share)
        scale = scale * self.weight[c][..., None]
        off, point = off * scale, to_image @ state.cameras.rotations[c] * scale[..., None]
        jacobian = jacobian * scale[..., None]
        where, every = self.columns.of(c), np.arange(self.joints)
        normal.points[:, every, :, every, :] += np.einsum("mjki,mjkl->jmil", point, point)
        normal.mixed[..., where] += np.einsum("mjki,mjks->mjis", point, jacobian)
        normal.shared[np.ix_(where, where)] += np.einsum("mjks,mjkt->st", jacobian, jacobian)
        normal.right_points -= np.einsum("mjki,mjk->mji", point, off)
        normal.right[where] -= np.einsum("mjks,mjk->s", jacobian, off)
        return cost

    def _directions(self, state: State, c: int, normal: ViewsEquations) -> float:
        """R_c bone - length lean lifted, relative to the expected length."""
        rotation, at = state.cameras.rotations[c], self.columns
        lengths = state.lengths_m[self.views.person]
        lifted = self.directions[c] @ state.lean[c].T  # (M, B, 3)
        total = 0.0
        for b, (start, end) in enumerate(self.views.bones):
            turned = (state.points[:, end] - state.points[:, start]) @ rotation.T
            off = turned - lengths[:, b, None] * lifted[:, b]
            one = self.directed[c, :, b] / (self.known.direction * self.expected[:, b])
            cost, scale = _robust(off * one[:, None], self.share)
            scale = scale * one[:, None]
            total += cost
            parts = [lengths[:, b, None, None] * skew(lifted[:, b]), -lifted[:, b, :, None]]
            if c:
                parts = [-skew(turned), *parts]
            self._add_bone(normal, b, (start, end), rotation, off, np.concatenate(parts, -1), scale,
                           [*([at.turn[c]] if c else []), at.lean[c]])  # fmt: skip
        return total

    def _lengths(self, state: State, normal: ViewsEquations) -> float:
        """A bone is as long as the person's bone."""
        lengths, total = state.lengths_m[self.views.person], 0.0
        for b, (start, end) in enumerate(self.views.bones):
            bone = state.points[:, end] - state.points[:, start]
            size = np.maximum(np.linalg.norm(bone, axis=-1), 1e-3)
            off = (size - lengths[:, b])[:, None]
            cost, scale = _robust(off / self.known.constant_m, self.share)
            total += cost
            along = (bone / size[:, None])[:, None, :]  # (M, 1, 3)
            jacobian = np.full((self.moments, 1, 1), -1.0)
            self._add_bone(normal, b, (start, end), along, off, jacobian, scale / self.known.constant_m, [])
        return total

    def _add_bone(
        self, normal: ViewsEquations, b: int, ends: Any, along: FloatArray, off: FloatArray, jacobian: FloatArray,
        scale: FloatArray, shared: list[Any],
    ) -> None:  # fmt: skip
        """A residual off (M, K) whose derivative by the bone's vector is `along`, (K, 3) or (M, K, 3); that by the
        shared unknowns (M, K, S) has the person's length as its last column."""
        start, end = ends
        point = np.broadcast_to(along, (self.moments, *along.shape[-2:])) * scale[..., None]
        off, jacobian = off * scale, jacobian * scale[..., None]
        square = np.einsum("mki,mkl->mil", point, point)
        mixed = np.einsum("mki,mks->mis", point, jacobian)
        pull = np.einsum("mki,mk->mi", point, off)
        for joint, sign in ((start, -1), (end, 1)):
            for other, other_sign in ((start, -1), (end, 1)):
                normal.points[:, joint, :, other, :] += sign * other_sign * square
            normal.right_points[:, joint] -= sign * pull
        for person in range(len(self.views.lengths_m)):
            rows = self.views.person == person
            where = np.concatenate([*shared, self.columns.length[person, b : b + 1]])
            for joint, sign in ((start, -1), (end, 1)):
                normal.mixed[np.ix_(rows, np.array([joint]), np.arange(3), where)] += sign * mixed[rows][:, None]
            normal.shared[np.ix_(where, where)] += np.einsum("mks,mkt->st", jacobian[rows], jacobian[rows])
            normal.right[where] -= np.einsum("mks,mk->s", jacobian[rows], off[rows])

    def _known(self, state: State, normal: ViewsEquations) -> float:
        """What is known of the shared unknowns before."""
        at, known, total = self.columns, self.known, 0.0

        def add(where: Any, off: FloatArray, jacobian: FloatArray) -> float:
            normal.shared[np.ix_(where, where)] += jacobian.T @ jacobian
            normal.right[where] -= jacobian.T @ off
            return 0.5 * float(off @ off)

        for c in range(self.count):
            k, first = state.cameras.intrinsics[c, 0, 0], self.start.cameras.intrinsics[c, 0, 0]
            if known.log_focal[c] > 0:
                total += add(at.focal[c], np.log([k / first]) / known.log_focal[c], np.eye(1) / known.log_focal[c])
            total += add(at.lean[c], to_vector(state.lean[c]) / known.lean, np.eye(3) / known.lean)
            if c and known.offset_s[c] > 0:
                one = 1 / known.offset_s[c]
                total += add(at.offset[c], state.offset_s[c : c + 1] * one, np.eye(1) * one)
            if c and known.drift is not None and state.drift is not None:
                total += add(at.drift[c], state.drift[c : c + 1] / known.drift, np.eye(1) / known.drift)
            if c and known.up is not None and known.up_sigma is not None:
                one = 1 / np.hypot(known.up_sigma[0], known.up_sigma[c])
                turned = state.cameras.rotations[c] @ known.up[0]
                total += add(at.turn[c], (turned - known.up[c]) * one, -skew(turned) * one)
        for person, lengths in enumerate(state.lengths_m):
            expected = self.views.lengths_m[person]
            own = np.diag(np.broadcast_to(known.length, expected.shape) ** 2) + known.stature**2
            root = np.linalg.cholesky(np.linalg.inv(own)).T / expected
            total += add(at.length[person], root @ (lengths - expected), root)
            for a, b in self.views.twins:
                one_pair = 1 / (TWINS_SIGMA * expected[a])
                where = at.length[person, [a, b]]
                total += add(where, np.array([lengths[a] - lengths[b]]) * one_pair, np.array([[1.0, -1.0]]) * one_pair)
        return total


def _robust(off: FloatArray, share: float) -> tuple[float, FloatArray]:
    """Cauchy's loss of residuals (..., K) in standard deviations, all times share squared, and the factor (..., 1) of a
    residual in the least squares that have its gradient."""
    square = (off**2).sum(-1, keepdims=True) / SOFT**2
    return 0.5 * share**2 * SOFT**2 * float(np.log1p(square).sum()), share / np.sqrt(1 + square)
