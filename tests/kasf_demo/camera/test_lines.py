"""Line segments of the background and the vertical that they show."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hall import picture, segments_3d
from panorama import rotation, texture

from kasf_demo.camera.lines import MAX_SAMPLES, LineSampler, find_segments
from kasf_demo.camera.orientation import Evidence, angles_of
from kasf_demo.camera.vanishing import from_lines
from kasf_demo.demo_clips import find_demo
from kasf_demo.types.camera import Camera, CameraMotion
from kasf_demo.types.clip import ContentArea
from kasf_demo.video.reader import VideoReader

FOCAL = 700.0
CAMERA = Camera(FOCAL, 320.0, 180.0, "given")
STILL = CameraMotion.none(400, "still")
NOBODY = np.zeros((0, 4))


def lines_of(image: np.ndarray, camera: Camera = CAMERA) -> Evidence | None:
    sampler = LineSampler(30.0)
    sampler.feed(0, image, NOBODY)
    return from_lines(sampler.samples(1), camera, STILL, max(image.shape))


@pytest.mark.parametrize(("tilt", "roll"), [(0.0, 0.0), (8.0, 0.0), (-5.0, 4.0), (12.0, -15.0), (20.0, 25.0)])
@pytest.mark.parametrize("heading", [0.0, 20.0, 40.0])
def test_a_hall_shows_tilt_and_roll(tilt: float, roll: float, heading: float) -> None:
    found = lines_of(picture(tilt, roll, heading_deg=heading))
    assert found is not None
    assert np.abs(found.deg - [tilt, roll]).max() < 2
    assert (np.abs(found.deg - [tilt, roll]) < 3 * found.sigma_deg).all() and found.sigma_deg.max() < 3


@pytest.mark.parametrize(("tilt", "roll"), [(0.0, 8.0), (3.0, -20.0)])
def test_a_demo_frame_turned_by_a_homography(tilt: float, roll: float) -> None:
    """K R K^-1 is what a camera sees that has turned about its centre; cut to the largest square."""
    demo = find_demo("basketball_shot")
    truth = demo.load_truth()
    with VideoReader(demo.clip) as reader:
        image = next(iter(reader)).image
    turn = rotation(0, tilt, roll)
    side, own = 450, truth.K[0].copy()
    own[:2, 2] = side / 2
    h = own @ turn @ np.linalg.inv(truth.K[0])
    found_in = cv2.warpPerspective(image, h, (side, side), flags=cv2.INTER_AREA)
    px = np.concatenate([truth.coco_px[0, 0], np.ones((17, 1))], axis=1) @ h.T
    px = px[:, :2] / px[:, 2:]
    box = np.concatenate([px.min(0), px.max(0)])[None]
    sampler = LineSampler(30.0)
    sampler.feed(0, found_in, box)
    found = from_lines(sampler.samples(1), Camera(truth.K[0, 0, 0], side / 2, side / 2, "given"), STILL, side)
    want = angles_of(turn @ truth.R[0] @ [0, 0, 1])
    assert found is not None and np.abs(found.deg - want).max() < 2


def test_an_assumed_lens_is_less_sure_of_the_tilt() -> None:
    camera = Camera(FOCAL * 1.3, 320.0, 180.0, "assumed")
    found = lines_of(picture(12.0, 10.0), camera)
    assert found is not None and np.abs(found.deg - [12.0, 10.0]).max() < 2.5


def test_parallel_lines_across_the_image_leave_the_tilt_open() -> None:
    """Of a frontal wall only level lines: they show the roll alone."""
    across = segments_3d()
    across = across[np.abs(across[:, 0, 0] - across[:, 1, 0]) > 5]
    found = lines_of(picture(10.0, 5.0, heading_deg=0.0, lines=across))
    assert found is None or found.sigma_deg[0] > 3 or abs(found.deg[0] - 10) < 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_texture_shows_nothing_for_sure(seed: int) -> None:
    """Random strokes in all directions."""
    random, image = np.random.default_rng(seed), np.full((360, 640), 90, np.uint8)
    for _ in range(60):
        at, angle, length = random.uniform([0, 0], [640, 360]), random.uniform(0, np.pi), random.uniform(30, 90)
        end = at + length * np.array([np.cos(angle), np.sin(angle)])
        cv2.line(image, at.astype(int).tolist(), end.astype(int).tolist(), 200, 2, cv2.LINE_AA)
    found = lines_of(np.repeat(image[..., None], 3, axis=2))
    assert found is None or found.sigma_deg.max() > 4
    assert lines_of(np.full((360, 640, 3), 80, np.uint8)) is None


def test_a_pan_is_told_in_the_axes_of_the_first_frame() -> None:
    """Three frames of a camera that pans by 30 degrees and rolls by 10."""
    turns = [rotation(0, 6, 0), rotation(15, 6, 5), rotation(30, 6, 10)]
    motion = CameraMotion("turns", np.stack([r @ turns[0].T for r in turns]), np.ones(3), np.ones(3, bool))
    sampler = LineSampler(1.0)
    for t, (heading, roll) in enumerate(((0.0, 0.0), (15.0, 5.0), (30.0, 10.0))):
        sampler.feed(t, picture(6.0, roll, heading_deg=heading), NOBODY)
    found = from_lines(sampler.samples(3), CAMERA, motion, 640)
    assert found is not None and np.abs(found.deg - angles_of(turns[0] @ [0, -1, 0])).max() < 1.0


def test_people_bars_and_borders_do_not_count() -> None:
    image = np.full((360, 640, 3), 90, np.uint8)
    for x in (100, 300, 500):
        cv2.line(image, (x, 60), (x + 20, 300), (220, 220, 220), 3, cv2.LINE_AA)
    assert len(find_segments(image, NOBODY)) >= 6  # both edges of each
    near = find_segments(image, np.array([[280.0, 40, 340, 320], [np.nan] * 4]))
    assert len(near) >= 4 and not ((near[:, 0] > 250) & (near[:, 0] < 350)).any()
    area = ContentArea(left=0, top=0, right=400, bottom=360)
    inside = find_segments(image, NOBODY, area)
    assert len(inside) >= 4 and inside[:, ::2].max() < 400


def test_a_long_shot_keeps_a_handful_of_samples() -> None:
    sampler = LineSampler(10.0)
    image = texture(1, (64, 36))
    for t in range(400):
        sampler.feed(t, image, NOBODY)
    kept = [s.frame for s in sampler.samples(400)]
    assert MAX_SAMPLES // 2 <= len(kept) <= MAX_SAMPLES and kept[0] == 0 and kept[-1] > 200
    assert len(set(np.diff(kept))) == 1 and all(s.frame < 100 for s in sampler.samples(100))
