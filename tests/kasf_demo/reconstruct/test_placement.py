"""Metres, depth and the floor: known bodies before a known camera come back where they were."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upright import H, body

from kasf_demo.reconstruct import placement
from kasf_demo.reconstruct.world import to_world
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, Orientation
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.people import Keypoints2D

INFO = VideoInfo(Path("x.mp4"), 1280, 720, Fraction(30), Fraction(1, 30), "h264", "mp4")


def seen(root: FloatArray, focal: float) -> tuple[Keypoints2D, FloatArray, FloatArray]:
    """Keypoints, pose in px at the root's depth (as after `straighten`), and joints in camera metres for roots (T,
    3)."""
    joints = root[:, None] + body()
    uv = focal * joints[..., :2] / joints[..., 2:] + [640, 360]
    n = len(root)
    k = Keypoints2D(uv, np.ones((n, 17)), np.ones(n, bool), np.zeros(n, bool), "h36m")
    return k, body() * (focal / root[:, 2])[:, None, None], joints


@settings(max_examples=30, deadline=None)
@given(st.floats(2.5, 40), st.floats(-3, 3), st.floats(-2, 2), st.floats(300, 4000))
def test_a_body_comes_back_where_it_stood(depth: float, x: float, y: float, focal: float) -> None:
    root = np.tile([x, y, depth], (40, 1))
    k, pose_px, joints = seen(root, focal)
    camera = Camera(focal, 640, 360)
    scale = placement.metres_per_pixel(pose_px, k.valid, height_m=H, fps=30)
    assert np.allclose(placement.place(pose_px, k, scale, camera), joints, atol=1e-6)


def test_an_approaching_runner_is_followed_in_depth_without_lag() -> None:
    root = np.stack([np.zeros(90), np.zeros(90), np.linspace(20, 5, 90)], 1)
    k, pose_px, joints = seen(root, 1200)
    scale = placement.metres_per_pixel(pose_px, k.valid, height_m=H, fps=30)
    got = placement.place(pose_px, k, scale, Camera(1200, 640, 360))
    assert np.abs(got - joints).max() < 0.12  # 5 m/s: a lag of one frame would be 0.17 m


def test_size_errors_of_single_poses_do_not_pulse() -> None:
    rng = np.random.default_rng(0)
    root = np.tile([0.0, 0, 10], (120, 1))
    k, pose_px, _ = seen(root, 1200)
    noisy = pose_px * np.exp(rng.normal(0, 0.05, 120))[:, None, None]
    noisy[60] *= 2  # one wild frame
    scale = placement.metres_per_pixel(noisy, k.valid, height_m=H, fps=30)
    assert scale.std() / scale.mean() < 0.02


def test_height_scales_everything() -> None:
    root = np.tile([0.0, 0, 10], (30, 1))
    k, pose_px, _ = seen(root, 1200)
    a = placement.metres_per_pixel(pose_px, k.valid, height_m=1.75, fps=30)
    b = placement.metres_per_pixel(pose_px, k.valid, height_m=1.4, fps=30)
    assert np.allclose(b / a, 1.4 / 1.75)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280)])
def test_field_of_view_is_along_the_longer_side(width: int, height: int) -> None:
    info = VideoInfo(Path("x.mp4"), width, height, Fraction(30), Fraction(1, 30), "h264", "mp4")
    camera = Camera.of(info, fov_deg=90, focal_px=None)
    assert camera.focal_px == pytest.approx(640) and camera.source == "given"
    assert Camera.of(info, fov_deg=None, focal_px=None).source == "assumed"


def test_world_axes_are_right_handed_with_z_up() -> None:
    x, y, z = to_world(np.eye(3), Orientation.of())
    assert x == pytest.approx([1, 0, 0]) and y == pytest.approx([0, 0, -1]) and z == pytest.approx([0, 1, 0])
    assert np.linalg.det(to_world(np.eye(3), Orientation.of(25.0))) == pytest.approx(1)
    # a camera pitched down sees the world's vertical lean away from it
    assert to_world(
        np.array([0.0, -np.cos(np.radians(20)), -np.sin(np.radians(20))]), Orientation.of(20.0)
    ) == pytest.approx([0, 0, 1])


def test_a_network_that_shortens_limbs_does_not_enlarge_the_athlete() -> None:
    pose_px = np.random.default_rng(1).normal(0, 100, (20, 17, 3))
    exact = placement.metres_per_pixel(pose_px, np.ones(20, bool), height_m=1.75, fps=30)
    shortened = placement.metres_per_pixel(0.95 * pose_px, np.ones(20, bool), height_m=1.75, fps=30, limb_ratio=0.95)
    np.testing.assert_allclose(shortened, exact, rtol=1e-9)


def test_an_athlete_at_the_pictures_edge_is_not_turned() -> None:
    """As if looked at straight, a pose seen 20 degrees to the right of the middle shows 20 degrees of its side: turned
    back."""
    ray = np.array([[np.tan(np.radians(20)), 0.0, 1.0]])
    k = Keypoints2D(
        np.repeat(ray[:, None, :2] * 1000, 17, axis=1), np.ones((1, 17)), np.ones(1, bool), np.zeros(1, bool), "h36m"
    )
    far = 1e-3 * np.array([[0.0, 0.0, 1.0]])  # so small that perspective is nothing
    pose = np.concatenate([np.zeros((16, 3)), far])[None]
    got = placement.straighten(pose, k, Camera(1000, 0, 0))
    np.testing.assert_allclose(got[0, 16] / 1e-3, ray[0] / np.linalg.norm(ray), atol=1e-6)
    middle = placement.straighten(
        pose, Keypoints2D(np.zeros((1, 17, 2)), k.score, k.valid, k.interpolated, "h36m"), Camera(1000, 0, 0)
    )
    np.testing.assert_allclose(middle, pose, atol=1e-8)
