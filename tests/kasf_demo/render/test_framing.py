"""One view box for the clip: all people are inside, the scale is constant, a stray frame has no effect."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kasf_demo.render.framing import DrawArea, fit_view, follow_path, steady, world_xyz
from kasf_demo.types.people import Pose3D

PANELS = [DrawArea(720, 600, 720), DrawArea(225, 280, 360), DrawArea(1280, 590, 720)]


def view_of(poses, times_s, panel=PANELS[0], azim=-60.0, orbit=0.0, elev=12.0):
    return fit_view(poses, times_s, panel, elev_deg=elev, azim_deg=azim, orbit_deg_per_s=orbit)


@settings(max_examples=40, deadline=None)
@given(
    speed=st.floats(0, 9),
    jump_m=st.floats(0, 1.0),
    heading=st.floats(-180, 180),
    elev=st.floats(-10, 60),
    azim=st.floats(-180, 180),
    orbit=st.sampled_from([0.0, 40.0]),
    apart=st.floats(0, 6),
    panel=st.sampled_from(PANELS),
)
def test_every_joint_is_inside_the_panel(
    figure, person, times_s, speed, jump_m, heading, elev, azim, orbit, apart, panel
):
    first = figure(times_s, speed=speed, jump_m=jump_m, heading_deg=heading)
    poses = [person(xyz, times_s).pose for xyz in (first, figure(times_s) + np.array([0, apart, 0]))]
    view = view_of(poses, times_s, panel, azim, orbit, elev)
    for pose in poses:
        for frame in range(0, len(times_s), 3):
            px, _ = view.project(frame, pose.xyz[frame])
            assert (px >= 0).all()
            assert (px <= (panel.width, panel.height)).all()


@pytest.mark.parametrize("motion", [{}, {"speed": 0.4}, {"speed": 7.0, "stride": 1.5}, {"kick": 1.0}])
def test_the_athlete_fills_the_panel(figure, person, times_s, motion):
    pose = person(figure(times_s, **motion), times_s).pose
    view = view_of([pose], times_s)
    tall = [np.ptp(view.project(f, pose.xyz[f])[0][:, 1]) / 720 for f in range(len(times_s))]
    assert 0.55 < max(tall) < 0.75


def test_scale_and_floor_are_constant_while_the_camera_follows(figure, person, times_s):
    pose = person(figure(times_s, speed=6.0), times_s).pose
    view = view_of([pose], times_s)
    assert view.moves
    assert np.ptp(view.target[:, 2]) == 0
    rod = np.array([[0.0, 0, 0], [0, 0, 1]])
    ends = np.stack([view.project(f, rod + view.target[f] * (1, 1, 0))[0] for f in range(len(times_s))])
    assert np.ptp(ends, axis=0).max() < 1e-6


def test_a_jump_goes_up_and_the_camera_stays(figure, person, times_s):
    pose = person(figure(times_s, jump_m=0.7, stride=0.0), times_s).pose
    view = view_of([pose], times_s)
    assert not view.moves
    heights = np.array([view.project(f, pose.root[f])[0][1] for f in range(len(times_s))])
    rise = pose.root[:, 2] - pose.root[0, 2]
    expected = view.scale_px_per_m * np.cos(np.radians(12)) * rise
    assert np.allclose(heights[0] - heights, expected, rtol=0.06, atol=0.5)  # perspective adds a little


def test_one_stray_frame_does_not_shrink_the_athlete(figure, person, times_s):
    xyz = figure(times_s)
    usual = view_of([person(xyz, times_s).pose], times_s)
    xyz = xyz.copy()
    xyz[20] += [40.0, 10.0, 3.0]
    pose = person(xyz, times_s).pose
    assert not steady(pose.xyz, pose.valid)[20]
    assert view_of([pose], times_s).scale_px_per_m == pytest.approx(usual.scale_px_per_m, rel=0.02)


def test_a_sprint_has_no_stray_frames(figure, person):
    times_s = np.arange(270) / 30
    pose = person(figure(times_s, speed=9.0), times_s).pose
    assert steady(pose.xyz, pose.valid).all()


def test_the_path_has_no_lag_and_keeps_straight_motion_straight(figure):
    times_s = np.arange(90) / 30
    xyz = figure(times_s, speed=5.0)
    path = follow_path([xyz], [np.ones(90, bool)], times_s)
    assert np.allclose(path, xyz[:, 0, :2], atol=1e-6)


@pytest.mark.parametrize("t", [0, 1, 2, 3])
def test_short_clips(figure, person, t):
    times_s = np.arange(t) / 30
    pose = person(figure(times_s, speed=50.0), times_s).pose
    view = view_of([pose], times_s)
    assert np.isfinite(view.project(0, np.zeros(3))[0]).all()
    assert view.scale_px_per_m > 0


def test_nobody_at_all(times_s):
    view = view_of([], times_s)
    assert view.scale_px_per_m > 0
    assert not view.moves


def test_camera_axes_are_turned_upright(figure, person, times_s):
    world = person(figure(times_s), times_s).pose
    x, y, z = np.moveaxis(world.xyz, -1, 0)
    camera = Pose3D(
        np.stack([x, 1.2 - z, y + 4], -1), world.score, world.valid, world.interpolated, times_s, axes="camera"
    )
    turned = world_xyz(camera)
    assert np.allclose(turned[:, 10] - turned[:, 0], world.xyz[:, 10] - world.xyz[:, 0])
    assert abs(np.percentile(turned[..., 2].min(1), 2)) < 1e-6
    assert np.array_equal(world_xyz(replace(world)), world.xyz)
