"""The stated uncertainty of heels, toes and angles of feet."""

from __future__ import annotations

import numpy as np
from feet import with_feet
from kicks import kicking

from kasf_demo.reconstruct.foot_clues import (
    FOOT_ANGLE_KINDS,
    FOOT_KINDS,
    foot_angle_clues,
    foot_angle_kind,
    foot_clues,
    foot_kind,
)
from kasf_demo.reconstruct.uncertainty import calibration
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FEET, FEET_MIRROR
from kasf_demo.types.motion import FOOT_ANGLES
from kasportsformer.skeleton import H36M_MIRROR

FLIP = np.array([-1.0, 1.0, 1.0])


def sigmas(sigma_m: FloatArray, *, mirrored: bool = False, score: float = 0.8) -> tuple[FloatArray, FloatArray]:
    """(T, 4) m and (T, 6) degrees for a kick, 5 m before the camera."""
    pose = with_feet(kicking())
    assert pose.feet is not None
    camera = np.array([-0.4, -5.0, -0.2])
    feet, pelvis = pose.feet.xyz - camera, pose.xyz[:, 0] - camera
    if mirrored:
        feet, pelvis, sigma_m = (feet * FLIP)[:, FEET_MIRROR], pelvis * FLIP, sigma_m[:, list(H36M_MIRROR)]
    scores = np.full((len(pose), 4), score)
    points = calibration().feet(np.nan_to_num(foot_clues(feet, pelvis, sigma_m, scores)), foot_kind)
    clues = foot_angle_clues(sigma_m, points, np.full(len(pose), 0.5), scores)
    return points, calibration().foot_angles(np.nan_to_num(clues), foot_angle_kind)


def test_a_mirrored_person_has_mirrored_uncertainty() -> None:
    sigma_m = np.random.default_rng(0).uniform(0.03, 0.2, (60, 17))
    points, angles = sigmas(sigma_m)
    other, other_angles = sigmas(sigma_m, mirrored=True)
    np.testing.assert_allclose(points[:, FEET_MIRROR], other, rtol=1e-9)
    np.testing.assert_allclose(angles[:, [1, 0, 3, 2, 5, 4]], other_angles, rtol=1e-9)


def test_an_ankle_that_is_less_sure_makes_its_foot_less_sure() -> None:
    points, angles = sigmas(np.full((60, 17), 0.05))
    worse, worse_angles = sigmas(np.full((60, 17), 0.15))
    assert (worse > points).all() and (worse_angles >= angles).all()
    assert 0.03 < np.median(points) < 0.15 and 4 < np.median(angles) < 25
    unsure, _ = sigmas(np.full((60, 17), 0.05), score=0.3)
    assert (unsure >= points).all()


def test_kinds_are_those_of_the_columns() -> None:
    assert [FOOT_KINDS[k] for k in foot_kind] == [name[2:] for name in FEET]
    assert [FOOT_ANGLE_KINDS[k] for k in foot_angle_kind] == [name[2:] for name in FOOT_ANGLES]
