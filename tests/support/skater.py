"""An analytic skater: arms in, glides, jumps on a ballistic path with k turns, and lands."""

from __future__ import annotations

import numpy as np

from body import Array, standing, turn
from kasportsformer.skeleton import H36M, H36M_NAMES

G = 9.80665
BEFORE_S, AFTER_S, SPEED = 1.2, 1.2, 3.0
TOES_M = 0.08  # the toes leave the ice when the ankle is so much above the stand
MIRROR = [H36M[{"l": "r", "r": "l"}[n[0]] + n[1:]] if n[1] == "_" else H36M[n] for n in H36M_NAMES]


def arms_in() -> Array:
    """(17, 3) m: both wrists at the chest."""
    pose = standing()
    for side, x in (("l", 0.05), ("r", -0.05)):
        pose[H36M[f"{side}_elbow"]] = [4 * x, -0.05, 1.2]
        pose[H36M[f"{side}_wrist"]] = [x, -0.12, 1.3]
    return pose


def jumping(
    turns: float, fps: float, *, air_s: float = 0.6, noise_m: float = 0.0, exchanged: float = 0.0, seed: int = 0
) -> Array:
    """(T, 17, 3) m: turns in the air (counter-clockwise positive), at a constant rate; noise in every joint; left and
    right exchanged in a share of the frames, by chance."""
    rng = np.random.default_rng(seed)
    t = np.arange(0, BEFORE_S + air_s + AFTER_S, 1 / fps) + rng.uniform(0, 1 / fps)
    since = t - BEFORE_S
    air = (since > 0) & (since < air_s)
    z = np.where(air, TOES_M + G / 2 * since * (air_s - since), 0.0)
    z += TOES_M * np.clip(1 + since / 0.06, 0, 1) * (since <= 0)
    z += TOES_M * np.clip(1 - (since - air_s) / 0.06, 0, 1) * (since >= air_s)
    heading = 360 * turns * np.clip(since / air_s, 0, 1)
    up = np.array([0.0, 0, 1])
    poses = np.array([arms_in() @ turn(up, a).T + [SPEED * s, 0, h] for a, h, s in zip(heading, z, t, strict=True)])
    poses = poses + rng.normal(0, noise_m, poses.shape) if noise_m else poses
    swapped = rng.random(len(t)) < exchanged
    poses[swapped] = poses[swapped][:, MIRROR]
    return poses


def rise_m(air_s: float = 0.6) -> float:
    """h = g t^2 / 8."""
    return G * air_s**2 / 8
