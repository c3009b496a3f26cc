"""Feet that stand at the same time stand at the same height: depth of the legs from the floor."""

from __future__ import annotations

from dataclasses import replace

import figure
import numpy as np
import pytest

from kasf_demo.reconstruct.body_fit import fit_body
from kasf_demo.reconstruct.level_feet import ANKLES, Vertical, level_weight
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import CameraAngle, Orientation
from kasportsformer.skeleton import H36M, mirror_h36m

FPS, FRAMES = 30.0, 60
LEVEL = Orientation.of(0.0, 0.0)


def standing(hip_deg: float = 5.0, knee_deg: float = 0.0) -> FloatArray:
    """(T, 17, 3) m: facing the camera, the right leg ahead, the left one behind, with a straight right knee both ankles
    at the same height; arms swing."""
    still = np.ones((FRAMES, 1))
    swing = 20 * np.sin(np.arange(FRAMES) / 5)[:, None]
    return figure.figure(
        np.hstack([knee_deg * still, 0 * still]),
        np.hstack([hip_deg * still, -hip_deg * still]),
        np.hstack([swing, -swing]),
    )


def fit(poses: FloatArray, xy: FloatArray, orientation: Orientation | None) -> FloatArray:
    turned = np.broadcast_to(np.eye(3), (FRAMES, 3, 3))
    return fit_body(
        poses, xy, np.full((FRAMES, 17), 0.9), np.ones(FRAMES, bool), rotation=turned, focal_px=figure.FOCAL_PX,
        centre=figure.CENTRE, fps=FPS, vertical=None if orientation is None else Vertical.of(orientation),
    ).xyz  # fmt: skip


def seen(truth: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What is lifted, the left leg too near by 12 cm at the knee and 25 cm at the ankle, and the keypoints."""
    rng = np.random.default_rng(3)
    poses = truth.copy()
    poses[:, H36M["l_knee"], 2] -= 0.12
    poses[:, H36M["l_ankle"], 2] -= 0.25
    return poses, figure.project(truth) + rng.normal(0, 1, (FRAMES, 17, 2))


def higher(xyz: FloatArray, orientation: Orientation = LEVEL) -> float:
    """By how much the right ankle is above the left one, m, in the mean."""
    return float(((xyz[:, ANKLES[0]] - xyz[:, ANKLES[1]]) @ -orientation.level[1]).mean())


def depth_error(xyz: FloatArray, truth: FloatArray) -> float:
    off = (xyz - xyz[:, :1]) - (truth - truth[:, :1])
    return float(np.abs(off[:, [H36M["l_knee"], H36M["l_ankle"]], 2]).mean())


@pytest.mark.parametrize("tilt_deg", [0.0, 15.0])
def test_the_floor_puts_a_standing_leg_at_its_depth(tilt_deg: float) -> None:
    orientation = Orientation.of(tilt_deg)
    centre = np.array([0.3, 0.1, 5.0])
    truth = (standing() - centre) @ orientation.level + centre  # a camera that looks down
    assert higher(truth, orientation) == pytest.approx(0, abs=1e-6)
    poses, xy = seen(truth)
    free, held = fit(poses, xy, None), fit(poses, xy, orientation)
    assert abs(higher(free, orientation)) > 0.015 and abs(higher(held, orientation)) < 0.006
    assert depth_error(held, truth) < 0.93 * depth_error(free, truth)


def test_a_vertical_that_is_hardly_known_decides_little() -> None:
    truth = standing()
    poses, xy = seen(truth)
    unsure = Orientation(CameraAngle(0.0, "estimated", 40.0), CameraAngle(0.0, "estimated", 40.0))
    free, known, held = (higher(fit(poses, xy, o)) for o in (None, LEVEL, unsure))
    assert abs(held - free) < 0.3 * abs(known - free)


def test_a_leg_that_is_held_up_stays_up() -> None:
    still, zero = np.ones((FRAMES, 1)), np.zeros((FRAMES, 1))
    truth = figure.figure(
        np.hstack([90 * still, zero]), np.hstack([80 * still, zero]), np.hstack([zero, zero]), azimuth_deg=60
    )
    xy = figure.project(truth)
    assert higher(truth) > 0.35
    assert higher(fit(truth, xy, LEVEL)) == pytest.approx(higher(fit(truth, xy, None)), abs=0.03)


def test_mirrored_clips_give_mirrored_bodies() -> None:
    poses, xy = seen(standing(25.0, 20.0))
    tilted = Orientation.of(5.0, 4.0)
    other = replace(tilted, roll=replace(tilted.roll, deg=-4.0))
    mirrored = fit(mirror_h36m(poses), mirror_h36m(xy - figure.CENTRE) + figure.CENTRE, other)
    assert mirrored == pytest.approx(mirror_h36m(fit(poses, xy, tilted)), abs=2e-4)


def test_only_feet_that_rest_count() -> None:
    truth = standing()
    follows = np.ones(FRAMES - 1, bool)
    follows[20:22] = False  # frame 21 is alone
    speed = np.zeros((FRAMES - 1, 2))
    speed[40:, 0] = 1.5
    weight = level_weight(truth, speed, follows, Vertical.of(LEVEL))
    assert weight[:20].min() > 0 and weight[21] == 0 and weight[41:].max() < 0.01 * weight[10]
    assert weight[40] == weight[41], "a step counts for both of its frames"


def test_the_uncertainty_of_the_vertical_is_that_of_the_camera() -> None:
    assert Vertical.of(LEVEL).sigma_deg == (1.0, 1.0)
    assert Vertical.of(Orientation.of(source="assumed")).sigma_deg == (8.0, 2.0)
    found = Orientation(CameraAngle(10.0, "estimated", 3.0), CameraAngle(0.0, "given"))
    vertical = Vertical.of(found)
    assert vertical.sigma_deg == (3.0, 1.0)
    assert vertical.up == pytest.approx([0, -np.cos(np.radians(10)), -np.sin(np.radians(10))])
