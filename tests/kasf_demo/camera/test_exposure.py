"""Fades, flashes and new exposures are no motion; pan, tilt and roll are reported apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from panorama import MIDDLE, SIZE, angles_deg, rotation, seen, texture

from kasf_demo.camera import BackgroundPoints, camera_motion
from kasf_demo.camera.describe import camera_line, camera_record
from kasf_demo.camera.exposure import gain, same_exposure
from kasf_demo.types.camera import Camera, CameraMotion, Orientation

FOCAL, FRAMES = 700.0, 34
FAR = texture(5) // 2 + 20
NOISE = np.random.default_rng(0).normal(0, 1.5, (SIZE[1], SIZE[0], 1)).astype(np.float32)
LIGHT = {
    "fade in": lambda k: min(1.0, k / 15),
    "fade out": lambda k: min(1.0, (FRAMES - 1 - k) / 15),
    "flash": lambda k: 6.0 if k in (12, 13, 30) else 1.0,
    "new exposure": lambda k: 1.5 if k > 20 else 1.0,
}


def measure(turns: list[np.ndarray], light: Callable[[int], float]) -> CameraMotion:
    points = BackgroundPoints(30.0)
    for k, turned in enumerate(turns):
        image = seen(FAR, turned, FOCAL)[..., :1] * light(k) + np.roll(NOISE, 7 * k, axis=(0, 1))
        points.feed(np.clip(image, 0, 255).astype(np.uint8).repeat(3, 2), np.zeros((0, 4)))
    return camera_motion(points.links, len(turns), focal_px=FOCAL, centre_px=MIDDLE, side_px=SIZE[0])


@pytest.mark.parametrize("light", LIGHT.values(), ids=LIGHT)
def test_light_does_not_move_a_camera(light: Callable[[int], float]) -> None:
    assert measure([rotation(0)] * FRAMES, light).kind == "still"


@pytest.mark.parametrize("light", LIGHT.values(), ids=LIGHT)
def test_a_pan_is_followed_in_changing_light(light: Callable[[int], float]) -> None:
    turns = [rotation(12 * t) for t in np.linspace(0, 1, FRAMES)]
    motion = measure(turns, light)
    bright = [k for k in range(FRAMES) if 0.3 < light(k) < 2]
    relative = [turns[k] @ turns[bright[0]].T for k in bright]
    got = [motion.rotation[k] @ motion.rotation[bright[0]].T for k in bright]
    assert motion.kind == "turns"
    assert angles_deg(got, relative).max() < 0.4


def test_a_gain_is_seen_and_another_view_is_not() -> None:
    one, other = (np.ascontiguousarray(seen(FAR, rotation(deg), FOCAL)[..., 1]) for deg in (0, 30))
    assert gain(one, (one * 0.8).astype(np.uint8)) == pytest.approx(0.8, rel=0.03)
    assert gain(one, one) == 1
    before, after = same_exposure(one, (one * 0.5).astype(np.uint8))
    assert before is one
    assert abs(after.astype(int) - one).max() <= 3
    assert gain(one, np.clip(other.astype(int) + 30, 0, 255).astype(np.uint8)) == 1


def test_pan_tilt_and_roll_are_reported_apart() -> None:
    turns = [rotation(20 * t, -6 * t, 34 * (t - 0.5)) @ rotation(0, 0, -17).T for t in np.linspace(0, 1, 30)]
    motion = CameraMotion("turns", np.array(turns), np.ones(30), np.ones(30, bool))
    angles = motion.pan_tilt_roll_deg
    np.testing.assert_allclose(angles[0], 0, atol=1e-9)
    rolled = [rotation(0, 0, 34 * t) for t in np.linspace(0, 1, 30)]
    only_roll = CameraMotion("turns", np.array(rolled), np.ones(30), np.ones(30, bool))
    np.testing.assert_allclose(only_roll.pan_tilt_roll_deg[-1], [0, 0, 34], atol=1e-9)
    camera, level = Camera(FOCAL, *MIDDLE), Orientation.of(source="assumed")
    assert camera_line(camera, only_roll, level) == "camera: rolls by 34° (compensated)"
    record = camera_record(camera, level, only_roll)["motion"]
    assert record["roll_range_deg"] == [0, 34]
    assert record["pan_range_deg"] == record["tilt_range_deg"] == [0, 0]


def test_a_pan_past_half_a_turn_is_one_pan() -> None:
    turns = np.array([rotation(deg) for deg in np.linspace(0, 250, 60)])
    angles = CameraMotion("turns", turns, np.ones(60), np.ones(60, bool)).pan_tilt_roll_deg
    np.testing.assert_allclose(angles[:, 0], np.linspace(0, 250, 60), atol=1e-6)


@pytest.mark.parametrize("factor", [1.35, 1.7, 1 / 1.35])
def test_a_gain_is_seen_below_a_white_sky(factor: float) -> None:
    one = np.ascontiguousarray(seen(FAR, rotation(0), FOCAL)[..., 1])
    one[:130] = 252
    assert gain(one, np.clip(one * factor, 0, 252).astype(np.uint8)) == pytest.approx(factor, rel=0.05)
