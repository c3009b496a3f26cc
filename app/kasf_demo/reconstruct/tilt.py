"""Camera pitch, estimated from the pan axis and from standing athletes.

A panning camera keeps its horizon level, so its rotation axis is vertical. Planted feet are on one floor. Standing
athletes are upright on average. The estimates are weighted by their uncertainty; the prior is a level camera.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.reconstruct.foot_lock import ANKLES, standing
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.camera import CameraMotion, Part, Tilt
from kasportsformer.skeleton import H36M

EXPECTED_SIGMA_DEG = 8.0  # of sports clips: hand-held, tripods, stands
MIN_STANDING_S = 0.5
BODY_SIGMA_DEG = 4.0  # of the line from the ankles to the neck, over a clip: people lean, networks lean them further
# height error of standing ankles: with their spread in depth it gives the uncertainty of a slope
FLOOR_SIGMA_M = 0.08
ROLL_SIGMA_DEG = 0.5  # deviation of a panning camera's horizon from level
LENS_SIGMA = 0.3  # of a focal length that was only assumed: angles turned are as uncertain
MIN_SPREAD = 0.03  # sine of the pan's standard deviation: about 6 degrees from end to end
MAX_DEG = 45.0


def find_tilt(
    motion: CameraMotion, poses: Sequence[tuple[FloatArray, BoolArray]], fps: float, *, lens_known: bool
) -> Tilt:
    """From the camera's motion, and poses (T, 17, 3) with their valid frames (T,), in the axes of the camera at the
    first frame.

    `assumed`, 0 degrees, if neither gives an estimate.
    """
    parts = {}
    if (part := from_pan(motion, lens_known=lens_known)) is not None:
        parts["pan"] = part
    if motion.kind != "moves":
        stands = [standing(xyz, valid, fps) for xyz, valid in poses]
        if sum(s.any(1).sum() for s in stands) >= MIN_STANDING_S * fps:
            both = [(xyz, s) for (xyz, _), s in zip(poses, stands, strict=True) if s.any()]
            parts["body"] = from_bodies(both)
            if (part := from_floor(both)) is not None:
                parts["floor"] = part
    if not parts:
        return Tilt(0.0, "assumed")
    weights = {name: 1 / sigma**2 for name, (_, sigma) in parts.items()}
    total = sum(weights.values()) + 1 / EXPECTED_SIGMA_DEG**2
    deg = sum(weights[name] * value for name, (value, _) in parts.items()) / total
    return Tilt(float(np.clip(deg, -MAX_DEG, MAX_DEG)), "estimated", float(total**-0.5), parts)


def from_pan(motion: CameraMotion, *, lens_known: bool) -> Part | None:
    """The direction that stays perpendicular to the image's horizontal while the camera turns. None if the pan is too
    small."""
    if motion.kind != "turns":
        return None
    # x axes of all frames, in the first frame's axes
    _, singular, directions = np.linalg.svd(motion.rotation[:, 0], full_matrices=False)
    spread = float(singular[1] / np.sqrt(len(motion.rotation)))
    if spread < MIN_SPREAD:
        return None
    up = directions[2] * -np.sign(directions[2, 1])
    deg = float(np.degrees(np.arctan2(-up[2], -up[1])))
    return deg, float(np.hypot(ROLL_SIGMA_DEG / spread * np.sqrt(1 / 3), 0.0 if lens_known else LENS_SIGMA * deg))


def from_bodies(standers: Sequence[tuple[FloatArray, BoolArray]]) -> Part:
    """The median direction from ankles to neck, of poses (T, 17, 3) while feet (T, 2) stand."""
    lines = []
    for xyz, stands in standers:
        frames = xyz[stands.any(1)]
        line = frames[:, [H36M["thorax"], H36M["neck"]]].mean(1) - frames[:, ANKLES].mean(1)
        lines.append(line / np.linalg.norm(line, axis=-1, keepdims=True))
    up = np.median(np.concatenate(lines), axis=0)
    return float(np.degrees(np.arctan2(-up[2], -up[1]))), BODY_SIGMA_DEG


def from_floor(standers: Sequence[tuple[FloatArray, BoolArray]]) -> Part | None:
    """The slope, in depth, of the plane through planted ankles (Huber's weights). None if all stand in one place."""
    feet = np.concatenate([xyz[:, ANKLES][stands] for xyz, stands in standers])
    down, away = (feet[:, axis] - np.median(feet[:, axis]) for axis in (1, 2))
    spread = float(away.std())
    if spread < FLOOR_SIGMA_M:
        return None
    weight = np.ones(len(feet))
    slope = level = 0.0
    for _ in range(10):
        slope, level = np.polyfit(away, down, 1, w=np.sqrt(weight)).tolist()
        weight = FLOOR_SIGMA_M / np.maximum(np.abs(down - slope * away - level), FLOOR_SIGMA_M)
    return float(np.degrees(np.arctan(-slope))), float(np.degrees(np.arctan(FLOOR_SIGMA_M / spread)))
