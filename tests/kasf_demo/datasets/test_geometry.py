"""Joint maps and cameras against published vectors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kasf_demo.datasets.athletepose3d import camera_of
from kasf_demo.datasets.fsjump3d import joints_of, read_markers
from kasf_demo.datasets.geometry import PinholeCamera, upright_world
from kasf_demo.datasets.sportspose import published_h36m
from kasf_demo.datasets.worldpose import distorted, h36m_of_smpl


@pytest.mark.assets
@pytest.mark.parametrize("name", ["upright", "rotated"])
def test_sportspose(shared: Path, name: str) -> None:
    with np.load(shared / "golden" / f"sportspose_to_h36m_{name}.npz") as f:
        golden = dict(f)
    (fx, fy), (cx, cy) = golden["f"][0].astype(float), golden["c"][0].astype(float)
    K = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    camera = PinholeCamera(K, golden["R"], golden["T"], *map(int, golden["res"]))
    joints = published_h36m(golden["world_coco_m"][0])
    np.testing.assert_allclose(1000 * camera.to_camera(joints), golden["camera_mm"][0], atol=1e-3)
    turned = camera.turned_clockwise(int(golden["times_rot90"]))
    np.testing.assert_allclose(turned.project(joints), golden["image_px"][0][..., :2], atol=1e-3)


@pytest.mark.assets
def test_worldpose(shared: Path) -> None:
    with np.load(shared / "golden" / "worldpose_to_h36m.npz") as f:
        golden = dict(f)
    joints = h36m_of_smpl(golden["smpl24_world_m"])
    np.testing.assert_allclose(joints, golden["h36m_world_m"], atol=1e-6)
    camera = PinholeCamera(golden["K"], golden["R"], golden["t"], 1920, 1080)
    np.testing.assert_allclose(camera.to_camera(joints), golden["h36m_camera_m"], atol=1e-6)
    np.testing.assert_allclose(
        distorted(camera.to_camera(joints), golden["K"], golden["k"]), golden["pixel"], atol=1e-3
    )


@pytest.mark.assets
@pytest.mark.parametrize("turned", [False, True])
def test_athletepose3d(shared: Path, turned: bool) -> None:
    with np.load(shared / "golden" / "athletepose3d_gendb.npz") as f:
        golden = dict(f)
    camera = camera_of(json.loads(str(golden["cam_param"]))["cam_1"], 1920, 1080, turned=turned)
    kind = "turned" if turned else "upright"
    joints = golden["world_mm"] / 1000
    image = golden[f"joint_3d_image_{kind}"]
    np.testing.assert_allclose(camera.project(joints), image[..., :2], atol=1e-3)
    upright = camera_of(json.loads(str(golden["cam_param"]))["cam_1"], 1920, 1080, turned=False)
    np.testing.assert_allclose(1000 * upright.to_camera(joints), golden["camera_mm_upright"], atol=1e-3)
    assert (camera.width, camera.height) == ((1080, 1920) if turned else (1920, 1080))


@pytest.mark.assets
def test_fsjump3d(shared: Path) -> None:
    markers, rate = read_markers(shared / "golden" / "fsjump3d_small.json")
    assert len(markers) == 84 and rate == 60
    with np.load(shared / "golden" / "fsjump3d_small_expected.npz") as f:
        (first, end), pose = f["time_range"], f["pose"]
    # the published reading takes all 84 markers and leaves out the last frame
    start = max(a for a, _ in markers.values())
    stop = min(a + len(v) for a, v in markers.values())
    assert (start, stop - 1) == (first, end)
    ours_from, ours = joints_of(markers)
    assert len(ours) >= len(pose) + 1 and ours_from <= first
    np.testing.assert_allclose(ours[first - ours_from :][: len(pose)], pose, atol=1e-6)
    _, hip_joints = joints_of(markers, "joint")
    moved = np.abs(hip_joints - ours).max((0, 2)) > 1e-9
    assert set(np.flatnonzero(moved)) == {1, 4}


@pytest.mark.parametrize("up", [(0, 0, 1), (0, 0, -1), (0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0)])
def test_a_world_with_any_axis_up(up: tuple[int, int, int]) -> None:
    from source_files import moving

    joints = moving(20) - [0, 6, 0] + [0, 0, 3]
    z = np.array(up, float)
    x = np.roll(np.abs(z), 1)
    other = joints @ np.stack([x, np.cross(z, x), z])  # columns of a rotation that puts z along `up`
    turn, lift = upright_world(other)
    assert np.linalg.det(turn) == pytest.approx(1) and np.abs(turn @ turn.T - np.eye(3)).max() < 1e-12
    back = other @ turn.T + lift
    np.testing.assert_allclose(back[..., 2] - back[..., 2].min(), joints[..., 2] - joints[..., 2].min(), atol=1e-9)
    assert 0.0 <= back[..., [3, 6], 2].min() <= 0.1
    camera = PinholeCamera(np.diag([900.0, 900, 1]), np.eye(3), np.array([0.0, 0, 9]), 10, 10)
    np.testing.assert_allclose(camera.in_world(turn, lift).to_camera(back), camera.to_camera(other), atol=1e-9)
