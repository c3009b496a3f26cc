"""The head: skull, jaw, nose, ears and hair, and where the face's keypoints lie on it.

Head frame: origin at the head joint (the top of the neck), x to the athlete's left, y back, z up; metres at scale 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from looks import FACE, HAIR, Look
from prims import Solids, along

FloatArray = NDArray[np.floating[Any]]

# Where a COCO annotator would click: the nose's tip, the middle of the eyes, the ear's opening
FACE_POINTS = {
    "nose": (0.0, -0.112, 0.046),
    "left_eye": (0.032, -0.082, 0.080),
    "right_eye": (-0.032, -0.082, 0.080),
    "left_ear": (0.073, 0.005, 0.062),
    "right_ear": (-0.073, 0.005, 0.062),
}


def add_head(solids: Solids, place: FloatArray, axes: FloatArray, look: Look, group: int) -> None:
    """Skull and face in `group` (the neck is there already), hair in group + 1. axes (3, 3): columns are the head's axes."""
    rows = axes.T

    def at(x: float, y: float, z: float) -> FloatArray:
        return place + axes @ np.array([x, y, z]) * solids.scale

    def ball(point: tuple[float, float, float], radii: tuple[float, float, float], blend: float) -> None:
        rx, ry, rz = radii
        solids.capsule(group, FACE, at(*point), rows, (0.0, rz, rz), oval=(rx / rz, ry / rz), blend=blend)

    ball((0.0, 0.004, 0.098), (0.072, 0.093, 0.092), 0.03)  # skull
    ball((0.0, -0.048, 0.042), (0.054, 0.046, 0.062), 0.04)  # face
    ball((0.0, -0.070, -0.004), (0.028, 0.022, 0.020), 0.03)  # chin
    for side in (1.0, -1.0):
        solids.bone(
            group,
            FACE,
            at(side * 0.055, 0.0, 0.022),
            at(side * 0.018, -0.068, -0.006),
            (0.020, 0.017),
            axes[:, 2],
            blend=0.03,
        )
        ball((side * 0.036, -0.070, 0.055), (0.020, 0.016, 0.016), 0.02)  # cheek
        solids.capsule(
            group, FACE, at(side * 0.074, 0.006, 0.064), along(axes @ np.array([side * 0.9, -0.45, 0.0]), axes[:, 2]),
            (0.0, 0.010, 0.010), oval=(1.7, 2.7), blend=0.006,
        )  # fmt: skip
    solids.bone(
        group, FACE, at(0.0, -0.088, 0.082), at(0.0, -0.104, 0.048), (0.0085, 0.0125), axes[:, 0], blend=0.016
    )  # nose
    ball((0.0, -0.080, 0.094), (0.044, 0.014, 0.011), 0.02)  # brow
    ball((0.0, -0.090, 0.014), (0.021, 0.009, 0.009), 0.012)  # lips
    _add_hair(solids, at, rows, axes, look, group + 1)


def _add_hair(solids: Solids, at: Any, rows: FloatArray, axes: FloatArray, look: Look, group: int) -> None:
    """Hair as a larger skull, cut along the hairline; a bun, a tail or curls on top."""
    full = {"curly": 1.16, "short": 1.0, "bun": 1.0, "tail": 1.0}[look.hair]
    front = (0.0, -0.75, -0.66, 0.024)  # takes the face away: what lies before and below the hairline
    nape = (0.0, 0.35, -0.94, 0.066)
    radius = 0.101 * full
    solids.capsule(
        group,
        HAIR,
        at(0.0, 0.008, 0.104),
        rows,
        (0.0, radius, radius),
        oval=(0.80 + 0.02 * full, 1.01),
        blend=0.02,
        cuts=(front, nape),
    )
    if look.woman:  # combed to the sides, framing the face
        for side in (1.0, -1.0):
            strand = at(side * 0.020, -0.068, 0.172), at(side * 0.070, -0.012, 0.096), at(side * 0.066, 0.050, 0.062)
            solids.bone(group, HAIR, strand[0], strand[1], (0.020, 0.019), axes[:, 0], blend=0.025)
            solids.bone(group, HAIR, strand[1], strand[2], (0.019, 0.020), axes[:, 0], blend=0.025)
    if look.hair == "short":
        solids.capsule(group, HAIR, at(0.0, -0.034, 0.168), rows, (0.0, 0.028, 0.028), oval=(1.8, 1.6), blend=0.03)
    if look.hair == "bun":
        solids.capsule(group, HAIR, at(0.0, 0.098, 0.150), rows, (0.0, 0.040, 0.040), blend=0.02)
    if look.hair == "tail":
        solids.bone(group, HAIR, at(0.0, 0.092, 0.140), at(0.0, 0.135, 0.095), (0.022, 0.034), axes[:, 0], blend=0.02)
        solids.bone(group, HAIR, at(0.0, 0.135, 0.095), at(0.0, 0.128, -0.050), (0.034, 0.012), axes[:, 0], blend=0.03)
