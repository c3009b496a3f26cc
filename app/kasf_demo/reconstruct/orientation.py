"""The camera's orientation in a shot: what lines, the pan and people say, combined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kasf_demo.camera.orientation import Evidence, combine
from kasf_demo.reconstruct import vertical
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import CameraMotion, Orientation

ROLL_SIGMA_DEG = 0.5  # standard deviation of the roll of a panning camera
LENS_SIGMA = 0.3  # relative standard deviation of an assumed focal length, and so of the angles of rotation
MIN_SPREAD = 0.03  # sine of the pan's standard deviation: about 6 degrees from end to end
UNKNOWN_DEG = 30.0
NOT_GIVEN: Mapping[str, float | None] = {"tilt": None, "roll": None}


def find_orientation(
    seen: Sequence[Evidence],
    motion: CameraMotion,
    poses: vertical.Poses,
    times_s: FloatArray,
    fps: float,
    given: Mapping[str, float | None] = NOT_GIVEN,
    before: Orientation | None = None,
) -> Orientation:
    """The camera's orientation, from the image (`seen`: lines, pan) and from poses (T, 17, 3) with their valid frames
    (T,), in the axes of the camera at the first frame. Values of `given` are used unchanged. before: orientation known
    so far, which decides who stands. Poses of a translating camera are not used: it has no fixed axes."""
    found = list(seen)
    if motion.kind != "moves":
        level = (before or combine(seen, given)).level
        people = vertical.from_bodies(poses, fps, level), vertical.from_floor(poses, fps, level)
        found += [e for e in people if e is not None]
        flight = vertical.from_flight(poses, times_s, combine(found, given))
        found += [flight] if flight is not None else []
    return combine(found, given)


def from_pan(motion: CameraMotion, *, lens_known: bool) -> Evidence | None:
    """A camera that pans keeps its roll: the vertical has one angle with the image's horizontal in all frames. None if
    the pan is too small. The roll itself remains uncertain."""
    if motion.kind != "turns":
        return None
    across = motion.rotation[:, 0] - motion.rotation[:, 0].mean(0)  # x axes of all frames, in the first frame's axes
    share = np.einsum("ti,tj->ij", across, across) / len(across)
    # the vertical is (a, -1, b) with the least variance of its product with the x axes, near a = 0
    sigma = np.radians(ROLL_SIGMA_DEG) * np.sqrt(1 / 3)
    precise = share[np.ix_([0, 2], [0, 2])] / sigma**2 + np.diag([np.radians(UNKNOWN_DEG) ** -2.0, 1e-9])
    if np.sqrt(share[2, 2]) < MIN_SPREAD:
        return None
    a, b = np.linalg.solve(precise, share[[0, 2], 1] / sigma**2)
    left = across @ [
        a,
        -1,
        b,
    ]  # what is left of changes in roll: the camera is not turned so simply, or its lens is wrong
    covariance = np.degrees(1) ** 2 * np.linalg.inv(precise) * max(1.0, float((left**2).mean()) / (3 * sigma**2))
    deg = np.degrees([np.arctan(-b / np.hypot(1, a)), np.arctan(a)])
    covariance = np.array([[1.0, -1.0], [-1.0, 1.0]]) * covariance[::-1, ::-1]
    covariance[0, 0] += 0.0 if lens_known else (LENS_SIGMA * deg[0]) ** 2
    return Evidence("pan", deg, covariance)
