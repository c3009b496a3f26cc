"""Heels and toes that the detector puts on the other leg are not drawn on this one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from feet import with_feet

from kasf_demo.render.compose import Composer, RenderOptions
from kasf_demo.render.foot_points import foot_points
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Person

OTHER_LEG, HEEL_ONLY, TOE_ONLY, UNKNOWN = 4, 8, 12, 16


def of_the_left_foot(plain: Person) -> Person:
    """Good points but for four frames: both on the other leg, one of them elsewhere, the foot not known in 3D."""
    ankles = plain.h36m.xy[:, [6, 6, 3, 3]]
    xy = ankles + np.array([[-6, 8], [30, 12], [-6, 8], [30, 12]])
    xy[OTHER_LEG, :2] = xy[OTHER_LEG, 2:] + [150, 0]
    xy[HEEL_ONLY, 0] += [-60, 0]
    xy[TOE_ONLY, 1] += [0, 80]
    pose = with_feet(plain.pose)
    assert pose.feet is not None
    pose.feet.xyz[UNKNOWN, :2] = np.nan
    points = FootPoints(xy, np.full(xy.shape[:2], 0.9))
    return replace(plain, pose=pose, coco=replace(plain.coco, feet=points))


def test_points_far_from_their_ankle_are_left_out(person, figure, times_s):
    footed = of_the_left_foot(person(figure(times_s), times_s))
    xy = foot_points(footed)
    assert xy is not None and footed.coco.feet is not None
    gone = np.isnan(xy[:, :2]).all((1, 2))
    assert np.flatnonzero(gone).tolist() == [OTHER_LEG, HEEL_ONLY, TOE_ONLY, UNKNOWN]
    np.testing.assert_array_equal(xy[~gone], footed.coco.feet.xy[~gone])
    np.testing.assert_array_equal(xy[:, 2:], footed.coco.feet.xy[:, 2:])
    assert np.isfinite(footed.coco.feet.xy).all(), "what was detected stays as it is"


@pytest.mark.parametrize("size", [0.25, 3.0])
def test_the_image_may_have_any_size(person, figure, times_s, size):
    footed = of_the_left_foot(person(figure(times_s), times_s))
    assert footed.coco.feet is not None
    feet = replace(footed.coco.feet, xy=footed.coco.feet.xy * size)
    scaled = replace(footed, h36m=replace(footed.h36m, xy=footed.h36m.xy * size), coco=replace(footed.coco, feet=feet))
    a, b = foot_points(footed), foot_points(scaled)
    assert a is not None and b is not None
    np.testing.assert_allclose(b, a * size)


def test_without_feet_there_are_none(person, figure, times_s):
    assert foot_points(person(figure(times_s), times_s)) is None


def test_a_foot_on_the_other_leg_is_not_drawn(person, figure, times_s, clip_info, frame):
    footed = of_the_left_foot(person(figure(times_s), times_s))
    assert footed.pose.feet is not None
    unknown = footed.pose.feet.xyz.copy()
    unknown[OTHER_LEG, :2] = np.nan
    missing = replace(footed, pose=replace(footed.pose, feet=replace(footed.pose.feet, xyz=unknown)))
    options = RenderOptions(layout="overlay")
    a, b = (
        Composer([who], clip_info(1280, 720), times_s, options).draw(frame(OTHER_LEG)).copy()
        for who in (footed, missing)
    )
    np.testing.assert_array_equal(a, b)
