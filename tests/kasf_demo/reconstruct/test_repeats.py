"""Nothing that is known of a person is lost where rows are added for repeated frames, or for other shots."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from feet import some_feet

from kasf_demo.reconstruct.clip import spread_angles, spread_motion, spread_person
from kasf_demo.reconstruct.repeats import _Fill
from kasf_demo.types.feet import FootPose
from kasf_demo.types.motion import ANGLES, POINTS, Angles, Events, FootAngles, Motion
from kasf_demo.types.people import Keypoints2D, Person, Pose3D
from kasf_demo.types.shot import Shot

DISTINCT = np.array([True, True, False, True, False, False, True, True])
TIMES_S = np.arange(8) / 30
ROW = [0, 1, 1, 2, 2, 2, 3, 4]


def person() -> tuple[Person, Angles]:
    rng, t = np.random.default_rng(0), 5
    seen, doubtful = np.ones(t, bool), rng.random((t, 17)) < 0.3
    sigma = rng.random((t, 17)).astype(np.float32)
    pose = Pose3D(rng.normal(size=(t, 17, 3)), np.ones((t, 17)), seen, ~seen, TIMES_S[DISTINCT], "world", "m",
                  doubtful, sigma)  # fmt: skip
    k = Keypoints2D(
        rng.normal(size=(t, 17, 2)), np.ones((t, 17)), seen, ~seen, "coco", feet=some_feet(t), other_side=doubtful
    )
    a, s = len(ANGLES), len(POINTS)
    angles = Angles(TIMES_S[DISTINCT], rng.normal(size=(t, a)), rng.normal(size=(t, a)), rng.random((t, a)) < 0.3,
                    rng.random((t, s)), rng.random((t, s)) < 0.3, rng.random((t, a)), rng.random((t, s)))  # fmt: skip
    return Person(1, k, k, pose), angles


@pytest.mark.parametrize("how", ["repeats", "shots"])
def test_every_field_is_carried(how: str) -> None:
    before, angles = person()
    if how == "repeats":
        fill = _Fill(DISTINCT, TIMES_S)
        person_now, new = fill.person(before), fill.angles(angles)
    else:
        shot = Shot(2, 7)
        person_now, new = spread_person(before, shot, TIMES_S), spread_angles(angles, shot, TIMES_S)
    for old, now in ((before.pose, person_now.pose), (before.coco, person_now.coco), (angles, new)):
        for field in fields(old):
            value, after = getattr(old, field.name), getattr(now, field.name)
            assert (value is None) == (after is None), field.name
            if isinstance(value, np.ndarray):
                assert after.shape == (8, *value.shape[1:]), field.name


@pytest.mark.parametrize("how", ["repeats", "shots"])
def test_feet_and_their_angles_are_carried_in_3d(how: str) -> None:
    before, angles = person()
    rng = np.random.default_rng(1)
    feet = FootPose(rng.normal(size=(5, 4, 3)), np.full((5, 4), 0.8))
    before = replace(before, pose=replace(before.pose, feet=feet))
    motion = Motion(angles, Events(), 30.0, FootAngles(TIMES_S[DISTINCT], rng.normal(size=(5, 6))))
    fill, shot = _Fill(DISTINCT, TIMES_S), Shot(2, 7)
    pose = (fill.person(before) if how == "repeats" else spread_person(before, shot, TIMES_S)).pose
    new = fill.motion(motion) if how == "repeats" else spread_motion(motion, shot, TIMES_S)
    assert pose.feet is not None and new.foot_angles is not None and motion.foot_angles is not None
    rows = np.flatnonzero(DISTINCT) if how == "repeats" else np.arange(2, 7)
    np.testing.assert_allclose(pose.feet.xyz[rows], feet.xyz)
    np.testing.assert_allclose(new.foot_angles.deg[rows], motion.foot_angles.deg)
    assert len(pose.feet) == len(new.foot_angles.deg) == 8


@pytest.mark.parametrize("how", ["repeats", "shots"])
def test_feet_are_carried(how: str) -> None:
    before, _ = person()
    feet = before.coco.feet
    new = _Fill(DISTINCT, TIMES_S).person(before) if how == "repeats" else spread_person(before, Shot(2, 7), TIMES_S)
    assert feet is not None and new.coco.feet is not None and len(new.coco.feet) == 8
    if how == "repeats":
        np.testing.assert_array_equal(new.coco.feet.xy, feet.xy[ROW])
    else:
        np.testing.assert_array_equal(new.coco.feet.xy[2:7], feet.xy)
        assert np.isnan(new.coco.feet.xy[[0, 1, 7]]).all() and (new.coco.feet.score[[0, 1, 7]] == 0).all()


def test_marks_of_a_repeat_are_those_of_the_image_that_it_shows() -> None:
    before, angles = person()
    fill = _Fill(DISTINCT, TIMES_S)
    pose = fill.person(before).pose
    assert before.pose.doubtful is not None and pose.doubtful is not None and pose.sigma_m is not None
    np.testing.assert_array_equal(pose.doubtful, before.pose.doubtful[ROW])
    np.testing.assert_array_equal(pose.sigma_m, before.pose.sigma_m[ROW])
    np.testing.assert_array_equal(fill.angles(angles).doubtful, angles.doubtful[ROW])
