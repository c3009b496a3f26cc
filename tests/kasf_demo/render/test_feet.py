"""Feet are drawn where they are, in the image and in the 3D panel, and only where they are known."""

from dataclasses import replace

import numpy as np
import pytest
from feet import with_feet

from kasf_demo.render.compose import Composer, RenderOptions
from kasf_demo.render.framing import world_feet, world_xyz
from kasf_demo.types.feet import FootPoints


def walker(person, figure, times_s, unknown=slice(0)):
    """A person with feet whose points in the image lie 30 px right of and below the ankles."""
    plain = person(figure(times_s), times_s)
    pose = with_feet(plain.pose, unknown)
    ankles = plain.h36m.xy[:, [6, 6, 3, 3]] + [[10, 10], [40, 14], [10, 10], [40, 14]]
    points = FootPoints(ankles, np.full((len(times_s), 4), 0.9))
    return plain, replace(plain, pose=pose, coco=replace(plain.coco, feet=points))


@pytest.mark.parametrize("layout", ["overlay", "3d"])
def test_feet_are_drawn(person, figure, times_s, clip_info, frame, layout):
    plain, footed = walker(person, figure, times_s, slice(10, 20))
    one_foot, both = 12, 5
    without, with_ = (
        Composer([who], clip_info(1280, 720), times_s, RenderOptions(layout=layout)) for who in (plain, footed)
    )
    changed = {}
    for t in (one_foot, both):
        a, b = without.draw(frame(t)).copy(), with_.draw(frame(t)).copy()
        changed[t] = int((a != b).any(-1).sum())
    assert 0 < changed[one_foot] < changed[both]


def test_feet_of_poses_in_camera_axes_stand_with_the_body(person, figure, times_s):
    _, footed = walker(person, figure, times_s)
    world = footed.pose
    turn = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # world to camera axes
    assert world.feet is not None
    camera = replace(
        world, xyz=world.xyz @ turn.T, feet=replace(world.feet, xyz=world.feet.xyz @ turn.T), axes="camera"
    )
    feet = world_feet(camera)
    assert feet is not None
    moved = world_xyz(camera)[:, [6]] - world.xyz[:, [6]]
    np.testing.assert_allclose(feet - world.feet.xyz, np.broadcast_to(moved, feet.shape), atol=1e-9)
    assert world_feet(replace(world, feet=None)) is None
