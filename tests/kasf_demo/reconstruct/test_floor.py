"""The floor: a jump leaves it, a walk shows its plane, a wrong leg does not move it."""

from __future__ import annotations

import numpy as np
import pytest
from upright import H, body

from kasf_demo.reconstruct.floor import find_floor, floor_under_feet, on_floor
from kasf_demo.reconstruct.placement import ANKLE_HEIGHT
from kasf_demo.reconstruct.world import to_world
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Orientation


def jump(height_m: float = 0.5, fps: float = 30, drift_m_per_s: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """(T, 17, 3) world joints of a standing figure that jumps once, and its true height above the floor (T,)."""
    t = np.arange(int(3 * fps)) / fps
    flight = 2 * np.sqrt(2 * height_m / 9.81)
    up = np.maximum(0, height_m - 9.81 / 2 * (t - 1.5) ** 2) * (np.abs(t - 1.5) < flight / 2)
    xyz = to_world(np.tile(body(), (len(t), 1, 1)), Orientation.of())
    xyz[..., 2] += (up + drift_m_per_s * t)[:, None] - 3.0
    return xyz, up


@pytest.mark.parametrize("drift", [0.0, 0.3])
def test_a_jump_goes_up_and_feet_stand_on_the_floor(drift: float) -> None:
    xyz, up = jump(drift_m_per_s=drift)
    valid = np.ones(len(xyz), bool)
    floor = find_floor(xyz, valid, height_m=H, fps=30)
    assert floor.kind == ("constant" if drift == 0 else "running")
    ankles = on_floor(xyz, floor)[:, [3, 6], 2].min(1) - ANKLE_HEIGHT * H
    assert ankles.max() == pytest.approx(0.5, abs=0.02 if drift == 0 else 0.1)
    assert np.abs(ankles[up == 0]).max() < (0.02 if drift == 0 else 0.1)


def walk(slope: tuple[float, float], fps: float = 30) -> FloatArray:
    """(T, 17, 3) world joints of a figure that goes 8 m to the right, 2 m away and back; the floor rises along x and y
    by `slope`."""
    t = np.arange(int(4 * fps)) / fps
    xyz = to_world(np.tile(body(), (len(t), 1, 1)), Orientation.of())
    way = np.stack([2.0 * t, 2.0 * np.sin(1.5 * t)], axis=-1)
    xyz[..., :2] += way[:, None]
    xyz[..., 2] += (way @ slope)[:, None] - 1.5
    return xyz


@pytest.mark.parametrize("slope", [(0.0, 0.1), (0.03, 0.0), (-0.02, -0.1)])
def test_the_floor_of_a_camera_that_is_known_is_one_plane(slope: tuple[float, float]) -> None:
    xyz, valid = walk(slope), np.ones(120, bool)
    valid[50:60] = False
    xyz[~valid] = np.nan
    floor = find_floor(xyz, valid, height_m=H, fps=30, camera_known=True)
    assert floor.kind == "plane" and floor.slope_deg == pytest.approx(np.degrees(np.arctan(slope)), abs=0.4)
    ankles = on_floor(xyz, floor)[valid][:, [3, 6], 2] - ANKLE_HEIGHT * H
    assert np.abs(ankles).max() < 0.03


def test_a_leg_estimated_too_high_or_too_low_for_a_moment_does_not_move_the_floor() -> None:
    """0.4 s in which both ankles are 0.1 m too high, then 0.8 s in which one is as much too low: a slow curve went
    along."""
    xyz, valid = walk((0.0, 0.0)), np.ones(120, bool)
    xyz[40:52, [3, 6], 2] += 0.1
    xyz[70:94, 3, 2] -= 0.1
    known = find_floor(xyz, valid, height_m=H, fps=30, camera_known=True, tilt_sigma_deg=3.0)
    running = find_floor(xyz, valid, height_m=H, fps=30)
    assert running.kind == "running" and np.ptp(running.height_m) > 0.08  # what it is compared with
    assert np.ptp(np.broadcast_to(known.height_m, 120)) < 0.05
    roots = on_floor(xyz, known)[:, 0, 2]
    assert np.ptp(roots) < 0.05


def test_nobody_has_a_floor_too() -> None:
    xyz = np.full((10, 17, 3), np.nan)
    assert find_floor(xyz, np.zeros(10, bool), height_m=H, fps=30).kind == "constant"


def test_the_floor_of_feet_is_under_the_toes() -> None:
    frames = 300
    heights = np.full((frames, 4), 0.2)
    heights[:, :2] = [0.0, -0.03]  # the left foot stands: its toe is 3 cm deep in the floor of the ankles
    known = np.ones((frames, 4), bool)
    rise_m = floor_under_feet(heights, known, height_m=1.75, fps=30)
    assert rise_m == pytest.approx(-0.03 - 0.014, abs=1e-3)
    heights[40:60] += 0.5  # a jump
    assert floor_under_feet(heights, known, height_m=1.75, fps=30) == pytest.approx(rise_m, abs=0.004)
    assert floor_under_feet(heights - 1, known, height_m=1.75, fps=30) == -0.06  # an error of the feet
    known[9:] = False
    assert floor_under_feet(heights, known, height_m=1.75, fps=30) == 0
