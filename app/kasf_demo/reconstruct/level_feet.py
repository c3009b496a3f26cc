"""The term of the body fit that keeps feet that stand at the same time at the same height.

Depth is what one camera does not give, and the floor gives some of it: an ankle that is higher in the image than the
other one, while both stand, is farther away, not lifted. N: frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.reconstruct.normal_equations import NormalEquations
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.camera import Orientation
from kasportsformer.skeleton import H36M

ANKLES = (H36M["r_ankle"], H36M["l_ankle"])
# a foot stands by the weight 1 / (1 + (speed / this)^2)^2, m/s across the image: ankles move over feet that roll
STANDING_SPEED = 0.3
HEIGHT_SIGMA_M = 0.01  # standard deviation of the ankles' difference in height, with a known vertical
# a greater difference counts less (Cauchy): a raised heel, a step, a leg that is held up
ROBUST_M = 0.05
GIVEN_SIGMA_DEG, ASSUMED_SIGMA_DEG = (1.0, 1.0), (8.0, 2.0)  # of tilt and roll that have no stated uncertainty


@dataclass(frozen=True)
class Vertical:
    """up (3,): the vertical in the axes of the camera at the first frame; sigma_deg (2,): of the camera's tilt and
    roll."""

    up: FloatArray
    sigma_deg: tuple[float, float]

    @classmethod
    def of(cls, orientation: Orientation) -> Vertical:
        """As the camera's orientation tells it."""
        sigma = [
            given if angle.source == "given" else assumed if angle.sigma_deg is None else angle.sigma_deg
            for angle, given, assumed in zip(
                (orientation.tilt, orientation.roll), GIVEN_SIGMA_DEG, ASSUMED_SIGMA_DEG, strict=True
            )
        ]
        return cls(-orientation.level[1], (sigma[0], sigma[1]))


def level_weight(xyz: FloatArray, speed: FloatArray, follows: BoolArray, vertical: Vertical) -> FloatArray:
    """(N,) weight of the ankles' difference in height. xyz (N, 17, 3) m as placed; speed (N - 1, 2) m/s of both ankles
    across the image from frame to frame; follows (N - 1,): the next frame is the clip's next."""
    known = np.where(follows[:, None], speed, 0.0)
    speed = np.maximum(np.pad(known, ((1, 0), (0, 0))), np.pad(known, ((0, 1), (0, 0))))
    stands = (1 / (1 + (speed / STANDING_SPEED) ** 2) ** 2).prod(1)
    stands[~(np.append(follows, False) | np.append(False, follows))] = 0  # no speed is known of a frame alone
    apart = xyz[:, ANKLES[0]] - xyz[:, ANKLES[1]]
    tilt, roll = np.radians(vertical.sigma_deg)
    # a camera that is not as level as it is taken for makes level ankles differ by so much
    variance = HEIGHT_SIGMA_M**2 + (apart[:, 2] * tilt) ** 2 + (apart[:, 0] * roll) ** 2
    return np.asarray(stands / variance)


def level_feet(xyz: FloatArray, weight: FloatArray, up: FloatArray, eq: NormalEquations) -> float:
    """Adds the term to the equations and returns its cost. xyz (N, 17, 3) m, weight (N,), up (3,)."""
    right, left = ANKLES
    higher = (xyz[:, right] - xyz[:, left]) @ up
    size = 1 + (higher / ROBUST_M) ** 2
    pull = (weight * higher / size)[:, None] * up
    eq.gradient[:, right] += pull
    eq.gradient[:, left] -= pull
    eq.couple(right, left, (weight / size)[:, None, None] * np.outer(up, up))
    return float((weight * ROBUST_M**2 * np.log(size)).sum())
