"""Detector noise on keypoints: persistent and drifting errors, blur, hidden and swapped limbs, partly informative
scores.

Lengths are metres at the athlete (errors grow and shrink with the athlete's size in the image, as a detector's do). The
numbers lie between what MediaPipe and YOLOv8n-pose do on seven of the demo clips (all but `crossing`, where the
athletes are too small for MediaPipe), measured on 2026-11-25 by `benchmarks/accuracy/detector_noise.py`; where a field
says more, so did the measurement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..skeleton import COCO, COCO_MIRROR, COCO_NAMES
from .forward_kinematics import BoolArray, FloatArray

_SPREAD_M = {
    "nose": 0.018, "eye": 0.014, "ear": 0.018, "shoulder": 0.021, "elbow": 0.024, "wrist": 0.017,
    "hip": 0.027, "knee": 0.022, "ankle": 0.027,
}  # fmt: skip
SPREAD_M = np.array([_SPREAD_M[name.split("_")[-1]] for name in COCO_NAMES], np.float32)
# What is hidden together, and swapped together
GROUPS = tuple(
    np.array([COCO[f"{side}_{part}"] for part in parts])
    for parts in (("elbow", "wrist"), ("knee", "ankle"))
    for side in ("left", "right")
)
SWAPS = (
    [COCO[f"{s}_{p}"] for s in ("left", "right") for p in ("elbow", "wrist")],
    [COCO[f"{s}_{p}"] for s in ("left", "right") for p in ("knee", "ankle")],
    [i for i, name in enumerate(COCO_NAMES) if name != "nose"],
)


@dataclass(frozen=True)
class NoiseConfig:
    """Parameters of the noise."""

    clean: float = 0.06  # share of windows without any noise, all scores 1
    level: tuple[float, float] = (0.9, 0.5)  # median and log deviation of a window's noise, times SPREAD_M
    # share of the error that stays for the whole window, that wanders, and that is new in each frame (deviations)
    bias: float = 0.5
    drift: float = 0.79
    drift_s: float = 0.16  # correlation time of the wandering part
    white: float = 0.35
    blur_s: float = 0.008  # error per speed: a joint at 5 m/s gets 4 cm more (MediaPipe 0.0047, YOLO 0.0106)
    # both detectors mark ankles up the shank, 28 and 32 mm in the median
    ankle_raise_m: tuple[float, float] = (0.0, 0.06)
    hidden: float = 0.07  # share of limbs (per window) hidden for a while by something
    self_hidden: float = 0.5  # share of limbs behind the trunk that count as hidden
    hidden_m: float = 0.05  # error of a hidden joint (medians of all error there: 33 and 56 mm)
    snap: float = 0.25  # share of hidden limbs that are placed on the other side's limb
    # share of windows where arms, legs, everything are swapped for a while (of frames: arms 0.012 and 0.007, legs 0.006
    # and 0.073)
    swap: tuple[float, float, float] = (0.03, 0.09, 0.02)
    # share of points that are anywhere (> 25 cm off, swaps among them: 0.009 and 0.033 of visible points)
    drop: float = 0.006
    drop_known: float = 0.5  # of these, how many have a score near 0
    garbage_m: float = 0.25
    episode_s: float = 0.35  # mean length of hidden and swapped episodes
    base_score: tuple[float, float] = (0.8, 1.0)  # score of a good point, per window
    # an error of this size halves the score, per window, log-uniform: MediaPipe's falls from 0.98 to 0.39 at 9 cm,
    # YOLO's stays at 0.95
    score_error_m: tuple[float, float] = (0.08, 2.0)
    hidden_score: tuple[float, float] = (0.5, 1.0)  # factor of the score of a hidden point
    score_noise: float = 0.03
    blind: float = 0.2  # share of windows whose scores are 1 whatever happens

    @classmethod
    def none(cls) -> NoiseConfig:
        """Exact keypoints."""
        return cls(clean=1.0)


def add_noise(
    rng: np.random.Generator, xy: FloatArray, seen: FloatArray, dt_s: FloatArray, config: NoiseConfig
) -> tuple[FloatArray, FloatArray]:
    """Noisy COCO keypoints (B, T, 17, 2), in focal lengths, and scores (B, T, 17) in 0..1.

    xy: the exact keypoints; seen (B, T, 17, 3): the same points in camera axes, metres; dt_s (B,): time between frames.
    """
    b, t = xy.shape[:2]
    per_m = 1 / seen[..., 2].mean((1, 2))[:, None, None, None]  # focal lengths per metre at the athlete
    level = config.level[0] * np.exp(
        config.level[1] * np.clip(rng.standard_normal((b, 1, 1, 1), np.float32), -2.5, 2.0)
    )
    hidden = _hidden(rng, seen, dt_s, config)[..., None]
    error_m = level * SPREAD_M[:, None] * _wander(rng, (b, t, 17, 2), dt_s, config)
    velocity = np.gradient(xy, axis=1) / (dt_s[:, None, None, None] * per_m)  # m/s across the image
    error_m += velocity * config.blur_s * rng.standard_normal((b, t, 17, 1), np.float32)
    error_m += hidden * config.hidden_m * np.sqrt(level) * _wander(rng, (b, t, 17, 2), dt_s, config)
    dropped: BoolArray = np.less(rng.random((b, t, 17, 1)), config.drop)
    known = dropped & np.less(rng.random((b, t, 17, 1)), config.drop_known)
    error_m += dropped * config.garbage_m * rng.standard_normal((b, t, 17, 2), np.float32)

    snapped = (
        hidden * _per_limb(rng, b, config.snap)[:, None, :, None] * rng.uniform(0.5, 1, (b, 1, 1, 1)).astype(np.float32)
    )
    noisy = xy + snapped * (xy[..., COCO_MIRROR, :] - xy)
    noisy += _raise_ankles(rng, xy, seen, config) + error_m * per_m
    swapped = _swap(rng, noisy, dt_s, config)

    clean: BoolArray = np.less(rng.random(b), config.clean)
    noisy = np.where(clean[:, None, None, None], xy, noisy)
    off_m = np.linalg.norm(noisy - xy, axis=-1) / per_m[..., 0]
    score = _scores(rng, off_m, hidden[..., 0], known[..., 0], swapped, config)
    certain = clean | (rng.random(b) < config.blind)
    return noisy.astype(np.float32), np.where(certain[:, None, None], 1.0, score).astype(np.float32)


def _raise_ankles(rng: np.random.Generator, xy: FloatArray, seen: FloatArray, config: NoiseConfig) -> FloatArray:
    """(B, T, 17, 2) what moves each ankle toward its knee by a length (m) of the window's own, in the image."""
    out = np.zeros_like(xy)
    raise_m = rng.uniform(*config.ankle_raise_m, (len(xy), 1)).astype(np.float32)
    for side in ("left", "right"):
        ankle, knee = COCO[f"{side}_ankle"], COCO[f"{side}_knee"]
        shank = np.linalg.norm(seen[..., knee, :] - seen[..., ankle, :], axis=-1)
        out[..., ankle, :] = (xy[..., knee, :] - xy[..., ankle, :]) * (raise_m / np.maximum(shank, 0.1))[..., None]
    return out


def _wander(rng: np.random.Generator, shape: tuple[int, ...], dt_s: FloatArray, config: NoiseConfig) -> FloatArray:
    """Errors (B, T, ...) of deviation about 1: a constant, a wandering (first-order autoregressive) and a white
    part."""
    b, t, *rest = shape
    keep = np.exp(-dt_s / config.drift_s).astype(np.float32).reshape(b, *(1 for _ in rest))
    fresh = np.sqrt(1 - keep**2)
    steps = rng.standard_normal(shape, np.float32)
    drift = np.empty(shape, np.float32)
    drift[:, 0] = steps[:, 0]
    for i in range(1, t):
        drift[:, i] = keep * drift[:, i - 1] + fresh * steps[:, i]
    constant = rng.standard_normal((b, 1, *rest), np.float32)
    white = rng.standard_normal(shape, np.float32)
    error: FloatArray = config.bias * constant + config.drift * drift + config.white * white
    return error


def _episodes(rng: np.random.Generator, chosen: BoolArray, t: int, dt_s: FloatArray, config: NoiseConfig) -> FloatArray:
    """(B, T) 1 within one stretch of each chosen window; lengths are exponential."""
    b = len(chosen)
    length = rng.exponential(config.episode_s, b) / dt_s + 1
    start = rng.uniform(-length, t)
    when = np.arange(t)
    inside = (when >= start[:, None]) & (when < (start + length)[:, None])
    return np.asarray(inside & chosen[:, None], dtype=np.float32)


def _hidden(rng: np.random.Generator, seen: FloatArray, dt_s: FloatArray, config: NoiseConfig) -> FloatArray:
    """(B, T, 17) 1 if a joint is occluded: by an object for a while, or by the trunk."""
    b, t = seen.shape[:2]
    out = np.zeros(seen.shape[:-1], np.float32)
    trunk = seen[..., [COCO["left_shoulder"], COCO["right_shoulder"], COCO["left_hip"], COCO["right_hip"]], :]
    middle = trunk.mean(-2, keepdims=True)
    low, high = trunk[..., 1].min(-1)[..., None], trunk[..., 1].max(-1)[..., None]
    beside = np.abs(seen[..., 0] - middle[..., 0])
    behind = (seen[..., 2] - middle[..., 2] > 0.08) & (beside < 0.16) & (seen[..., 1] > low) & (seen[..., 1] < high)
    for group in GROUPS:
        out[..., group] = _episodes(rng, np.less(rng.random(b), config.hidden), t, dt_s, config)[..., None]
        count: BoolArray = np.less(rng.random((b, 1, 1)), config.self_hidden)
        out[..., group] = np.maximum(out[..., group], count & behind[..., group])
    return out


def _per_limb(rng: np.random.Generator, b: int, share: float) -> FloatArray:
    """(B, 17) 1 for all joints of a chosen limb."""
    out = np.zeros((b, 17), np.float32)
    for group in GROUPS:
        out[:, group] = np.less(rng.random((b, 1)), share)
    return out


def _swap(rng: np.random.Generator, noisy: FloatArray, dt_s: FloatArray, config: NoiseConfig) -> FloatArray:
    """Exchanges left and right in some stretches, in place; returns (B, T, 17) 1 where it did."""
    b, t = noisy.shape[:2]
    done = np.zeros((b, t, 17), np.float32)
    for joints, share in zip(SWAPS, config.swap, strict=True):
        when = _episodes(rng, np.less(rng.random(b), share), t, dt_s, config) > 0
        other = [COCO_MIRROR[j] for j in joints]
        noisy[..., joints, :] = np.where(when[..., None, None], noisy[..., other, :], noisy[..., joints, :])
        done[..., joints] = np.maximum(done[..., joints], when[..., None])
    return done


def _scores(
    rng: np.random.Generator,
    off_m: FloatArray,
    hidden: FloatArray,
    known: BoolArray,
    swapped: FloatArray,
    config: NoiseConfig,
) -> FloatArray:
    b, t, _ = off_m.shape
    base = rng.uniform(*config.base_score, (b, 1, 1))
    # a swap is an error that the detector does not know of
    told = np.where(swapped > 0, 0.3 * off_m, off_m)
    halves_at = np.exp(rng.uniform(np.log(config.score_error_m[0]), np.log(config.score_error_m[1]), (b, 1, 1)))
    score = base / (1 + (told / halves_at) ** 2)
    score = np.where(hidden > 0, score * rng.uniform(*config.hidden_score, (b, 1, 17)), score)
    score = np.where(known > 0, rng.uniform(0, 0.15, off_m.shape), score)
    return np.clip(score + config.score_noise * rng.standard_normal((b, t, 17)), 0.0, 1.0)
