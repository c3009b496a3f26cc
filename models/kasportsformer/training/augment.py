"""Variety beyond the recordings: mirrored, other limbs, limbs turned, the body turned. Each is measured; natural poses
stay the bulk.

All act on canonical vectors (B, T, V, 3), where directions are free of lengths, so bones never stretch.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from .body import ARMS, LEGS, V, axes, mirrored
from .forward_kinematics import FloatArray, IntArray, rotvec_rotations

LIMBS = (
    ([V["l_upper_arm"], V["l_forearm"]], "chest"),
    ([V["r_upper_arm"], V["r_forearm"]], "chest"),
    ([V["l_thigh"], V["l_shank"]], "pelvis"),
    ([V["r_thigh"], V["r_shank"]], "pelvis"),
)


@dataclass(frozen=True)
class AugmentConfig:
    """Shares of windows that get each kind of variety."""

    mirror: float = 0.5
    mix_limbs: float = 0.06  # both arms, or both legs, of another moment, in the chest's or pelvis's axes
    turn_limb: float = 0.06  # each limb on its own, about shoulder or hip
    turn_limb_deg: float = 22.0
    arms_up: float = 0.03  # arms overhead, as they are
    lean: float = 0.10  # the whole body about a horizontal axis, a few degrees to lying
    lean_deg: float = 25.0
    tumble: float = 0.04  # any orientation, half of them spinning
    spin_deg_s: float = 400.0
    # arms overhead and legs drawn up and apart, each its own way and slowly changing: climbers, hangers, vaulters
    climb: float = 0.0

    @classmethod
    def none(cls) -> AugmentConfig:
        """Recordings as they are."""
        return cls(*[0] * len(fields(cls)))


def augment(
    rng: np.random.Generator,
    vectors: FloatArray,
    middle: FloatArray,
    other: FloatArray,
    dt_s: FloatArray,
    config: AugmentConfig,
) -> tuple[FloatArray, FloatArray]:
    """Varied copies of vectors (B, T, V, 3) and middle (B, T, 3); other: as many unrelated windows; dt_s (B,): time
    between frames."""
    b = len(vectors)
    out, middle = vectors.copy(), middle.copy()
    chosen = rng.random(b) < config.mirror
    out[chosen] = mirrored(out[chosen])
    middle[chosen, :, 0] *= -1
    chosen = rng.random(b) < config.mix_limbs
    if chosen.any():
        out[chosen] = mix_limbs(rng, out[chosen], other[chosen])
    _turn_limbs(rng, out, config)
    if config.climb:  # draws no numbers otherwise: the held-out windows stay what they are
        _climb(rng, out, np.flatnonzero(rng.random(b) < config.climb), dt_s)
    _turn_body(rng, out, dt_s, config)
    return out, middle


def mix_limbs(rng: np.random.Generator, vectors: FloatArray, other: FloatArray) -> FloatArray:
    """The arms of `other` on the chest, or its legs on the pelvis, of each window."""
    out = vectors.copy()
    arms = rng.random(len(vectors)) < 0.5
    for rows, limb, part in ((arms, ARMS, "chest"), (~arms, LEGS, "pelvis")):
        move = axes(vectors[rows], part) @ np.swapaxes(axes(other[rows], part), -1, -2)
        index = (np.flatnonzero(rows)[:, None, None], np.arange(out.shape[1])[:, None], np.array(limb))
        out[index] = np.einsum("btij,btvj->btvi", move, other[rows][:, :, limb])
    return out


def _turn_limbs(rng: np.random.Generator, out: FloatArray, config: AugmentConfig) -> None:
    """Whole limbs turned about their root joint by a constant rotation in the trunk's axes; knees and elbows keep their
    angle."""
    b = len(out)
    for limb, part in LIMBS:
        chosen = np.flatnonzero(rng.random(b) < config.turn_limb)
        if len(chosen):
            vec = rng.standard_normal((len(chosen), 3)) * np.radians(config.turn_limb_deg) / np.sqrt(3)
            _rotate_part(out, chosen, limb, part, rotvec_rotations(vec))
    raised = np.flatnonzero(rng.random(b) < config.arms_up)
    for sign, (limb, part) in zip((1, -1), LIMBS[:2], strict=True):
        if not len(raised):
            break
        # From hanging to overhead, partly sideways (about the back axis), partly forward (about the left axis)
        side, ahead = rng.uniform(0, 1.6, (2, len(raised)))
        vec = np.stack([-ahead, -sign * side, np.zeros_like(side)], -1)
        _rotate_part(out, raised, limb, part, rotvec_rotations(vec))


def _climb(rng: np.random.Generator, out: FloatArray, rows: IntArray, dt_s: FloatArray) -> None:
    """Turns limbs of the windows `rows` in the trunk's axes by angles that sway by a quarter: upper arms 0.6 to 1.9 rad
    forward and 0.3 to 1.6 sideways, legs up to 2 forward and 0.9 sideways with the knee bent by most of that again."""
    n, t = len(rows), out.shape[1]
    if not n:
        return
    when = np.arange(t) * dt_s[rows, None]
    for sign, (limb, part) in zip((1, -1, 1, -1), LIMBS, strict=True):
        sway = 1 + 0.25 * np.sin(2 * np.pi * (rng.uniform(0.2, 1.0, (n, 1)) * when + rng.random((n, 1))))
        leg = part == "pelvis"
        ahead = rng.uniform(*((0.1, 2.0) if leg else (0.6, 1.9)), n)
        side = rng.uniform(*((0.0, 0.9) if leg else (0.3, 1.6)), n)
        knee = np.minimum(rng.uniform(0.6, 1.0, n) * ahead + rng.uniform(0, 0.5, n), 2.2) if leg else np.zeros(n)
        for vector, bent in zip(limb, (np.zeros(n), knee), strict=True):
            vec = np.stack([bent - ahead, -sign * side, np.zeros(n)], -1)
            _rotate_part(out, rows, [vector], part, rotvec_rotations(vec[:, None] * sway[..., None]))


def _rotate_part(out: FloatArray, rows: IntArray, limb: list[int], part: str, turn: FloatArray) -> None:
    """turn (rows, 3, 3), or (rows, T, 3, 3) to change over time."""
    frame = axes(out[rows], part)
    world = frame @ (turn if turn.ndim == 4 else turn[:, None]) @ np.swapaxes(frame, -1, -2)
    index = (rows[:, None, None], np.arange(out.shape[1])[:, None], np.array(limb))
    out[index] = np.einsum("btij,btvj->btvi", world, out[index])


def _turn_body(rng: np.random.Generator, out: FloatArray, dt_s: FloatArray, config: AugmentConfig) -> None:
    """Everything about a horizontal axis, by a constant angle and for some at a constant rate."""
    b, t = out.shape[:2]
    kind = rng.random((b,))
    tumble = np.less(kind, config.tumble)
    rows = np.flatnonzero(kind < config.tumble + config.lean)
    if not len(rows):
        return
    direction = rng.uniform(-np.pi, np.pi, len(rows))
    axis = np.stack([np.cos(direction), np.sin(direction), np.zeros(len(rows))], -1)
    lean = rng.standard_normal(len(rows)) * np.radians(config.lean_deg)
    angle = np.where(tumble[rows], rng.uniform(-np.pi, np.pi, len(rows)), lean)
    spins = tumble[rows] & np.less(rng.random(len(rows)), 0.5)
    rate = np.where(spins, rng.uniform(-1, 1, len(rows)) * np.radians(config.spin_deg_s), 0.0)
    when = (np.arange(t) - t // 2) * dt_s[rows, None]
    turn = rotvec_rotations(axis[:, None] * (angle[:, None] + rate[:, None] * when)[..., None]).astype(out.dtype)
    out[rows] = np.einsum("btij,btvj->btvi", turn, out[rows])
