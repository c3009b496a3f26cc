"""How much the body fit may change a joint's velocity, and move a foot, from frame to frame. N: frames."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from kasf_demo.types.arrays import BoolArray, FloatArray

# standard deviation of a joint's acceleration: at rest, m/s2; gain per m/s of the pelvis' speed and of the joint's
# speed relative to the pelvis, 1/s; and of a limb that swings, v^2 / r
STILL_ACCELERATION, PER_PELVIS_SPEED, PER_SPEED, SWING_RADIUS_M = 3.0, 2.0, 4.0, 0.3
SPEED_SIGMA_S, SPEED_REACH_S = 0.03, 0.1  # a fast moment loosens the smoothness this long before and after
# standard deviation of a foot's velocity: at rest in the image, m/s, and its share of the speed across the image
STILL_SPEED, SPEED_SHARE, STILL_SIGMA_S = 0.05, 2.0, 0.05


def acceleration_weight(xyz: FloatArray, follows: BoolArray, fps: float) -> FloatArray:
    """(N - 2, J) weight of the second differences of joints (N, J, 3) m, pelvis first; follows (N - 1,): the next frame
    is the clip's next. 0 across missing frames."""
    slow = gaussian_filter1d(xyz, max(SPEED_SIGMA_S * fps, 0.5), axis=0, mode="nearest")
    velocity = np.gradient(slow, 1 / fps, axis=0)
    reach = 2 * max(1, round(SPEED_REACH_S * fps)) + 1
    pelvis, limb = (
        maximum_filter1d(np.linalg.norm(v, axis=-1), reach, axis=0, mode="nearest")[1:-1]
        for v in (velocity[:, :1], velocity - velocity[:, :1])
    )
    sigma = STILL_ACCELERATION + PER_PELVIS_SPEED * pelvis + PER_SPEED * limb + limb**2 / SWING_RADIUS_M
    return np.asarray((follows[1:] & follows[:-1])[:, None] * fps**4 / sigma**2)


def speed_across(points: FloatArray, fps: float) -> FloatArray:
    """(N - 1, K) m/s from frame to frame of points (N, K, 2), m across the image, without their jitter."""
    slow = gaussian_filter1d(points, max(STILL_SIGMA_S * fps, 0.5), axis=0, mode="nearest")
    return np.asarray(np.linalg.norm(np.diff(slow, axis=0), axis=-1) * fps)


def step_weight(points: FloatArray, follows: BoolArray, fps: float) -> FloatArray:
    """(N - 1, K) weight of the steps from frame to frame of feet seen at points (N, K, 2), m across the image: a foot
    that does not move in the image does not move along the line of sight either. follows: as above."""
    return np.asarray(follows[:, None] * fps**2 / (STILL_SPEED + SPEED_SHARE * speed_across(points, fps)) ** 2)
