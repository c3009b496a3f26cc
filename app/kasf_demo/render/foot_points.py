"""Which heels and toes of the image belong to the leg that they are drawn on."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import HEEL_AND_TOE
from kasf_demo.types.people import Person
from kasportsformer.skeleton import BONES, H36M

SIDES = tuple((H36M[f"{side}_ankle"], rows) for side, rows in HEEL_AND_TOE.items())  # ankle, rows of heel and toe
SHARE = 80  # percentile of the bones' pixels per metre: bones that point at the camera are short in the image
MAX_STRETCH = 1.4  # of a foot in the image, as in reconstruct.feet


def foot_points(person: Person) -> FloatArray | None:
    """(T, 4, 2) px: heels and toes as detected, NaN for both of a foot that is not known in 3D, or whose points lie
    farther from the ankle or from each other than the foot is long.

    A foot may be known from the frames around it while the detector puts its points on the other leg. None without
    feet.
    """
    points, feet = person.coco.feet, person.pose.feet
    if points is None or feet is None:
        return None
    joints_px, joints_m = np.asarray(person.h36m.xy, float), np.asarray(person.pose.xyz, float)
    xy, xyz = np.array(points.xy, float), np.asarray(feet.xyz, float)
    scale = _px_per_m(joints_px, joints_m)
    for ankle, rows in SIDES:
        heel, toe = (xy[:, rows.start + k] for k in range(2))
        heel_m, toe_m = (_distance(xyz[:, rows.start + k], joints_m[:, ankle]) for k in range(2))
        length_m = _distance(xyz[:, rows.start], xyz[:, rows.start + 1])
        slack_m = (MAX_STRETCH - 1) * length_m
        near = (
            (_distance(heel, joints_px[:, ankle]) <= scale * (heel_m + slack_m))
            & (_distance(toe, joints_px[:, ankle]) <= scale * (toe_m + slack_m))
            & (_distance(heel, toe) <= scale * (length_m + slack_m))
        )  # a comparison with NaN is False
        xy[~near, rows] = np.nan
    return xy


def _px_per_m(joints_px: FloatArray, joints_m: FloatArray) -> FloatArray:
    """(T,) size of the body in the image; 0 where it has no pose."""
    a, b = np.array(BONES).T
    ratio = _distance(joints_px[:, a], joints_px[:, b]) / np.maximum(_distance(joints_m[:, a], joints_m[:, b]), 1e-9)
    return np.asarray(np.percentile(np.nan_to_num(ratio), SHARE, axis=1))


def _distance(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(a - b, axis=-1))
