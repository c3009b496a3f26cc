"""Sequences of known error for benchmarks/accuracy/uncertainty.py: captured motion before virtual cameras, seen by a
noisy detector as in training, and reconstructed by the program.

Cameras stand still. Half of the lenses are known, half are taken for what the program assumes. The standing height is
right to 3 %, as limbs are not the same share of everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kasf_demo import kinematics, tracking
from kasf_demo.lift.lifter import Lifter
from kasf_demo.options import Options
from kasf_demo.reconstruct.clues import Clues, find_clues
from kasf_demo.reconstruct.person import place, settle, stand
from kasf_demo.reconstruct.placement import LIMBS
from kasf_demo.types.arrays import runs
from kasf_demo.types.camera import DEFAULT_FOV_DEG, Camera, CameraMotion, Orientation
from kasf_demo.types.motion import Angles
from kasf_demo.types.people import Keypoints2D, Pose3D, Track
from kasportsformer.skeleton import coco_to_h36m
from kasportsformer.training.augment import augment
from kasportsformer.training.body import keypoints
from kasportsformer.training.body_shape import random_shapes
from kasportsformer.training.cameras import CameraConfig, project, random_cameras
from kasportsformer.training.corpus import Corpus
from kasportsformer.training.dataset import DataConfig, Sampler, facing
from kasportsformer.training.detector_noise import NoiseConfig, add_noise

WIDTH_PX, HEIGHT_PX = 1280, 720
FRAMES = (60, 120)
WINDOW = 27  # shares of hidden and swapped limbs in NoiseConfig are per so many frames
GAPS = 0.2  # share of sequences with a gap that is filled
HEIGHT_ERROR = 0.03


@dataclass(frozen=True)
class Filmed:
    """A sequence as it was: track and times (T,) s, truth (T, 17, 3) m in camera axes; the camera as known."""

    track: Track
    times_s: Any
    truth: Any
    camera: Camera
    orientation: Orientation
    height_m: float


@dataclass(frozen=True)
class Solved:
    """What the program made of a track: the pose in camera axes (T, 17, 3) m and in world axes, clues, angles."""

    xyz: Any
    pose: Pose3D
    clues: Clues
    angles: Angles


def film(corpus: Corpus, rng: np.random.Generator) -> Filmed:
    """A new sequence."""
    t = int(rng.integers(*FRAMES))
    config = replace(DataConfig(), frames=t)
    sampler = Sampler(corpus, config)
    fps = rng.uniform(*config.fps)
    dt_s = np.array([1 / fps])
    speed = np.exp(rng.uniform(*np.log(config.speed)))
    vectors, middle = sampler._window(rng, dt_s * speed)
    vectors, middle = augment(rng, vectors, middle, sampler._window(rng, dt_s * speed)[0], dt_s, config.augment)
    points = keypoints(vectors, middle, random_shapes(rng, 1, config.shape))
    fov_deg = float(np.exp(rng.uniform(*np.log([15.0, 50.0]))))  # vertical
    still = CameraConfig(fov_deg=(fov_deg, fov_deg), following=0.0, still=1.0, dolly=0.0, frontal=0.25, shake_deg=0.0)
    cameras = random_cameras(rng, middle, still, facing(vectors, middle, dt_s))
    seen = cameras.view(points)
    share = t / WINDOW
    noise = NoiseConfig(hidden=0.07 * share, swap=tuple(s * share for s in NoiseConfig().swap))  # type: ignore[arg-type]
    noisy, score = add_noise(rng, project(seen), seen, dt_s, noise)
    focal_px = HEIGHT_PX / 2 / np.tan(np.radians(fov_deg) / 2)
    middle_px = np.array([WIDTH_PX, HEIGHT_PX]) / 2
    known = rng.random() < 0.5
    lens_px = focal_px if known else WIDTH_PX / 2 / np.tan(np.radians(DEFAULT_FOV_DEG) / 2)
    times_s = np.arange(t) / fps
    truth = h36m_of(seen[0].astype(float))
    limbs_m = np.median(sum(np.linalg.norm(truth[:, a] - truth[:, b], axis=-1) for a, b, _ in LIMBS))
    height_m = limbs_m / sum(share for _, _, share in LIMBS) * np.exp(HEIGHT_ERROR * rng.standard_normal())
    return Filmed(
        _track(rng, noisy[0] * focal_px + middle_px, score[0], times_s), times_s, truth,
        Camera(lens_px, *middle_px, "given" if known else "assumed"), orientation_of(cameras.rotation[0, 0]),
        float(height_m),
    )  # fmt: skip


def h36m_of(coco: Any) -> Any:
    """(T, 17, 3) Human3.6M joints of COCO points in camera axes, m: as the network is taught, without perspective."""
    one = np.ones(coco.shape[:-1])
    xy, depth = coco_to_h36m(coco[..., :2], one)[0], coco_to_h36m(coco[..., [2, 1]], one)[0][..., :1]
    return np.concatenate([xy, depth], axis=-1)


def orientation_of(rotation: Any) -> Orientation:
    """Of a camera whose rows (3, 3) are right, down and forward in world axes, z up."""
    right, down, forward = np.asarray(rotation, float)
    return Orientation.of(
        float(np.degrees(np.arcsin(-forward[2]))), float(np.degrees(np.arctan2(right[2], -down[2]))), "given"
    )


def _track(rng: np.random.Generator, xy: Any, score: Any, times_s: Any) -> Track:
    """What tracking makes of the keypoints: left and right put right, gaps filled."""
    t = len(xy)
    filled = np.zeros(t, bool)
    if rng.random() < GAPS:
        first, length = int(rng.integers(5, t - 20)), int(rng.integers(2, 11))
        filled[first : first + length] = True
        kept = np.flatnonzero(~filled)
        flat = np.concatenate([xy.reshape(t, -1), score], axis=1)
        flat = np.stack([np.interp(np.arange(t), kept, column[kept]) for column in flat.T], axis=-1)
        xy, score = flat[:, :34].reshape(t, 17, 2), flat[:, 34:]
    box = np.concatenate([xy.min(1), xy.max(1)], axis=-1)
    track = Track(1, Keypoints2D(xy.astype(float), score.astype(float), np.ones(t, bool), filled, "coco"), box)
    return tracking.repair_limb_swaps(tracking.repair_body_swaps(tracking.repair_short_swaps(track), times_s), times_s)


def solve(
    track: Track, lifter: Lifter, options: Options, camera: Camera, motion: CameraMotion, limb_ratio: float,
    orientation: Orientation, times_s: Any, fps: float,
) -> Solved:  # fmt: skip
    """As `reconstruct.shot` does, with a known orientation of the camera."""
    lifted = place(track, options, lifter, limb_ratio, camera, motion, fps)
    placed = settle(lifted, options, camera, motion, fps, before=orientation)
    person, _ = stand(placed, options, orientation, times_s, fps, motion)
    doubtful = person.pose.in_doubt
    if doubtful.any():
        placed = settle(lifted, options, camera, motion, fps, before=orientation, untrusted=doubtful)
        person, _ = stand(placed, options, orientation, times_s, fps, motion, doubtful=doubtful)
    clues = find_clues(lifted, placed, doubtful, camera, motion, fps)
    return Solved(placed.xyz, person.pose, clues, kinematics.measure_angles(person.pose))


def still(frames: int) -> CameraMotion:
    """A camera that is known not to move."""
    return CameraMotion.none(frames, "still")


def longest(valid: Any) -> slice:
    """The longest run of valid (T,) frames."""
    a, b = max(runs(valid), key=lambda r: r[1] - r[0])
    return slice(a, b)
