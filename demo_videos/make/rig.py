"""A captured motion as the poses of an athlete: repeat a stride, resample, place, set on the floor.

World: right-handed, z up, metres. At rest (all rotations the identity) the athlete stands in a T pose, faces -y, left hand at +x.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from kasportsformer.training.forward_kinematics import Motion

FloatArray = NDArray[np.floating[Any]]

STATURE = 1.70  # metres: the standing height of the body at scale 1
SOLE = 0.078  # metres below the ankle joint, at scale 1


@dataclass(frozen=True)
class Pose:
    """T frames of an athlete: joint places (T, 3) and axes (T, 3, 3, columns are the joint's axes in the world) by our names."""

    place: dict[str, FloatArray]
    axes: dict[str, FloatArray]
    scale: float

    def __len__(self) -> int:
        return len(self.place["hip"])


def repeat(motion: Motion, start: int, stop: int, times: int, blend: int = 24) -> Motion:
    """Frames start:stop (one stride, or one full cycle) again and again, each where the last one ended, blended at the seams."""
    step = motion.root[stop] - motion.root[start]
    step[2] = 0.0
    frames = np.arange(start, stop)
    weight = np.clip((frames - (stop - blend)) / blend, 0, 1)[:, None]
    weight = weight * weight * (3 - 2 * weight)
    earlier = np.maximum(frames - (stop - start), 0)
    root = motion.root[frames] * (1 - weight) + (motion.root[earlier] + step) * weight
    rotations = _upright(
        motion.rotations[frames] * (1 - weight[..., None, None]) + motion.rotations[earlier] * weight[..., None, None]
    )
    roots = np.concatenate([root + step * n for n in range(times)])
    return replace(motion, root=roots, rotations=np.tile(rotations, (times, 1, 1, 1)))


def _upright(matrices: FloatArray) -> FloatArray:
    """The rotations nearest to blended matrices (..., 3, 3)."""
    u, _, vt = np.linalg.svd(matrices)
    return u @ vt


def pose_at(
    motion: Motion, times_s: FloatArray, *, start: int, stature_m: float, yaw_deg: float, anchor: tuple[float, float]
) -> Pose:
    """The athlete at times (T,) s after frame `start`, turned by yaw about z, the first hip place above `anchor` (x, y) metres."""
    at = np.clip(start + np.asarray(times_s) * motion.fps, 0, len(motion) - 1.001)
    low, part = np.floor(at).astype(int), at % 1
    root = motion.root[low] * (1 - part[:, None]) + motion.root[low + 1] * part[:, None]
    part4 = part[:, None, None, None]
    rotations = _upright(motion.rotations[low] * (1 - part4) + motion.rotations[low + 1] * part4)
    scale, yaw = stature_m / STATURE, np.radians(yaw_deg)
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1.0]])
    rotations[:, 0] = turn @ rotations[:, 0]
    first = motion.root[start]
    root = (root - [first[0], first[1], 0.0]) @ turn.T * scale + [*anchor, 0.0]
    moved = replace(motion, root=root, rotations=rotations, offsets=motion.offsets * scale)
    world, places = moved.rotations_world(), moved.positions()
    names = motion.joints
    place = {n: places[:, i] for i, n in enumerate(names)}
    return Pose(place, {n: world[:, i] for i, n in enumerate(names)}, scale)


def on_floor(pose: Pose, fps: float, hands: bool = False) -> Pose:
    """The same motion with the floor at z = 0: the lowest sole (or palm) is put down whenever it is nearly down, smoothly between."""
    lowest = np.min(_contacts(pose, hands), axis=0)
    base = np.percentile(lowest, 5)
    height = lowest - base
    down = height < 0.05
    if down.any():
        frames = np.arange(len(lowest))
        lift = gaussian_filter1d(np.interp(frames, frames[down], -lowest[down]), 0.04 * fps, mode="nearest")
        lift = np.maximum(lift, gaussian_filter1d(np.maximum(lift, -lowest), 0.015 * fps, mode="nearest"))
    else:
        lift = np.full(len(lowest), -base)
    up = np.stack([np.zeros_like(lift), np.zeros_like(lift), lift], axis=-1)
    return replace(pose, place={n: p + up for n, p in pose.place.items()})


def _contacts(pose: Pose, hands: bool) -> list[FloatArray]:
    """Heights (T,) of heels, balls of the feet and, if asked, palms."""
    points = []
    for side in ("l", "r"):
        for y in (0.04, -0.12):
            local = np.array([0.0, y, -SOLE]) * pose.scale
            points.append((pose.place[f"{side}_ankle"] + pose.axes[f"{side}_ankle"] @ local)[:, 2])
        if hands:
            points.append(pose.place[f"{side}_wrist"][:, 2] - 0.05 * pose.scale)
    return points
