"""Bodies, cameras and labels: the network's input and its target agree with each other and with
inference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kasportsformer.skeleton import COCO, H36M, coco_to_h36m, mirror_h36m
from kasportsformer.training.augment import AugmentConfig, augment
from kasportsformer.training.body import UNIT, V, axes, keypoints, mirrored
from kasportsformer.training.body_shape import ShapeConfig, mean_shape, random_shapes
from kasportsformer.training.cameras import CameraConfig, project, random_cameras
from kasportsformer.training.dataset import DataConfig, Sampler, label, looked_at, normalised
from kasportsformer.training.detector_noise import NoiseConfig
from kasportsformer.training.pack import Corpus

from .conftest import standing

LEVEL = CameraConfig(elevation_deg=(0, 0), stands=0, low=0, off_axis=0, roll_deg=0, tilted=0, shake_deg=0, dolly=0)


def test_a_standing_body_has_everything_in_its_place() -> None:
    v, m = standing(1)
    p = keypoints(v[None], m[None], mean_shape(1))[0, 0]
    at = {name: p[i] for name, i in COCO.items()}
    assert at["nose"][1] < at["left_ear"][1] - 0.05  # it faces -y
    for part in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        assert at[f"left_{part}"][0] > 0 > at[f"right_{part}"][0]
    heights = [
        at[n][2] for n in ("left_eye", "nose", "left_shoulder", "left_elbow", "left_hip", "left_knee", "left_ankle")
    ]
    assert heights == sorted(heights, reverse=True)
    assert 1.5 < at["left_eye"][2] - at["left_ankle"][2] + 0.07 < 1.7  # 1.75 m tall


def test_bones_have_the_lengths_of_the_shape(corpus: Corpus) -> None:
    shape = random_shapes(np.random.default_rng(0), 3, ShapeConfig())
    v = np.stack([corpus.vectors[i : i + 20] for i in (0, 100, 200)])
    p = keypoints(v, np.zeros((3, 20, 3), np.float32), shape)
    for a, b, length in (("knee", "ankle", shape.shank), ("elbow", "wrist", shape.forearm)):
        for side in ("left", "right"):
            found = np.linalg.norm(p[..., COCO[f"{side}_{a}"], :] - p[..., COCO[f"{side}_{b}"], :], axis=-1)
            np.testing.assert_allclose(found, np.broadcast_to(length[:, None], found.shape), rtol=1e-4)


def test_somebody_who_faces_a_level_camera() -> None:
    """Image y down, z away, the left hand on the right of the image, the nose nearer than the ears."""
    v, m = standing(27)
    points = keypoints(v[None], m[None], mean_shape(1))
    for seed in range(20):
        cameras = random_cameras(np.random.default_rng(seed), m[None], LEVEL)
        seen = cameras.view(points)
        if cameras.place[0, 0, 1] < -0.9 * np.linalg.norm(cameras.place[0, 0, :2]):  # it stands before the face
            break
    pose = label(seen).pose[0, 13]
    assert pose[H36M["head"], 1] < pose[H36M["spine"], 1] < 0 < pose[H36M["r_knee"], 1] < pose[H36M["r_ankle"], 1]
    assert pose[H36M["l_wrist"], 0] > 0 > pose[H36M["r_wrist"], 0]
    assert seen[0, 0, COCO["nose"], 2] < seen[0, 0, COCO["left_ear"], 2] and pose[H36M["neck"], 2] < 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_cameras_are_rotations_that_see_the_athlete(seed: int) -> None:
    rng = np.random.default_rng(seed)
    middle = np.cumsum(rng.normal(0, 0.05, (8, 27, 3)), axis=1).astype(np.float32)
    cameras = random_cameras(rng, middle, CameraConfig())
    np.testing.assert_allclose(np.linalg.det(cameras.rotation), 1, atol=1e-4)
    assert (cameras.view(middle[:, :, None])[..., 2] > 0.8).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_the_label_is_the_remapped_projection_of_a_camera_that_looks_at_the_pelvis(seed: int) -> None:
    """x, y: exactly the exact keypoints remapped. Limbs: exactly the point's own projection and depth."""
    v, m = standing(27)
    rng = np.random.default_rng(seed)
    v, m = augment(rng, v[None], m[None], v[None], np.array([1 / 30]), AugmentConfig(tumble=0.5, turn_limb=0.5))
    seen = random_cameras(rng, m, CameraConfig()).view(keypoints(v, m, random_shapes(rng, 1, ShapeConfig())))
    found = label(seen)
    straight, distance = looked_at(seen)
    root = seen[..., [COCO["left_hip"], COCO["right_hip"]], :].mean(-2)
    np.testing.assert_allclose(distance, np.linalg.norm(root, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(straight[..., [COCO["left_hip"], COCO["right_hip"]], :2].mean(-2), 0, atol=1e-4)
    unit = (distance / root[..., 2])[..., None, None]
    xy, _ = coco_to_h36m(project(straight), np.ones(seen.shape[:3]))
    np.testing.assert_allclose(found.pose[..., :2], (xy - xy[..., :1, :]) * unit, atol=1e-5)
    np.testing.assert_allclose(found.root_depth, root[..., 2], rtol=1e-5)
    wrist = straight[..., COCO["left_wrist"], 2]
    np.testing.assert_allclose(found.pose[..., H36M["l_wrist"], 2], (wrist - distance) / root[..., 2], atol=1e-5)


def test_before_a_camera_that_looks_at_the_hips_input_and_truth_agree() -> None:
    v, m = standing(27)
    looking = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float32)
    seen = keypoints(v[None], m[None], mean_shape(1)) @ looking.T
    seen = (
        seen
        - seen[..., [COCO["left_hip"], COCO["right_hip"]], :].mean(-2, keepdims=True)
        + np.array([0, 0, 6], np.float32)
    )
    pairs = normalised(seen, project(seen), np.ones(seen.shape[:3]), np.array([1.3]))
    flat = pairs.input[..., :2] - pairs.input[..., :1, :2]
    np.testing.assert_allclose(flat, pairs.truth[..., :2], atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_inference_makes_metres_of_the_truth(seed: int) -> None:
    """What training asks of the network is what kasf_demo.reconstruct takes for an athlete anywhere in the image, at
    any distance."""
    from kasf_demo.reconstruct import placement
    from kasf_demo.types.people import Keypoints2D

    v, m = standing(27)
    rng = np.random.default_rng(seed)
    v, m = augment(rng, v[None], m[None], v[None], np.array([1 / 30]), AugmentConfig(tumble=0.5, turn_limb=0.5))
    seen = (
        random_cameras(rng, m, CameraConfig())
        .view(keypoints(v, m, random_shapes(rng, 1, ShapeConfig())))
        .astype(np.float64)
    )
    found = label(seen)
    focal = 1000.0
    xy, score = coco_to_h36m(project(seen)[0] * focal, np.ones(seen.shape[1:3]))
    k = Keypoints2D(xy, score, np.ones(27, bool), np.zeros(27, bool), "h36m")
    pose_px = placement.straighten(found.pose[0] * focal, k, placement.Camera(focal, 0, 0))
    metres = pose_px * (found.root_depth[0] / focal)[:, None, None]
    names = ("l_wrist", "r_wrist", "l_ankle", "r_ankle", "l_shoulder", "r_knee")
    limbs = [H36M[n] for n in names]
    coco = [COCO[n.replace("l_", "left_").replace("r_", "right_")] for n in names]
    root = seen[0][:, [COCO["left_hip"], COCO["right_hip"]]].mean(1, keepdims=True)
    # hips one behind the other: a few mm of perspective
    np.testing.assert_allclose(metres[:, limbs], seen[0][:, coco] - root, atol=0.03)


def test_depths_of_the_trunk_turn_with_the_body() -> None:
    """Before a far level camera the label of a body turned about the vertical is the turned label."""
    v, m = standing(1)
    p = keypoints(v[None], m[None], mean_shape(1))[0, 0]
    camera_axes = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])  # right, down, forward of a camera that looks along +y
    poses = []
    for angle in (0.0, 0.7):
        c, s = np.cos(angle), np.sin(angle)
        seen = (p @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])) @ camera_axes.T + [0, 0, 1e5]
        poses.append(label(seen[None]).pose[0] * 1e5)
    c, s = np.cos(0.7), np.sin(0.7)
    turn = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
    np.testing.assert_allclose(poses[0] @ turn.T, poses[1], atol=2e-3)


def test_a_mirrored_body_has_a_mirrored_label(corpus: Corpus) -> None:
    v = corpus.vectors[None, :27]
    m = np.zeros((1, 27, 3), np.float32)
    looking = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float32)
    poses = [
        label(keypoints(x, m, mean_shape(1)) @ looking.T + np.array([0, 0, 5], np.float32)).pose
        for x in (v, mirrored(v))
    ]
    np.testing.assert_allclose(mirror_h36m(poses[0]), poses[1], atol=1e-5)
    np.testing.assert_allclose(mirrored(mirrored(v)), v, atol=1e-6)


def test_variety_keeps_unit_vectors_and_changes_what_it_should(corpus: Corpus) -> None:
    v = np.stack([corpus.vectors[i : i + 27] for i in range(0, 160, 10)])
    other = np.stack([corpus.vectors[i : i + 27] for i in range(300, 460, 10)])
    m, dt = np.zeros((len(v), 27, 3), np.float32), np.full(len(v), 1 / 30)
    same, _ = augment(np.random.default_rng(0), v, m, other, dt, AugmentConfig.none())
    np.testing.assert_array_equal(same, v)
    everything = AugmentConfig(mirror=0.5, mix_limbs=0.5, turn_limb=0.5, arms_up=0.5, lean=0.3, tumble=0.5, climb=0.5)
    out, _ = augment(np.random.default_rng(0), v, m, other, dt, everything)
    np.testing.assert_allclose(np.linalg.norm(out[..., UNIT, :], axis=-1), 1, atol=1e-4)
    np.testing.assert_allclose(np.linalg.det(axes(out, "chest")), 1, atol=1e-4)
    assert (np.abs(out - v).max((1, 2, 3)) > 0.01).mean() > 0.7
    assert np.abs(np.diff(out, axis=1)).max() < 0.6  # no jumps within a window


def test_who_climbs_has_the_arms_up_and_the_knees_ahead(corpus: Corpus) -> None:
    v = np.stack([corpus.vectors[i : i + 27] for i in range(0, 160, 10)])
    m, dt = np.zeros((len(v), 27, 3), np.float32), np.full(len(v), 1 / 30)
    out, _ = augment(np.random.default_rng(0), v, m, v, dt, replace(AugmentConfig.none(), climb=1.0))
    for part, limb in (("chest", "upper_arm"), ("pelvis", "thigh")):
        names = [f"{side}_{limb}" for side in "lr"]
        # left, back, up by limb
        own = np.swapaxes(axes(out, part), -1, -2) @ np.swapaxes(out[..., [V[n] for n in names], :], -1, -2)
        before = np.swapaxes(axes(v, part), -1, -2) @ np.swapaxes(v[..., [V[n] for n in names], :], -1, -2)
        assert (
            own[..., 2, :].mean() > before[..., 2, :].mean() + 0.3
            and own[..., 1, :].mean() < before[..., 1, :].mean() - 0.2
        )
        assert own[..., 0, 0].mean() > own[..., 0, 1].mean()  # apart, not crossed
    np.testing.assert_array_equal(out[..., [V["trunk"], V["head_up"]], :], v[..., [V["trunk"], V["head_up"]], :])


def test_windows_are_drawn_from_the_recordings(corpus: Corpus) -> None:
    config = DataConfig(noise=NoiseConfig.none(), augment=AugmentConfig.none())
    sampler = Sampler(corpus, config)
    a, b = sampler(np.random.default_rng(1), 6), sampler(np.random.default_rng(1), 6)
    np.testing.assert_array_equal(a.input, b.input)
    assert a.input.shape == a.truth.shape == (6, 27, 17, 3) and a.metres.shape == (6, 27)
    assert a.input.dtype == np.float32 and np.isfinite(a.input).all() and (a.metres > 0.3).all()
    assert (np.abs(a.input[..., :2]) <= 1).all()  # exact keypoints lie inside the crop
    extent = np.ptp(a.input[..., :2], axis=(1, 2)).max(-1)  # of 2, the crop's side, however far the athlete is away
    low, high = config.crop_scale
    assert (extent > 2 / high - 1e-3).all() and (extent < 2 / low + 1e-3).all()
    assert not np.array_equal(a.input, sampler(np.random.default_rng(2), 6).input)
    # a window longer than the recording holds its last pose
    long = replace(config, fps=(24.0, 24.0), speed=(8.0, 8.001))
    still = Sampler(corpus, long)(np.random.default_rng(1), 4)
    assert np.isfinite(still.input).all()
