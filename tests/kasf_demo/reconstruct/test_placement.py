"""Metres, depth and the floor: known bodies before a known camera come back where they were."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kasf_demo.reconstruct import placement, world
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, CameraMotion, Orientation
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.people import Keypoints2D

INFO = VideoInfo(Path("x.mp4"), 1280, 720, Fraction(30), Fraction(1, 30), "h264", "mp4")
H = 1.75


def body(height: float = H) -> FloatArray:
    """(17, 3) an upright figure with Winter's limb lengths: metres, x right, y down, z away, root at the pelvis."""
    t, s, u, f = (k * height for k in (placement.THIGH, placement.SHANK, placement.UPPER_ARM, placement.FOREARM))
    p = np.zeros((17, 3))
    for hip, sign in ((1, -1), (4, 1)):
        p[hip] = [sign * 0.1, 0, 0]
        p[hip + 1], p[hip + 2] = p[hip] + [0, t, 0], p[hip] + [0, t + s, 0]
    p[7], p[8], p[9], p[10] = [0, -0.25, 0], [0, -0.5, 0], [0, -0.6, 0], [0, -0.75, 0]
    for shoulder, sign in ((11, 1), (14, -1)):
        p[shoulder] = [sign * 0.18, -0.48, 0]
        p[shoulder + 1], p[shoulder + 2] = p[shoulder] + [0, u, 0], p[shoulder] + [0, u, f]
    return p


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
    x, y, z = world.to_world(np.eye(3), Orientation.of())
    assert x == pytest.approx([1, 0, 0]) and y == pytest.approx([0, 0, -1]) and z == pytest.approx([0, 1, 0])
    assert np.linalg.det(world.to_world(np.eye(3), Orientation.of(25.0))) == pytest.approx(1)
    # a camera pitched down sees the world's vertical lean away from it
    assert world.to_world(
        np.array([0.0, -np.cos(np.radians(20)), -np.sin(np.radians(20))]), Orientation.of(20.0)
    ) == pytest.approx([0, 0, 1])


def jump(height_m: float = 0.5, fps: float = 30, drift_m_per_s: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """(T, 17, 3) world joints of a standing figure that jumps once, and its true height above the floor (T,)."""
    t = np.arange(int(3 * fps)) / fps
    flight = 2 * np.sqrt(2 * height_m / 9.81)
    up = np.maximum(0, height_m - 9.81 / 2 * (t - 1.5) ** 2) * (np.abs(t - 1.5) < flight / 2)
    xyz = world.to_world(np.tile(body(), (len(t), 1, 1)), Orientation.of())
    xyz[..., 2] += (up + drift_m_per_s * t)[:, None] - 3.0
    return xyz, up


@pytest.mark.parametrize("drift", [0.0, 0.3])
def test_a_jump_goes_up_and_feet_stand_on_the_floor(drift: float) -> None:
    xyz, up = jump(drift_m_per_s=drift)
    valid = np.ones(len(xyz), bool)
    floor = world.find_floor(xyz, valid, height_m=H, fps=30)
    assert floor.kind == ("constant" if drift == 0 else "running")
    ankles = world.on_floor(xyz, floor)[:, [3, 6], 2].min(1) - placement.ANKLE_HEIGHT * H
    assert ankles.max() == pytest.approx(0.5, abs=0.02 if drift == 0 else 0.1)
    assert np.abs(ankles[up == 0]).max() < (0.02 if drift == 0 else 0.1)


def walk(slope: tuple[float, float], fps: float = 30) -> FloatArray:
    """(T, 17, 3) world joints of a figure that goes 8 m to the right, 2 m away and back; the floor rises along x and y
    by `slope`."""
    t = np.arange(int(4 * fps)) / fps
    xyz = world.to_world(np.tile(body(), (len(t), 1, 1)), Orientation.of())
    way = np.stack([2.0 * t, 2.0 * np.sin(1.5 * t)], axis=-1)
    xyz[..., :2] += way[:, None]
    xyz[..., 2] += (way @ slope)[:, None] - 1.5
    return xyz


@pytest.mark.parametrize("slope", [(0.0, 0.1), (0.03, 0.0), (-0.02, -0.1)])
def test_the_floor_of_a_camera_that_is_known_is_one_plane(slope: tuple[float, float]) -> None:
    xyz, valid = walk(slope), np.ones(120, bool)
    valid[50:60] = False
    xyz[~valid] = np.nan
    floor = world.find_floor(xyz, valid, height_m=H, fps=30, camera_known=True)
    assert floor.kind == "plane" and floor.slope_deg == pytest.approx(np.degrees(np.arctan(slope)), abs=0.4)
    ankles = world.on_floor(xyz, floor)[valid][:, [3, 6], 2] - placement.ANKLE_HEIGHT * H
    assert np.abs(ankles).max() < 0.03


def test_a_leg_estimated_too_high_or_too_low_for_a_moment_does_not_move_the_floor() -> None:
    """0.4 s in which both ankles are 0.1 m too high, then 0.8 s in which one is as much too low: a slow curve went
    along."""
    xyz, valid = walk((0.0, 0.0)), np.ones(120, bool)
    xyz[40:52, [3, 6], 2] += 0.1
    xyz[70:94, 3, 2] -= 0.1
    known = world.find_floor(xyz, valid, height_m=H, fps=30, camera_known=True, tilt_sigma_deg=3.0)
    running = world.find_floor(xyz, valid, height_m=H, fps=30)
    assert running.kind == "running" and np.ptp(running.height_m) > 0.08  # what it is compared with
    assert np.ptp(np.broadcast_to(known.height_m, 120)) < 0.05
    roots = world.on_floor(xyz, known)[:, 0, 2]
    assert np.ptp(roots) < 0.05


def test_of_a_camera_that_is_lost_in_some_frames_the_floor_may_run() -> None:
    turned, zoom = np.broadcast_to(np.eye(3), (100, 3, 3)), np.ones(100)
    for kind, lost, known in (
        ("still", 0, True),
        ("turns", 4, True),
        ("turns", 8, False),
        ("moves", 0, False),
        ("unknown", 0, False),
    ):
        motion = CameraMotion(kind, turned, zoom, np.arange(100) >= lost)
        assert motion.known is known, (kind, lost)


def test_nobody_has_a_floor_too() -> None:
    xyz = np.full((10, 17, 3), np.nan)
    assert world.find_floor(xyz, np.zeros(10, bool), height_m=H, fps=30).kind == "constant"


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
