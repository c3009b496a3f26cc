"""How each clip is filmed. Each function gets the athletes' poses, the times and the image's size, and gives a Camera."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from camera import Camera, follow, hand_held, look
from rig import Pose

FloatArray = NDArray[np.floating[Any]]
Size = tuple[int, int]
GROUND = np.array([1.0, 1.0, 0.0])


def rate(times_s: FloatArray) -> float:
    """Frames a second of a list of times."""
    return 1 / float(np.median(np.diff(times_s)))


def constant(value: float, times_s: FloatArray) -> FloatArray:
    """(T,) the same number."""
    return np.full(len(times_s), value)


def _static(
    eye: tuple[float, ...], target: tuple[float, ...], fov_deg: float, times_s: FloatArray, size: Size
) -> Camera:
    t = (len(times_s), 1)
    return look(np.tile(eye, t), np.tile(target, t), constant(fov_deg, times_s), *size, constant(0.0, times_s))


def soccer(poses: list[Pose], times_s: FloatArray, size: Size) -> Camera:
    """A person at the side with a phone, following with a small delay."""
    path = follow(poses[0].place["hip"], rate(times_s), 0.22)
    target = path * [0.95, 0.95, 0] + [-0.25, -0.35, 0.86] + hand_held(len(times_s), rate(times_s), 0.012, 1)
    eye = np.array([-6.4, -9.8, 1.45]) + hand_held(len(times_s), rate(times_s), 0.008, 2)
    return look(eye, target, constant(31.0, times_s), *size, constant(0.0, times_s))


def basketball(poses: list[Pose], times_s: FloatArray, size: Size) -> Camera:
    """On a tripod at the side line: the athlete and the ring."""
    return _static((-5.9, 1.3, 1.5), (0.15, -2.05, 1.72), 53.0, times_s, size)


def run_past(poses: list[Pose], times_s: FloatArray, size: Size) -> Camera:
    """Low beside the lane, turning with the runner."""
    path = follow(poses[0].place["hip"], rate(times_s), 0.10)
    target = path * GROUND + [0.0, 0.0, 0.95]
    eye = np.tile([-4.2, -0.6, 0.55], (len(times_s), 1))
    return look(eye, target, constant(46.0, times_s), *size, constant(0.0, times_s))


def jump(poses: list[Pose], times_s: FloatArray, size: Size) -> Camera:
    """A phone held upright on a tripod."""
    return _static((0.9, -5.4, 1.05), (0.05, 0.1, 1.14), 34.0, times_s, size)


def dojo(poses: list[Pose], times_s: FloatArray, size: Size) -> Camera:
    """At the edge of the mats."""
    middle = poses[0].place["hip"].mean(0)
    return _static((middle[0] - 4.6, middle[1] - 2.4, 1.25), (middle[0], middle[1], 0.90), 37.0, times_s, size)


def flip(poses: list[Pose], times_s: FloatArray, size: Size) -> Camera:
    """From a gallery, following."""
    path = follow(poses[0].place["hip"], rate(times_s), 0.25)
    target = path * [1, 1, 0.5] + [0, 0, 0.50]
    eye = np.tile(path.mean(0) * GROUND + [-3.6, -5.6, 2.7], (len(times_s), 1))
    return look(eye, target, constant(30.0, times_s), *size, constant(0.0, times_s))


def dance(poses: list[Pose], times_s: FloatArray, size: Size) -> Camera:
    """Slowly zooming in."""
    middle = np.median(poses[0].place["hip"], axis=0)
    t = (len(times_s), 1)
    eye, target = np.tile([middle[0] + 1.6, middle[1] - 5.6, 1.5], t), np.tile([middle[0], middle[1], 0.95], t)
    fov = 41.0 - 5.0 * times_s / times_s[-1]
    return look(eye, target, fov, *size, constant(0.0, times_s))


def crossing(poses: list[Pose], times_s: FloatArray, size: Size) -> Camera:
    """From the opposite stand, high and far."""
    return _static((-16.5, -1.0, 5.2), (0.8, 0.0, 0.75), 36.0, times_s, size)
