"""Motion to training pairs: network input as at inference, and the ground truth in the same image. A whole batch at
once.

Input: COCO keypoints of a body before a camera, noisy, through our own `coco_to_h36m`, normalised in the square around
the window's trusted keypoints times a crop scale, by the same function as at inference (`lifting.normalize`).

Truth, as the published labels: x and y are the *exact* keypoints through the same remap (hence the exact projection,
relative to the root's), z is the depth minus the root's depth, divided by the root's depth to be in focal lengths
there; but all of it before a camera in the same place that looks straight at the pelvis. A crop does not show how far
from the image's middle it was taken, so the angle to the optical axis (10 degrees are common) would be noise that no
network can learn; inference turns poses back (kasf_demo.reconstruct.placement).
Detectors have no joint at the pelvis, spine, thorax, neck and head: their depth is the remap's own horizontal formula
applied to depths. (The remap treats x and y differently: it takes the image's vertical for the body's. Depth follows x,
so that a body turned about the vertical before a level camera takes these points with it.) All is divided by half the
crop's side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lifting.normalize import in_square, square_crops

from ..skeleton import COCO, H36M, coco_to_h36m
from .augment import AugmentConfig, augment
from .body import V, axes, keypoints, unit_again
from .body_shape import ShapeConfig, random_shapes
from .cameras import CameraConfig, project, random_cameras
from .corpus import RATE_HZ, Corpus
from .detector_noise import NoiseConfig, add_noise
from .forward_kinematics import FloatArray

MIN_UPRIGHT = 0.8  # of the trunk's vertical part, in trunk lengths
MAX_CALM_M_S = 2.2
MIN_SIDE = 1e-6  # of a crop, in focal lengths, as the keypoints are here
ROOT = H36M["pelvis"]
HIPS = [COCO["left_hip"], COCO["right_hip"]]


@dataclass(frozen=True)
class DataConfig:
    """Everything that decides what a window looks like."""

    frames: int = 27
    fps: tuple[float, float] = (24.0, 60.0)
    speed: tuple[float, float] = (0.7, 1.4)
    slow_motion: float = 0.04  # share of windows at a quarter to half speed
    crop_scale: tuple[float, float] = (1.05, 1.5)
    by_novelty: float = 1.0  # share of windows drawn by the corpus's weights (see weighting.py); the others uniformly
    shape: ShapeConfig = field(default_factory=ShapeConfig)
    camera: CameraConfig = field(default_factory=CameraConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)


@dataclass(frozen=True)
class Pairs:
    """B windows: input (B, T, 17, 3) x, y, score; truth (B, T, 17, 3); metres (B, T) that one unit is at the root's
    depth."""

    input: FloatArray
    truth: FloatArray
    metres: FloatArray

    def __len__(self) -> int:
        return len(self.input)


Draw = Callable[[np.random.Generator, int], Pairs]


@dataclass(frozen=True)
class Mixture:
    """Batches of which a fixed share comes from the second source."""

    first: Draw
    second: Draw
    share: float

    def __call__(self, rng: np.random.Generator, count: int) -> Pairs:
        second = round(count * self.share)
        parts = [draw(rng, n) for draw, n in ((self.first, count - second), (self.second, second)) if n]
        return Pairs(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("input", "truth", "metres")))


class Sampler:
    """Draws windows from a corpus. Stateless: what comes out depends on the generator given alone."""

    def __init__(self, corpus: Corpus, config: DataConfig) -> None:
        self.corpus, self.config = corpus, config
        weight = corpus.weight / corpus.weight.sum() * config.by_novelty + (1 - config.by_novelty) / len(corpus.weight)
        self._cumulative = np.cumsum(weight.astype(np.float64))

    def __call__(self, rng: np.random.Generator, count: int) -> Pairs:
        """`count` new pairs."""
        c = self.config
        fps = rng.uniform(*c.fps, count)
        speed = np.exp(rng.uniform(np.log(c.speed[0]), np.log(c.speed[1]), count))
        speed = np.where(rng.random(count) < c.slow_motion, rng.uniform(0.25, 0.5, count), speed)
        dt_s = 1 / fps
        vectors, middle = self._window(rng, speed * dt_s)
        other = self._window(rng, speed * dt_s)[0] if c.augment.mix_limbs else vectors
        vectors, middle = augment(rng, vectors, middle, other, dt_s, c.augment)
        points = keypoints(vectors, middle, random_shapes(rng, count, c.shape))
        return self.photograph(rng, points, middle, dt_s, facing(vectors, middle, dt_s))

    def photograph(
        self,
        rng: np.random.Generator,
        points: FloatArray,
        middle: FloatArray,
        dt_s: FloatArray,
        facing_rad: FloatArray | None = None,
    ) -> Pairs:
        """COCO points (B, T, 17, 3) in the world, m, seen by random cameras and a noisy detector; facing_rad: see
        `random_cameras`."""
        c = self.config
        seen = random_cameras(rng, middle, c.camera, facing_rad).view(points)
        noisy, score = add_noise(rng, project(seen), seen, dt_s, c.noise)
        return normalised(seen, noisy, score, rng.uniform(*c.crop_scale, len(points)))

    def _window(self, rng: np.random.Generator, step_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Windows whose frames are step_s (B,) of recorded time apart: vectors (B, T, V, 3), middle (B, T, 3)."""
        corpus, t = self.corpus, self.config.frames
        centre = np.minimum(
            np.searchsorted(self._cumulative, rng.random(len(step_s)) * self._cumulative[-1]), len(corpus.middle) - 1
        )
        motion = np.searchsorted(corpus.first, centre, side="right") - 1
        low, high = corpus.first[motion], corpus.first[motion + 1] - 1
        step = step_s * RATE_HZ
        span = np.minimum(step * (t - 1), high - low)
        start = np.clip(centre - span / 2, low, high - span)
        # a recording shorter than the window: its last pose is held, as at inference
        at = np.minimum(start[:, None] + np.arange(t) * step[:, None], high[:, None])
        before = np.minimum(at.astype(np.int64), high[:, None])
        after = np.minimum(before + 1, high[:, None])
        share = (at - before).astype(np.float32)
        v = share[..., None, None]
        vectors = corpus.vectors[before] * (1 - v) + corpus.vectors[after] * v
        m = share[..., None]
        return unit_again(vectors), corpus.middle[before] * (1 - m) + corpus.middle[after] * m


def facing(vectors: FloatArray, middle: FloatArray, dt_s: FloatArray) -> FloatArray:
    """(B,) radians from x toward y: the heading of the pelvis, in windows of calm, upright athletes (standing, squats,
    lunges, walking); else NaN.

    vectors (B, T, V, 3), middle (B, T, 3) m, dt_s (B,).
    """
    ahead = -axes(vectors, "pelvis")[..., 1].mean(1)  # the mean direction of the window
    upright = (vectors[..., V["trunk"], 2] > MIN_UPRIGHT).all(1)
    travel = np.linalg.norm(np.diff(middle, axis=1), axis=-1).mean(1) / dt_s
    return np.where(upright & (travel < MAX_CALM_M_S), np.arctan2(ahead[:, 1], ahead[:, 0]), np.nan)


def normalised(seen: FloatArray, noisy: FloatArray, score: FloatArray, crop_scale: FloatArray) -> Pairs:
    """Pairs from COCO points in camera axes (B, T, 17, 3) m, what the detector made of them, and each window's crop
    scale (B,)."""
    xy, confidence = coco_to_h36m(noisy, score)
    corner, side = square_crops(xy, confidence, crop_scale, MIN_SIDE)
    half = (side / 2)[:, None, None, None]
    exact = label(seen)
    metres = exact.root_depth * half[:, :, 0, 0]
    unit = in_square(xy, corner[:, None, None], side[:, None, None, None])
    source = np.concatenate([unit, confidence[..., None]], axis=-1).astype(np.float32)
    return Pairs(source, (exact.pose / half).astype(np.float32), metres.astype(np.float32))


@dataclass(frozen=True)
class Label:
    """pose (B, T, 17, 3) root-relative, in focal lengths; root_depth (B, T) m, along the optical axis."""

    pose: FloatArray
    root_depth: FloatArray


def label(seen: FloatArray) -> Label:
    """The ground truth of COCO points (B, T, 17, 3) in camera axes, m (see the module's text)."""
    root_depth = seen[..., HIPS, 2].mean(-1)
    straight, distance = looked_at(seen)
    none = np.ones(seen.shape[:-1], seen.dtype)
    xy, _ = coco_to_h36m(project(straight), none)
    depth = coco_to_h36m(straight[..., [2, 1]], none)[0][..., 0]
    z = depth / distance[..., None] - 1
    root_xy = xy[..., ROOT, :]
    pose = np.concatenate([xy - root_xy[..., None, :], z[..., None]], axis=-1)
    # in focal lengths at the root's depth, as the image is, not at its distance
    return Label(pose * (distance / root_depth)[..., None, None], root_depth)


def looked_at(seen: FloatArray) -> tuple[FloatArray, FloatArray]:
    """COCO points (B, T, 17, 3) in the axes of a camera in the same place that looks at the middle of the hips, turned
    as little as possible; and the distance (B, T) of that middle."""
    ray = seen[..., HIPS, :].mean(-2)
    distance = np.linalg.norm(ray, axis=-1)
    x, y, z = np.moveaxis(ray / distance[..., None], -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, zero, x, zero, zero, y, -x, -y, zero], axis=-1).reshape(*x.shape, 3, 3)
    turn = np.eye(3, dtype=seen.dtype) + cross + cross @ cross / (1 + z)[..., None, None]  # takes (0, 0, 1) to the ray
    return np.matmul(seen, turn), distance  # rows times the matrix: its inverse
