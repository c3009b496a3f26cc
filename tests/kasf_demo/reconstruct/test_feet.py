"""Feet in 3D: known feet come back, mirrored scenes give mirrored feet, and feet that are not seen stay unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from walking_feet import CAMERA, FLOOR, FPS, HEIGHT_M, LEVEL, Scene, errors_mm, seen, walking

from body import LEFT, turn
from kasf_demo.reconstruct import feet
from kasf_demo.reconstruct.feet import fit_feet
from kasf_demo.types.arrays import BoolArray
from kasf_demo.types.camera import CameraMotion
from kasf_demo.types.feet import FEET_MIRROR, FootPose
from kasportsformer.skeleton import H36M


def fitted(scene: Scene, untrusted: BoolArray | None = None) -> FootPose | None:
    return fit_feet(
        scene.xyz, scene.keypoints, CAMERA, scene.motion, LEVEL, FLOOR, height_m=HEIGHT_M, fps=FPS, untrusted=untrusted
    )


# toward the camera and away from it, the image shows little of how far a foot is tilted
@pytest.mark.parametrize(("heading_deg", "mm"), [(0.0, 30), (50.0, 12), (90.0, 14), (180.0, 38), (-120.0, 12)])
def test_known_feet_come_back(heading_deg: float, mm: float) -> None:
    scene = walking(heading_deg=heading_deg)
    found = fitted(scene)
    assert np.nanmean(errors_mm(found, scene)) < mm and found is not None and found.valid.mean() > 0.95
    lengths = np.linalg.norm(found.xyz[:, [1, 3]] - found.xyz[:, [0, 2]], axis=-1)
    assert np.nanmax(lengths) - np.nanmin(lengths) < 1e-9  # one shape, left and right


def test_noise_in_the_image_does_not_turn_feet_round() -> None:
    scene = walking(90)
    assert scene.keypoints.feet is not None
    noisy = scene.keypoints.feet.xy + np.random.default_rng(0).normal(0, 4, (90, 4, 2))  # 4 px are 13 mm
    found = fitted(scene.with_feet(noisy))
    assert found is not None
    ahead = found.xyz[:, [1, 3]] - found.xyz[:, [0, 2]]
    true = scene.feet[:, [1, 3]] - scene.feet[:, [0, 2]]
    cosine = (ahead * true).sum(-1) / np.linalg.norm(ahead, axis=-1) / np.linalg.norm(true, axis=-1)
    assert np.degrees(np.arccos(cosine.min())) < 25 and np.nanmean(errors_mm(found, scene)) < 20


def test_a_mirrored_scene_gives_mirrored_feet() -> None:
    scene = walking()
    one, other = fitted(scene), fitted(scene.mirrored())
    assert one is not None and other is not None
    np.testing.assert_allclose(other.xyz * [-1, 1, 1], one.xyz[:, FEET_MIRROR], atol=1e-9)


def test_a_camera_that_turns_and_zooms_sees_the_same_feet() -> None:
    scene, frames = walking(), 60
    rotation = np.stack([turn(LEFT, 0.1 * t) @ turn(np.array([0.0, 1, 0]), 0.3 * t) for t in range(frames)])
    moving = CameraMotion("turns", rotation, np.linspace(1, 1.3, frames), np.ones(frames, bool))
    one, other = fitted(scene), fitted(seen(scene.xyz, scene.feet, moving))
    assert one is not None and other is not None
    np.testing.assert_allclose(other.xyz, one.xyz, atol=0.004)


def test_feet_that_are_not_seen_stay_unknown_and_short_gaps_are_bridged() -> None:
    scene = walking()
    score = np.full((60, 4), 0.9)
    score[20:25, 1] = 0.1  # 5 frames, 0.17 s
    score[10:50, 2:] = 0.1  # 1.3 s
    score[:4, 0] = 0.1  # nothing before it
    found = fitted(scene.with_feet(score=score))
    assert found is not None
    valid = found.valid
    assert valid[4:, :2].all() and not valid[:4, :2].any()
    assert valid[:10, 2:].all() and not valid[10:50, 2:].any() and valid[50:, 2:].all()
    assert np.isnan(found.xyz[~valid]).all() and (found.score[~valid] == 0).all()
    assert np.nanmax(errors_mm(found, scene)[20:25]) < 60


def test_points_elsewhere_are_not_feet() -> None:
    scene = walking()
    assert scene.keypoints.feet is not None
    xy = scene.keypoints.feet.xy.copy()
    xy[30:45, 1, 0] += 300  # the left toe on something 1 m away
    found = fitted(scene.with_feet(xy))
    assert found is not None
    assert not found.valid[31:44, :2].any() and found.valid[:, 2:].all() and found.valid[:30, :2].all()
    assert np.nanmean(errors_mm(found, scene)) < 12


def test_a_leg_in_doubt_has_no_foot() -> None:
    scene = walking()
    untrusted = np.zeros((60, 17), bool)
    untrusted[20:40, H36M["l_knee"]] = True
    found = fitted(scene, untrusted)
    assert found is not None and not found.valid[20:40, :2].any() and found.valid[:, 2:].all()


def test_feet_deep_in_the_floor_are_not_believed() -> None:
    scene = walking()
    floor = replace(FLOOR, height_m=FLOOR.height_m + 0.5)
    found = fit_feet(scene.xyz, scene.keypoints, CAMERA, scene.motion, LEVEL, floor, height_m=HEIGHT_M, fps=FPS)
    assert found is not None and not found.valid.any()


def test_long_shots_are_solved_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = walking(200)
    whole = fitted(scene)
    monkeypatch.setattr(feet, "MAX_FRAMES", 60)
    blocks = fitted(scene)
    assert whole is not None and blocks is not None
    np.testing.assert_allclose(blocks.xyz, whole.xyz, atol=0.003)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_the_shortest_shots(frames: int) -> None:
    scene = walking(frames)
    assert np.nanmean(errors_mm(fitted(scene), scene)) < 40


def test_without_feet_there_are_none() -> None:
    scene = walking(5)
    assert fitted(replace(scene, keypoints=replace(scene.keypoints, feet=None))) is None
    assert fitted(scene.with_feet(score=np.zeros((5, 4)))) is None
    nobody = replace(scene.keypoints, valid=np.zeros(5, bool))
    found = fitted(replace(scene, keypoints=nobody))
    assert found is not None and not found.valid.any()
