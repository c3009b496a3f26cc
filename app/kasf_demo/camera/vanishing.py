"""The vertical from line segments: a Manhattan frame by mixture likelihood (after Coughlan and Yuille 1999).

Each segment belongs to the vertical, to one of two horizontal directions at right angles, or to neither. The angle
between a segment and the line from its middle to a direction's vanishing point is normal for the direction it belongs
to, and uniform else. A coarse grid proposes frames, expectation maximisation with Gauss-Newton steps refines them; the
focal length is refined too if it is only assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from kasf_demo.camera.lines import SMALL_PX, FrameLines
from kasf_demo.camera.orientation import Evidence, angles_of, up_of
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, CameraMotion

SHARES = (0.25, 0.2, 0.2)  # of segments that are vertical, and of either horizontal direction; the rest is neither
SEGMENT_PX, WORLD_DEG = 1.0, 0.5  # errors: of a segment's ends in the small image; of walls, masts and lenses
COARSE_STEP_DEG, COARSE_MAX_DEG, COARSE_SIGMA_DEG = 6.0, 42.0, 3.0
COARSE_SEGMENTS, SEGMENTS = 70, 180  # used for the grid, and to refine
LENSES = {"assumed": (1.0, 1.7), "estimated": (1.0,), "given": (1.0,)}  # by the focal length: where the search begins
LENS_LOG_SIGMA = {"assumed": 0.35, "estimated": 0.1, "given": 0.03}
PROPOSALS = 4
SIGMAS_DEG = (3.0, 1.5, 0.8, 0.0, 0.0, 0.0)  # added while refining, so that it finds its way
TEMPER = 0.35  # segments of one wall or of one texture are no independent witnesses
MIN_GAIN = 8.0  # tempered log likelihood over that of no frame at all
PRIOR_TILT_DEG, PRIOR_ROLL_DEG = 14.0, 8.0  # to choose between frames; of rolls, Student's t
MAX_TILT_DEG = 45.0
MIN_SHARE = 0.02  # of the best frame's probability: less probable ones do not count
FLOOR_DEG = np.array([1.0, 0.6])  # standard deviations are not below this


@dataclass(frozen=True)
class Segments:
    """xy (M, 2, 2): ends, px from the principal point of the first frame's lens; turned (M, 3, 3): from each frame's
    axes to the first frame's; sigma_deg (M,), weight (M,)."""

    xy: FloatArray
    turned: FloatArray
    sigma_deg: FloatArray
    weight: FloatArray

    @classmethod
    def of(cls, lines: Sequence[FrameLines], camera: Camera, motion: CameraMotion, side_px: float) -> Segments | None:
        """From the samples of a shot; None if there are none."""
        lines = [f for f in lines if len(f.px)]
        if not lines:
            return None
        xy, turned, weight = [], [], []
        fov = side_px / camera.focal_px
        views = min(len(lines), 1 + np.radians(motion.turned_deg) / fov)  # a still camera sees one thing many times
        for f in lines:
            px = f.px[: SEGMENTS // len(lines)]  # the longest
            xy.append((px.reshape(-1, 2, 2) - [camera.cx_px, camera.cy_px]) / motion.zoom[f.frame])
            turned.append(np.broadcast_to(motion.rotation[f.frame].T, (len(px), 3, 3)))
            weight.append(np.full(len(px), views / len(lines)))
        ends = np.concatenate(xy)
        length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=-1)
        own_deg = np.degrees(SEGMENT_PX * np.sqrt(2) * side_px / SMALL_PX / length)
        sigma = np.hypot(WORLD_DEG, own_deg)
        return cls(ends, np.concatenate(turned), sigma, np.concatenate(weight))

    def part(self, keep: NDArray[np.intp]) -> Segments:
        """Those of the indices."""
        return Segments(self.xy[keep], self.turned[keep], self.sigma_deg[keep], self.weight[keep])

    def planes(self, focal_px: float) -> tuple[FloatArray, FloatArray]:
        """Normals (M, 3) of the planes through the camera and each segment, and rays (M, 3) to their middles."""
        rays = np.concatenate([self.xy / focal_px, np.ones((*self.xy.shape[:2], 1))], axis=-1)
        rays = np.einsum("mij,mej->mei", self.turned, rays)
        normal = np.cross(rays[:, 0], rays[:, 1])
        middle = rays.sum(1)
        unit = [v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (normal, middle)]
        return unit[0], unit[1]


def off_deg(directions: FloatArray, normal: FloatArray, middle: FloatArray) -> FloatArray:
    """(..., M) angle, degrees, at each segment's middle between the segment and the line to the vanishing point of a
    direction (..., 3)."""
    along = directions @ normal.T
    apart = np.sqrt(np.maximum(1 - (directions @ middle.T) ** 2, 1e-6))
    return np.asarray(np.degrees(np.arcsin(np.clip(along / apart, -1, 1))))


def from_lines(lines: Sequence[FrameLines], camera: Camera, motion: CameraMotion, side_px: float) -> Evidence | None:
    """Tilt and roll in the first frame from the samples of a shot. None if too few segments agree on a vertical.
    side_px: the longer side of the content."""
    segments = Segments.of(lines, camera, motion, side_px)
    if segments is None or len(segments.xy) < 4:
        return None
    frames = []
    for lens in LENSES[camera.source]:
        frames += [_refined(segments, start, camera, lens) for start in _proposals(segments, camera.focal_px * lens)]
    frames = [f for f in frames if abs(f.deg[0]) < MAX_TILT_DEG]
    if not frames:
        return None
    score = np.array([f.score for f in frames])
    best = frames[int(score.argmax())]
    if best.gain < MIN_GAIN:
        return None
    weight = np.exp(score - score.max())
    weight[weight < MIN_SHARE] = 0
    weight /= weight.sum()
    off = np.array([f.deg for f in frames]) - best.deg
    covariance = np.einsum("f,fij->ij", weight, [f.covariance for f in frames])
    covariance = covariance + np.einsum("f,fi,fj->ij", weight, off, off) + np.diag(FLOOR_DEG**2)
    return Evidence("lines", best.deg, covariance)


@dataclass(frozen=True)
class _Frame:
    deg: FloatArray  # tilt and roll
    covariance: FloatArray
    gain: float  # tempered log likelihood over that of no frame
    score: float  # with the priors
    focal_px: float


def _proposals(segments: Segments, focal_px: float) -> list[FloatArray]:
    """(3, 3) each: vertical and two horizontal directions in rows, the best of a coarse grid."""
    longest = np.argsort(segments.sigma_deg / np.maximum(segments.weight, 1e-6), kind="stable")[:COARSE_SEGMENTS]
    some = segments.part(longest)
    normal, middle = (v.astype(np.float32) for v in some.planes(focal_px))
    steps = np.arange(-COARSE_MAX_DEG, COARSE_MAX_DEG + 1, COARSE_STEP_DEG)
    deg = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1)  # (A, A, 2)
    up = up_of(deg)
    headings = np.radians(np.arange(0, 180, COARSE_STEP_DEG))
    ahead = np.array([0.0, 0.0, 1.0]) - up[..., 2:] * up
    ahead /= np.linalg.norm(ahead, axis=-1, keepdims=True)
    side = np.cross(up, ahead)
    level = np.cos(headings)[:, None] * ahead[..., None, :] + np.sin(headings)[:, None] * side[..., None, :]
    sigma = np.hypot(some.sigma_deg, COARSE_SIGMA_DEG).astype(np.float32)
    upright, across = (
        _density(off_deg(d, normal, middle), sigma) for d in (up.astype(np.float32), level.astype(np.float32))
    )
    half = len(headings) // 2
    mixed = (1 - sum(SHARES)) + SHARES[0] * upright[:, :, None]
    mixed = mixed + SHARES[1] * across[:, :, :half] + SHARES[2] * across[:, :, half:]
    score = TEMPER * (np.log(mixed) @ some.weight) + _prior(deg)[:, :, None]
    found = []
    for _ in range(PROPOSALS):  # the highest, each at some distance from the ones before
        i, j, k = np.unravel_index(int(score.argmax()), score.shape)
        if not np.isfinite(score[i, j, k]):
            break
        found.append(np.stack([up[i, j], level[i, j, k], level[i, j, k + half]]))
        turn = np.abs(np.arange(half) - k)
        score[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2, np.minimum(turn, half - turn) <= 1] = -np.inf
    return found


def _refined(segments: Segments, axes: FloatArray, camera: Camera, lens: float) -> _Frame:
    """From a proposal (3, 3), by expectation maximisation."""
    log_sigma, log_lens = LENS_LOG_SIGMA[camera.source], np.log(lens)
    shares = np.array(SHARES)
    information = np.eye(4)
    for added in SIGMAS_DEG:
        sigma = np.hypot(segments.sigma_deg, added)
        focal = camera.focal_px * np.exp(log_lens)
        off = _offsets(segments, axes, focal)  # (3, M)
        density = shares[:, None] * _density(off, sigma)
        belongs = density / (1 - shares.sum() + density.sum(0))
        weight = TEMPER * segments.weight * belongs / sigma**2
        slopes = np.stack(
            [(_offsets(segments, *moved) - off) / _STEP_DEG for moved in _moves(axes, focal)]
        )  # (4, 3, M)
        slopes[3] *= _STEP_DEG / _LENS_STEP  # per unit of the logarithm
        information = np.einsum("akm,km,bkm->ab", slopes, weight, slopes)
        gradient = np.einsum("akm,km,km->a", slopes, weight, off)
        information[3, 3] += log_sigma**-2.0
        gradient[3] += log_lens / log_sigma**2
        step = -np.linalg.solve(information + np.diag([1e-3, 1e-3, 1e-3, 1e-3]), gradient)
        step = np.clip(step, -8.0, 8.0)
        axes = axes @ Rotation.from_rotvec(np.radians(step[:3])).as_matrix().T
        log_lens += float(np.clip(step[3], -0.3, 0.3))
    focal = camera.focal_px * np.exp(log_lens)
    density = _density(_offsets(segments, axes, focal), segments.sigma_deg)
    gain = TEMPER * float(np.log(1 - shares.sum() + shares @ density) @ segments.weight)
    deg = angles_of(axes[0])
    # how tilt and roll follow the rotation vector: the vertical moves by w x up
    turns = Rotation.from_rotvec(np.radians(_STEP_DEG) * np.eye(3)).as_matrix()
    jacobian = np.stack([(angles_of(turn @ axes[0]) - deg) / _STEP_DEG for turn in turns], axis=1)  # (2, 3)
    covariance = np.linalg.inv(information + np.diag([1e-4, 1e-4, 1e-4, 1e-4]))[:3, :3]
    score = gain + float(_prior(deg)) - 0.5 * (log_lens / log_sigma) ** 2
    return _Frame(deg, jacobian @ covariance @ jacobian.T, gain, score, float(focal))


_STEP_DEG, _LENS_STEP = 0.05, 0.01


def _moves(axes: FloatArray, focal_px: float) -> list[tuple[FloatArray, float]]:
    """The frame turned by a small angle about each axis of the camera; and with a slightly longer lens."""
    turns = Rotation.from_rotvec(np.radians(_STEP_DEG) * np.eye(3)).as_matrix()
    return [*((axes @ turn.T, focal_px) for turn in turns), (axes, focal_px * float(np.exp(_LENS_STEP)))]


def _offsets(segments: Segments, axes: FloatArray, focal_px: float) -> FloatArray:
    return off_deg(axes, *segments.planes(focal_px))


def _density(off: FloatArray, sigma_deg: FloatArray) -> FloatArray:
    """Of a normal angle, relative to that of any angle between -90 and 90 degrees."""
    return np.asarray(180 / (np.sqrt(2 * np.pi) * sigma_deg) * np.exp(-0.5 * (off / sigma_deg) ** 2))


def _prior(deg: FloatArray) -> FloatArray:
    """(...) log probability of tilt and roll (..., 2)."""
    tilt, roll = deg[..., 0] / PRIOR_TILT_DEG, deg[..., 1] / PRIOR_ROLL_DEG
    return np.asarray(-0.5 * tilt**2 - 2 * np.log1p(roll**2 / 3))
