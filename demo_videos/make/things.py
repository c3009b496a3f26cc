"""Things: balls, one that lies still until it is kicked, one that is held until it is thrown (gravity, no air), and a hoop."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clip import THINGS_GROUP, Things
from looks import BASKETBALL, FOOTBALL, PLAIN, SHOE, SHORTS
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
    foot = pose.place[f"{side}_ankle"] + np.einsum(
        "tij,j->ti", pose.axes[f"{side}_ankle"], np.array([0.0, -0.13, -0.02]) * pose.scale
    )
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


def _bounce(height: float, speed: float, seconds: float, radius: float) -> float:
    """Height of a ball let go at `height` with vertical `speed`, which keeps three quarters of its speed at every bounce."""
    while True:
        hit = (speed + np.sqrt(speed**2 + 2 * 9.81 * (height - radius))) / 9.81
        if seconds < hit or hit < 0.05:
            return max(height + speed * seconds - 9.81 * seconds**2 / 2, radius)
        seconds, speed, height = seconds - hit, 0.75 * (9.81 * hit - speed), radius


def thrown_ball(pose: Pose, times_s: FloatArray, release: int, target: FloatArray, flight_s: float) -> Things:
    """A basketball between the hands until frame `release`, then on the parabola that meets `target` (3,) after flight_s."""
    palms = [
        pose.place[f"{s}_wrist"] + (pose.place[f"{s}_wrist"] - pose.place[f"{s}_elbow"]) * (0.09 / 0.242)
        for s in ("l", "r")
    ]
    held = (palms[0] + palms[1]) / 2
    start = held[release]
    velocity = (target - start - GRAVITY * flight_s**2 / 2) / flight_s
    axis = np.cross(velocity, [0, 0, 1.0])

    def add(solids: Solids, t: int) -> None:
        after = max(times_s[t] - times_s[release], 0.0)
        place = held[t] if t <= release else start + velocity * after + GRAVITY * after**2 / 2
        if after > flight_s:  # the net takes its speed, then it falls and bounces
            place = target + velocity * [0.1, 0.1, 0.0] * (after - flight_s)
            place[2] = _bounce(target[2], -2.0, after - flight_s, BASKETBALL_M)
        axes = spin(axis, 9.0 * after).T @ spin(np.array([0.3, 1.0, 0.2]), 0.9)
        solids.capsule(THINGS_GROUP, BASKETBALL, place, axes, (0.0, BASKETBALL_M, BASKETBALL_M), blend=0.001)

    return add


class Hoop:
    """A basketball hoop: the ring around `middle_xy`, its pole behind the board at y = board_y. The board is an image of the hall."""

    def __init__(self, middle_xy: tuple[float, float], board_y: float) -> None:
        self.x, self.y, self.board_y = *middle_xy, board_y

    def middle(self) -> FloatArray:
        """(3,) the middle of the ring, metres."""
        return np.array([self.x, self.y, 3.05])

    def add(self, solids: Solids) -> None:
        """Ring, net, arm and pole."""
        group = THINGS_GROUP + 1
        solids.torus(group, SHORTS, self.middle(), np.eye(3), 0.225, 0.012)
        for n in range(12):
            top, low = (self._on_ring(n + d, r, z) for d, r, z in ((0.0, 0.22, 3.05), (0.5, 0.13, 2.65)))
            other = self._on_ring(n + 1.0, 0.22, 3.05)
            for a in (top, other):
                solids.bone(group + 1, PLAIN, a, low, (0.004, 0.004), np.array([0.0, 0.0, 1.0]), blend=0.001)
        steel, up = group + 2, np.array([0.0, 1.0, 0.0])
        plate = np.array([self.x, self.board_y - 0.03, 3.05])
        solids.bone(steel, SHOE, plate, np.array([self.x, self.board_y - 1.2, 2.9]), (0.06, 0.07), up, blend=0.001)
        foot = np.array([self.x, self.board_y - 1.3, 0.0])
        solids.bone(steel, SHOE, foot, foot + [0, 0, 3.0], (0.12, 0.09), up, blend=0.001)

    def _on_ring(self, n: float, radius: float, z: float) -> FloatArray:
        angle = 2 * np.pi * n / 12
        return np.array([self.x + radius * np.cos(angle), self.y + radius * np.sin(angle), z])
