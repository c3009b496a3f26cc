"""Feet in 3D: a rigid foot per side, hinged at the ankle of the fitted body, over a whole shot.

The body fit knows no feet. They are solved after it, so that the 17 joints stay as they are. Both feet have one shape
per shot. Its first guess follows from stature: foot length 0.152, ankle height 0.039 (Winter, Biomechanics and Motor
Control of Human Movement, 4th ed., fig. 4.1), with 27 % of the length behind the ankle and the detectors' points half
way up the heel and on the toe. Rotations (`foot_fit`) and the shape are refined in turns. Feet that are not seen, out
of the image or implausible stay unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kasf_demo.camera import compensate
from kasf_demo.cores import one_blas_thread
from kasf_demo.reconstruct.foot_fit import FootProblem
from kasf_demo.reconstruct.foot_view import FootView, Shank
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.camera import Camera, CameraMotion, Floor, Orientation
from kasf_demo.types.feet import HEEL_AND_TOE, FootPose
from kasf_demo.types.people import Keypoints2D
from kasportsformer.skeleton import H36M

SHAPE = np.array([-0.041, -0.024, 0.111, -0.032])  # see FootProblem, relative to stature
# lengths hardly move, as detectors' points lie inside the foot; heights do, with what they are points of
SHAPE_SIGMA = np.array([0.001, 0.004, 0.0015, 0.004])
SHAPE_COUNT = 0.1  # weight of a frame for the shape: errors of neighbouring frames are alike
ROUNDS = 2  # of refining the shape
KNEE_SHARE = 2.0  # of a bent knee in the direction of its axis, beside the line of the hips
MIN_SCORE = 0.3  # of heel and toe
BRIDGED_S = 0.25  # a foot that is not seen for so long follows from the frames before and after
MAX_STRETCH = 1.4  # in the image, relative to the first shape
MAX_ERROR_M = 0.12  # in the image, after the fit
MAX_SUNK_M = 0.12  # below the floor
MAX_FRAMES, OVERLAP_FRAMES = 900, 60  # longer shots are solved in overlapping blocks with a common shape


@dataclass(frozen=True)
class _Side:
    """One foot in all N frames with a body: its problem's parts, and the rotations found so far (N, 3, 3)."""

    shank: Shank
    view: FootView
    turns: FloatArray


@one_blas_thread()
def fit_feet(
    xyz: FloatArray,
    keypoints: Keypoints2D,
    camera: Camera,
    motion: CameraMotion,
    orientation: Orientation,
    floor: Floor,
    *,
    height_m: float,
    fps: float,
    untrusted: BoolArray | None = None,
) -> FootPose | None:
    """The feet of a body, in its axes: the camera's at the first frame. None if the source has no feet.

    xyz (T, 17, 3) m, fitted; keypoints: COCO-17 with `feet`; untrusted (T, 17): joints whose keypoints are ignored. A
    foot is not looked for in frames in which its ankle or knee is untrusted.
    """
    feet = keypoints.feet
    if feet is None or not feet.any:
        return None
    out = FootPose.unknown(len(xyz))
    frames = np.flatnonzero(keypoints.valid & np.isfinite(xyz).all((1, 2)))
    if not len(frames):
        return out
    middle = np.array([camera.cx_px, camera.cy_px])
    seen = (feet.xy - middle) / motion.zoom[:, None, None] / camera.focal_px
    weight = np.where((feet.score >= MIN_SCORE) & np.isfinite(seen).all(-1), feet.score, 0.0)
    weight[keypoints.interpolated] = 0
    if untrusted is not None:
        for side, own in HEEL_AND_TOE.items():
            weight[untrusted[:, [H36M[f"{side}_ankle"], H36M[f"{side}_knee"]]].any(1), own] = 0
    rotation = motion.rotation if motion.kind == "turns" else np.broadcast_to(np.eye(3), (len(xyz), 3, 3))
    floor_m = np.broadcast_to(floor.height_m, (len(xyz),))
    sides = []
    for side, own in HEEL_AND_TOE.items():
        view = FootView(
            seen[frames, own], weight[frames, own], rotation[frames], orientation.to_world[2], floor_m[frames],
            xyz[frames, 0], np.diff(frames) == 1, fps, motion.kind != "moves",
        )  # fmt: skip
        shank = shank_of(xyz[frames], side)
        sides.append(_Side(shank, _without_stretched(view, shank, SHAPE * height_m), np.empty((len(frames), 3, 3))))
    shape = _solve(sides, SHAPE * height_m, height_m)
    for foot, own in zip(sides, HEEL_AND_TOE.values(), strict=True):
        points, known = _believed(foot, shape, height_m, round(BRIDGED_S * fps))
        out.xyz[frames[known], own], out.score[frames[known], own] = points[known], feet.score[frames[known], own]
    flat_deg = float(np.degrees(np.arctan2(shape[3] - shape[1], shape[2] - shape[0])))
    return replace(out, flat_deg=np.full(len(xyz), flat_deg))


def shank_of(xyz: FloatArray, side: str) -> Shank:
    """The shank of (N, 17, 3) bodies; side: l or r. A straight knee has no axis of its own: the line of the hips counts
    the more the straighter it is."""
    hip, knee, ankle = (xyz[:, H36M[f"{side}_{joint}"]] for joint in ("hip", "knee", "ankle"))
    up, thigh = _unit(knee - ankle), _unit(knee - hip)
    axis = KNEE_SHARE * np.cross(up, thigh) + _unit(xyz[:, H36M["l_hip"]] - xyz[:, H36M["r_hip"]])
    left = _unit(axis - (axis * up).sum(-1, keepdims=True) * up)
    return Shank(ankle, up, left, np.cross(left, up), 1.0 if side == "l" else -1.0)


def _unit(vector: FloatArray) -> FloatArray:
    return np.asarray(vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9))


def _without_stretched(view: FootView, shank: Shank, shape: FloatArray) -> FootView:
    """`view` without points that are farther apart, or from the ankle, than a foot is long: they are elsewhere."""
    ankle = np.einsum("tij,tj->ti", view.rotation, shank.ankle)
    depth = np.maximum(ankle[:, 2:], compensate.MIN_DEPTH_M)
    heel, toe = (view.seen[:, k] * depth for k in range(2))
    to_heel, to_toe = (np.linalg.norm(p - ankle[:, :2], axis=-1) for p in (heel, toe))
    heel_m, toe_m = np.linalg.norm(shape.reshape(2, 2), axis=1)
    length_m = shape[2] - shape[0]
    weight = view.weight.copy()
    with np.errstate(invalid="ignore"):
        weight[to_heel > heel_m + (MAX_STRETCH - 1) * length_m, 0] = 0
        weight[to_toe > MAX_STRETCH * toe_m, 1] = 0
        weight[np.linalg.norm(toe - heel, axis=-1) > MAX_STRETCH * length_m] = 0
    return replace(view, weight=weight)


def _solve(sides: list[_Side], shape: FloatArray, height_m: float) -> FloatArray:
    """The shape; the sides' rotations are filled in."""
    first = shape
    for round_ in range(ROUNDS + 1):
        matrix, right = np.diag(1 / (SHAPE_SIGMA * height_m) ** 2), np.zeros(4)
        for side in sides:
            frames = len(side.turns)
            for start in range(0, frames, MAX_FRAMES):
                stop = min(start + MAX_FRAMES, frames)
                around = slice(max(0, start - OVERLAP_FRAMES), min(frames, stop + OVERLAP_FRAMES))
                problem = FootProblem(_part(side.shank, around), side.view.part(around), shape, height_m)
                begin = problem.first_guess() if round_ == 0 else side.turns[around]
                turns = problem.solve(begin)
                side.turns[start:stop] = turns[start - around.start :][: stop - start]
                own, pull = _shape_equations(problem, turns)
                matrix, right = matrix + own, right + pull
        if round_ < ROUNDS:
            right += np.diag(1 / (SHAPE_SIGMA * height_m) ** 2) @ (first - shape)
            shape = shape + np.linalg.solve(matrix, right)
    return shape


def _part(shank: Shank, rows: slice) -> Shank:
    return Shank(shank.ankle[rows], shank.up[rows], shank.left[rows], shank.ahead[rows], shank.outward)


def _shape_equations(problem: FootProblem, turns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(4, 4) and (4,): least squares of the reprojection over the shape, with the rotations as they are."""
    error, by_place = problem.image(turns)
    weight = SHAPE_COUNT * problem.view.weight / problem.robust_root(error)
    jacobian = np.einsum("tnij,tjk->tnik", by_place, turns[..., [0, 2]])
    matrix, right = np.zeros((4, 4)), np.zeros(4)
    for k in range(2):
        own = slice(2 * k, 2 * k + 2)
        matrix[own, own] = np.einsum("t,tia,tib->ab", weight[:, k], jacobian[:, k], jacobian[:, k])
        right[own] = -np.einsum("t,tia,ti->a", weight[:, k], jacobian[:, k], error[:, k])
    return matrix, right


def _believed(side: _Side, shape: FloatArray, height_m: float, bridged: int) -> tuple[FloatArray, BoolArray]:
    """Heel and toe (N, 2, 3) and whether they are believed (N,): both are seen near where they are found, or are not
    seen for at most `bridged` frames; and they are not deep in the floor."""
    problem = FootProblem(side.shank, side.view, shape, height_m)
    points = problem.points(side.turns)
    error_m = np.linalg.norm(problem.image(side.turns)[0], axis=-1) * problem.sigma_m
    seen = (side.view.weight > 0).all(1) & (error_m < MAX_ERROR_M).all(1)
    known = seen.copy()
    whole = np.concatenate([[True], side.view.follows]) if len(seen) else seen
    for a, b in runs(~seen):
        known[a:b] = a > 0 and b < len(seen) and b - a <= bridged and whole[a : b + 1].all()
    sunk = (points @ side.view.floor_up - side.view.floor_m[:, None] < -MAX_SUNK_M).any(1)
    return points, known & ~sunk
