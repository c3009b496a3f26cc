"""Balls: one that lies still until it is kicked, one that is held until it is thrown. Gravity, no air."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clip import THINGS_GROUP, Things
from looks import BASKETBALL, FOOTBALL
from prims import Solids
from rig import Pose

FloatArray = NDArray[np.floating[Any]]
GRAVITY = np.array([0.0, 0.0, -9.81])
FOOTBALL_M, BASKETBALL_M = 0.11, 0.12


def spin(axis: FloatArray, angle: float) -> FloatArray:
    """Rotation (3, 3) about an axis, radians."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def kicked_ball(pose: Pose, times_s: FloatArray, side: str, contact: int, speed: float, lift_deg: float) -> Things:
    """A football that the foot meets at frame `contact` and that leaves in the foot's direction, metres per second."""
    foot = pose.place[f"{side}_ankle"] + np.einsum("tij,j->ti", pose.axes[f"{side}_ankle"], np.array([0.0, -0.13, -0.02]) * pose.scale)
    way = (foot[contact + 1] - foot[contact - 1]) * [1, 1, 0]
    way = way / np.linalg.norm(way)
    rest = foot[contact] + way * (FOOTBALL_M + 0.035)
    rest[2] = FOOTBALL_M
    velocity = speed * (way * np.cos(np.radians(lift_deg)) + [0, 0, np.sin(np.radians(lift_deg))])
    turn_axis = np.cross([0, 0, 1.0], way)

    def add(solids: Solids, t: int) -> None:
        after = max(times_s[t] - times_s[contact], 0.0)
        place = rest + velocity * after + GRAVITY * after**2 / 2
        place[2] = max(place[2], FOOTBALL_M)
        axes = spin(turn_axis, 18.0 * after).T @ spin(np.array([1.0, 0.4, 0.2]), 0.6)
        solids.capsule(THINGS_GROUP, FOOTBALL, place, axes, (0.0, FOOTBALL_M, FOOTBALL_M), blend=0.001)

    return add


def thrown_ball(pose: Pose, times_s: FloatArray, release: int, target: FloatArray, flight_s: float) -> Things:
    """A basketball between the hands until frame `release`, then on the parabola that meets `target` (3,) after flight_s."""
    palms = [
        pose.place[f"{s}_wrist"] + (pose.place[f"{s}_wrist"] - pose.place[f"{s}_elbow"]) * (0.09 / 0.242) for s in ("l", "r")
    ]
    held = (palms[0] + palms[1]) / 2
    start = held[release]
    velocity = (target - start - GRAVITY * flight_s**2 / 2) / flight_s
    axis = np.cross(velocity, [0, 0, 1.0])

    def add(solids: Solids, t: int) -> None:
        after = max(times_s[t] - times_s[release], 0.0)
        place = held[t] if t <= release else start + velocity * after + GRAVITY * after**2 / 2
        axes = spin(axis, 9.0 * after).T @ spin(np.array([0.3, 1.0, 0.2]), 0.9)
        solids.capsule(THINGS_GROUP, BASKETBALL, np.maximum(place, [-99, -99, BASKETBALL_M]), axes, (0.0, BASKETBALL_M, BASKETBALL_M), blend=0.001)

    return add
