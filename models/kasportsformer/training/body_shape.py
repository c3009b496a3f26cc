"""Body shapes: lengths of the segments and where a detector puts hips, shoulders and face on them. Metres.

Limb lengths are fractions of stature (Drillis and Contini 1966, in Winter, Biomechanics and Motor Control of Human
Movement, 4th ed., fig. 4.1): thigh .245, shank .246, upper arm .186, forearm .146; shoulder line .818, hip joints .530
above the ground.

A detector's hips are not hip joints: COCO's annotators click at the outside of the pelvis, wider and a little higher
than the femoral heads (Needham et al., Sci. Rep. 2021, find 2 to 5 cm against markers); shoulders sit a little above
the joint. Where exactly differs between detectors and people, so it varies from body to body. Face points: adult head
dimensions (tragion to pupil about 9 cm forward and 2.5 cm up, pupils 6.3 cm apart, nose tip 2.5 cm before and 4 cm
below them, tragions 15 cm apart).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..anthropometry import FOREARM, SHANK, THIGH, UPPER_ARM
from .forward_kinematics import FloatArray

STATURE_M = 1.75
LEGS_M = (THIGH + SHANK) * STATURE_M
# the pivot of the skull to nose, eyes and ears: left, back, up, metres at STATURE_M
FACE = np.array(
    [[0.0, -0.115, 0.02], [0.0315, -0.09, 0.06], [-0.0315, -0.09, 0.06], [0.075, 0.0, 0.035], [-0.075, 0.0, 0.035]],
    dtype=np.float32,
)


@dataclass(frozen=True)
class Shape:
    """Lengths in metres, (B,) each; face (B, 5, 3): nose, eyes, ears from the skull's pivot in the head's axes (left,
    back, up)."""

    thigh: FloatArray
    shank: FloatArray
    upper_arm: FloatArray
    forearm: FloatArray
    hip_half_width: FloatArray
    shoulder_half_width: FloatArray
    trunk: FloatArray
    neck: FloatArray
    seen_hip_half_width: FloatArray
    seen_hip_raise: FloatArray
    seen_shoulder_raise: FloatArray
    face: FloatArray

    def __len__(self) -> int:
        return len(self.thigh)


@dataclass(frozen=True)
class ShapeConfig:
    """Spread of the shapes (standard deviations, relative, unless said otherwise)."""

    # each limb segment on its own: wider than people (about 0.03), for skeletons and detectors differ too
    limb: float = 0.05
    legs: float = 0.05  # both segments of the legs together, against the trunk
    arms: float = 0.05
    width: float = 0.09  # shoulders and hips
    trunk: float = 0.05
    head: float = 0.07
    stature: float = 0.08  # of no use to the network, but it sets the perspective at a given distance
    seen_hip_width: tuple[float, float] = (1.05, 1.5)  # seen over joint half width, uniform
    seen_hip_raise_m: tuple[float, float] = (-0.01, 0.04)
    seen_shoulder_raise_m: tuple[float, float] = (-0.01, 0.025)


def mean_shape(count: int) -> Shape:
    """`count` times the average body."""
    fractions = {
        "thigh": THIGH,
        "shank": SHANK,
        "upper_arm": UPPER_ARM,
        "forearm": FOREARM,
        "hip_half_width": 0.050,
        "shoulder_half_width": 0.098,
        "trunk": 0.288,
        "neck": 0.080,
        "seen_hip_half_width": 0.062,
        "seen_hip_raise": 0.008,
        "seen_shoulder_raise": 0.004,
    }
    lengths = {name: np.full(count, f * STATURE_M, np.float32) for name, f in fractions.items()}
    return Shape(**lengths, face=np.tile(FACE, (count, 1, 1)))


def random_shapes(rng: np.random.Generator, count: int, config: ShapeConfig) -> Shape:
    """`count` different bodies, symmetric left to right."""

    def spread(sigma: float) -> FloatArray:
        return np.exp(np.clip(rng.standard_normal(count), -2.5, 2.5) * sigma)

    mean = mean_shape(count)
    stature = spread(config.stature)
    legs, arms, width = spread(config.legs), spread(config.arms), spread(config.width)
    factors = {
        "thigh": legs * spread(config.limb), "shank": legs * spread(config.limb),
        "upper_arm": arms * spread(config.limb), "forearm": arms * spread(config.limb),
        "hip_half_width": width * spread(config.width), "shoulder_half_width": width * spread(config.width / 2),
        "trunk": spread(config.trunk), "neck": spread(2 * config.head),
    }  # fmt: skip
    lengths = {name: getattr(mean, name) * stature * factor for name, factor in factors.items()}
    seen = {
        "seen_hip_half_width": lengths["hip_half_width"] * rng.uniform(*config.seen_hip_width, count),
        "seen_hip_raise": stature * rng.uniform(*config.seen_hip_raise_m, count),
        "seen_shoulder_raise": stature * rng.uniform(*config.seen_shoulder_raise_m, count),
    }
    face = (
        FACE * (stature * spread(config.head))[:, None, None] * np.exp(rng.standard_normal((count, 1, 3)) * config.head)
    )
    arrays = {name: value.astype(np.float32) for name, value in {**lengths, **seen, "face": face}.items()}
    return Shape(**{f.name: arrays[f.name] for f in fields(Shape)})
