"""The vertical from line segments by mixture likelihood (after Coughlan and Yuille 1999, Schindler and Dellaert 2004).

Each segment belongs to the vertical, to one of two horizontal directions, or to none. The angle
between a segment and the line from its middle to a direction's vanishing point is normal for the direction it belongs
to, and uniform else. A coarse grid proposes directions, expectation maximisation with Gauss-Newton steps refines them
and the focal length. The horizontal directions need not be at right angles (floor boards and lanes often are not); if
they nearly are, they are taken to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from kasf_demo.camera.lines import SMALL_PX, FrameLines
from kasf_demo.camera.orientation import Evidence, angles_of, up_of
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, CameraMotion

SHARES = (0.25, 0.2, 0.2)  # of segments that are vertical, and of either horizontal direction; the rest is none
SEGMENT_PX, WORLD_DEG = 1.0, 0.5  # errors: of a segment's ends in the small image; of walls, masts and lenses
COARSE_STEP_DEG, COARSE_MAX_DEG, COARSE_SIGMA_DEG = 6.0, 42.0, 3.0
COARSE_SEGMENTS, SEGMENTS = 70, 180  # used for the grid, and to refine
LENSES = {"assumed": (1.0, 1.7), "estimated": (1.0,), "given": (1.0,)}  # by the focal length: where the search begins
LENS_LOG_SIGMA = {"assumed": 0.35, "estimated": 0.1, "given": 0.03}
PROPOSALS = 6
MIN_TURN = 4  # steps between the two horizontal directions
SIGMAS_DEG = (3.0, 1.5, 0.8, 0.0, 0.0, 0.0)  # added while refining, so that it finds its way
TEMPER = 0.2  # segments of one wall or of one texture are no independent witnesses
MIN_SEGMENTS, MIN_GAIN = 6, 6.0  # gain: tempered log likelihood over that of no direction at all
MAX_BEHIND, APART_DEG = 5.0, 2.0  # other readings that are reported: log probability behind the best, distance
UNKNOWN_DEG = 30.0
# horizontal directions that come out nearly square without being told so are taken to be, in the last steps
SQUARE_FROM, NEARLY_SQUARE_DEG, SQUARE_SIGMA_DEG = 4, 6.0, 1.5
PRIOR_TILT_DEG, PRIOR_ROLL_DEG = 14.0, 8.0  # to choose between frames; of rolls, Student's t
MAX_TILT_DEG = 45.0
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
        normal = _cross(rays[:, 0], rays[:, 1])
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
    """Tilt and roll in the first frame from the samples of a shot. None if too few segments agree on a vertical. Less
    probable readings of the same segments are its `others`. side_px: the longer side of the content."""
    segments = Segments.of(lines, camera, motion, side_px)
    if segments is None or len(segments.xy) < MIN_SEGMENTS:
        return None
    found = []
    for lens in LENSES[camera.source]:
        found += [_refined(segments, start, camera, lens) for start in _proposals(segments, camera.focal_px * lens)]
    readings: list[_Reading] = []
    for one in sorted((r for r in found if abs(r.deg[0]) < MAX_TILT_DEG), key=lambda r: -r.score):
        good = one.score > readings[0].score - MAX_BEHIND if readings else one.gain > MIN_GAIN
        if good and all(np.abs(one.deg - other.deg).max() > APART_DEG for other in readings):
            readings.append(one)
    if not readings:
        return None
    evidence = [Evidence("lines", r.deg, r.covariance + np.diag(FLOOR_DEG**2)) for r in readings]
    behind = [float(readings[0].score - r.score) for r in readings]
    return replace(evidence[0], others=tuple(zip(evidence[1:], behind[1:], strict=True)))


@dataclass(frozen=True)
class _Reading:
    deg: FloatArray  # tilt and roll
    covariance: FloatArray
    gain: float  # tempered log likelihood over that of no direction at all
    score: float  # with the priors
    focal_px: float


def _proposals(segments: Segments, focal_px: float) -> list[FloatArray]:
    """(3, 3) each: the vertical and two horizontal directions in rows, the best of a coarse grid."""
    longest = np.argsort(segments.sigma_deg / np.maximum(segments.weight, 1e-6), kind="stable")[:COARSE_SEGMENTS]
    some = segments.part(longest)
    normal, middle = (v.astype(np.float32) for v in some.planes(focal_px))
    steps = np.arange(-COARSE_MAX_DEG, COARSE_MAX_DEG + 1, COARSE_STEP_DEG)
    deg = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1).reshape(-1, 2)  # (C, 2)
    up = up_of(deg)
    headings = np.radians(np.arange(0, 180, COARSE_STEP_DEG))  # (H,)
    ahead = np.array([0.0, 0.0, 1.0]) - up[:, 2:] * up
    ahead /= np.linalg.norm(ahead, axis=-1, keepdims=True)
    level = np.cos(headings)[:, None] * ahead[:, None] + np.sin(headings)[:, None] * np.cross(up, ahead)[:, None]
    sigma = np.hypot(some.sigma_deg, COARSE_SIGMA_DEG).astype(np.float32)
    upright = _density(off_deg(up.astype(np.float32), normal, middle), sigma)  # (C, M)
    across = _density(off_deg(level.astype(np.float32), normal, middle), sigma)  # (C, H, M)
    mixed = (1 - sum(SHARES)) + SHARES[0] * upright
    cells, weight = np.arange(len(deg)), some.weight.astype(np.float32)
    first = (np.log(mixed[:, None] + SHARES[1] * across) @ weight).argmax(1)
    mixed = mixed + SHARES[1] * across[cells, first]
    score = np.log(mixed[:, None] + SHARES[2] * across) @ weight
    turn = np.abs(np.arange(len(headings)) - first[:, None])
    score[np.minimum(turn, len(headings) - turn) < MIN_TURN] = -np.inf
    second = score.argmax(1)
    score = TEMPER * score[cells, second] + _prior(deg)
    found = []
    for _ in range(PROPOSALS):  # the highest, each at some distance from the ones before
        best = int(score.argmax())
        found.append(np.stack([up[best], level[best, first[best]], level[best, second[best]]]))
        score[np.abs(deg - deg[best]).max(1) <= COARSE_STEP_DEG] = -np.inf
    return found


def _refined(segments: Segments, axes: FloatArray, camera: Camera, lens: float) -> _Reading:
    """From a proposal (3, 3), by expectation maximisation. Unknown are a rotation of all three directions, the turn of
    the second horizontal one against the first, and the logarithm of the focal length."""
    log_sigma, log_lens = LENS_LOG_SIGMA[camera.source], float(np.log(lens))
    shares = np.array(SHARES)
    information = np.eye(5)
    for step_number, added in enumerate(SIGMAS_DEG):
        sigma = np.hypot(segments.sigma_deg, added)
        focal = camera.focal_px * np.exp(log_lens)
        planes = segments.planes(focal)
        off = off_deg(axes, *planes)  # (3, M)
        density = shares[:, None] * _density(off, sigma)
        belongs = density / (1 - shares.sum() + density.sum(0))
        weight = TEMPER * segments.weight * belongs / sigma**2
        turned = off_deg(_steps(axes), *planes)
        longer = off_deg(axes, *segments.planes(focal * float(np.exp(_LENS_STEP))))
        moved = np.concatenate([turned, longer[None]])  # (5, 3, M)
        slopes = (moved - off) / _STEPS[:, None, None]
        information = np.einsum("akm,km,bkm->ab", slopes, weight, slopes)
        gradient = np.einsum("akm,km,km->a", slopes, weight, off)
        information[4, 4] += log_sigma**-2.0
        gradient[4] += log_lens / log_sigma**2
        skew = _skew_deg(axes)
        if step_number >= SQUARE_FROM and abs(skew) < NEARLY_SQUARE_DEG:
            information[3, 3] += SQUARE_SIGMA_DEG**-2.0
            gradient[3] += skew / SQUARE_SIGMA_DEG**2
        step = -np.linalg.solve(information + 1e-3 * np.eye(5), gradient)
        step = np.clip(step, -_LIMITS, _LIMITS)
        axes = _turned(axes, step[:4])
        log_lens += float(step[4])
    focal = camera.focal_px * float(np.exp(log_lens))
    density = _density(off_deg(axes, *segments.planes(focal)), segments.sigma_deg)
    gain = TEMPER * float(np.log(1 - shares.sum() + shares @ density) @ segments.weight)
    deg = angles_of(axes[0])
    jacobian = ((angles_of(_steps(axes)[:3, 0]) - deg) / _STEP_DEG).T  # (2, 3)
    covariance = np.linalg.inv(information + UNKNOWN_DEG**-2.0 * np.eye(5))[:3, :3]
    score = gain + float(_prior(deg)) - 0.5 * (log_lens / log_sigma) ** 2
    return _Reading(deg, jacobian @ covariance @ jacobian.T, gain, score, focal)


_STEP_DEG, _LENS_STEP = 0.05, 0.01
_STEPS = np.array([_STEP_DEG] * 4 + [_LENS_STEP])
_SMALL_TURNS = Rotation.from_rotvec(np.radians(_STEP_DEG) * np.eye(3)).as_matrix()
_LIMITS = np.array([8.0] * 4 + [0.3])  # of one step


def _skew_deg(axes: FloatArray) -> float:
    """By how much the turn from the first to the second horizontal direction differs from a right angle."""
    along, across = axes[1] @ axes[2], _cross(axes[1], axes[2]) @ axes[0]
    return float(np.degrees(np.arctan(-along / across if across else 0.0)))


def _turned(axes: FloatArray, deg: FloatArray) -> FloatArray:
    """Directions (3, 3) turned by a rotation vector deg[:3] in camera axes, the last one also by deg[3] about the
    vertical."""
    angle = np.radians(deg[3])
    last = np.cos(angle) * axes[2] + np.sin(angle) * _cross(axes[0], axes[2])
    return np.asarray(np.stack([axes[0], axes[1], last]) @ Rotation.from_rotvec(np.radians(deg[:3])).as_matrix().T)


def _steps(axes: FloatArray) -> FloatArray:
    """(4, 3, 3) directions after a small step in each of the four angles."""
    return np.concatenate([axes @ np.swapaxes(_SMALL_TURNS, 1, 2), _turned(axes, np.array([0, 0, 0, _STEP_DEG]))[None]])


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """(..., 3) the cross product; numpy's takes three times as long for so few."""
    (x, y, z), (u, v, w) = np.moveaxis(a, -1, 0), np.moveaxis(b, -1, 0)
    return np.stack([y * w - z * v, z * u - x * w, x * v - y * u], axis=-1)


def _density(off: FloatArray, sigma_deg: FloatArray) -> FloatArray:
    """Of a normal angle, relative to that of any angle between -90 and 90 degrees."""
    return np.asarray(180 / (np.sqrt(2 * np.pi) * sigma_deg) * np.exp(-0.5 * (off / sigma_deg) ** 2))


def _prior(deg: FloatArray) -> FloatArray:
    """(...) log probability of tilt and roll (..., 2)."""
    tilt, roll = deg[..., 0] / PRIOR_TILT_DEG, deg[..., 1] / PRIOR_ROLL_DEG
    return np.asarray(-0.5 * tilt**2 - 2 * np.log1p(roll**2 / 3))
