"""The virtual camera: directions, and that the default view shows left and right as the image does."""

import numpy as np
import pytest

from kasf_demo.render.camera import perspective, view_axes
from kasf_demo.render.compose import RenderOptions
from kasf_demo.render.framing import DrawArea, fit_view

PANEL = DrawArea(720, 600, 720)


def view_of(poses, times_s, elev=12.0, azim=-60.0, orbit=0.0, panel=PANEL):
    return fit_view(poses, times_s, panel, elev_deg=elev, azim_deg=azim, orbit_deg_per_s=orbit)


def test_axes_are_a_right_handed_frame():
    axes = view_axes(23.0, np.array([-90.0, 10.0, 200.0]))
    assert np.allclose(axes @ axes.transpose(0, 2, 1), np.eye(3))
    assert np.allclose(np.linalg.det(axes), 1)


def test_azimuth_minus_90_looks_along_y():
    axes = view_axes(0.0, -90.0)
    assert np.allclose(axes, [[1, 0, 0], [0, 0, 1], [0, -1, 0]], atol=1e-12)


def test_nearer_is_larger_and_what_is_behind_the_camera_stays_finite():
    axes = view_axes(0.0, -90.0)
    near, far, behind = perspective(np.array([[1.0, -2, 0], [1, 2, 0], [1, -50, 0]]), np.zeros(3), axes, 8.0)
    assert near[0] > 1 > far[0] > 0
    assert np.isfinite(behind).all()


def test_default_view_keeps_the_pictures_right_and_up(person, figure, times_s):
    view = view_of([person(figure(times_s), times_s).pose], times_s, *RenderOptions().view)
    origin, right, up, away = view.project(0, np.array([[0.0, 0, 1], [0.5, 0, 1], [0, 0, 1.5], [0, 0.5, 1]]))[0]
    assert right[0] > origin[0] + 50
    assert up[1] < origin[1] - 50
    assert abs(up[0] - origin[0]) < 0.5  # verticals stay vertical at the target
    assert away[1] < origin[1]  # seen from above: farther is higher


@pytest.mark.parametrize("heading_deg", [0, 180])
def test_an_athlete_faces_the_same_way_in_picture_and_panel(person, figure, times_s, heading_deg):
    someone = person(figure(times_s, heading_deg=heading_deg), times_s)
    view = view_of([someone.pose], times_s, *RenderOptions().view)
    neck, pelvis = 9, 0  # the figure's neck leans forward
    in_picture = someone.h36m.xy[0, neck, 0] - someone.h36m.xy[0, pelvis, 0]
    px, _ = view.project(0, someone.pose.xyz[0])
    assert np.sign(px[neck, 0] - px[pelvis, 0]) == np.sign(in_picture) == (1 if heading_deg == 0 else -1)


def test_orbit_turns_around_the_athlete(person, figure, times_s):
    view = view_of([person(figure(times_s), times_s).pose], times_s, orbit=90.0)
    assert view.moves
    assert np.allclose(view.azim_deg, -60 + 90 * times_s)
    axis = np.append(view.target[0, :2], 1.0)
    assert np.allclose(view.project(0, axis)[0], view.project(40, axis)[0])
