"""The camera's motion from its background: known rotations and zooms of a made-up panorama must come back."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from panorama import MIDDLE, SIZE, angles_deg, rotation, seen, texture

from kasf_demo.camera import BackgroundPoints, Link, camera_motion, estimate_focal
from kasf_demo.camera.rotation import find_turn, kabsch, pair_turns
from kasf_demo.types.camera import CameraMotion

Array = NDArray[np.float64]
FOCAL = 700.0
NOBODY = np.zeros((0, 4))


def follow(frames: list[NDArray[np.uint8]], boxes: list[Array] | None = None, rate_hz: float = 30.0) -> Sequence[Link]:
    points = BackgroundPoints(rate_hz)
    for i, frame in enumerate(frames):
        points.feed(frame, boxes[i] if boxes else NOBODY)
    return points.links


def measure(
    frames: list[NDArray[np.uint8]], boxes: list[Array] | None = None, focal: float = FOCAL, rate_hz: float = 30.0
) -> CameraMotion:
    links = follow(frames, boxes, rate_hz)
    return camera_motion(links, len(frames), focal_px=focal, centre_px=MIDDLE, side_px=SIZE[0])


def test_a_pan_with_tilt_and_roll_comes_back() -> None:
    turns = [rotation(20 * t, 3 * np.sin(3 * t), 2 * t) for t in np.linspace(0, 1, 25)]
    far = texture()
    motion = measure([seen(far, r, FOCAL) for r in turns])
    assert motion.kind == "turns" and motion.reliable.all()
    assert angles_deg(motion.rotation, turns).max() < 0.15
    np.testing.assert_array_equal(motion.zoom, 1.0)
    assert motion.turned_deg == pytest.approx(20, abs=0.5)


def test_a_pan_from_side_to_side_returns_to_where_it_was() -> None:
    turns = [rotation(25 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 60)]
    far = texture(1)
    motion = measure([seen(far, r, FOCAL) for r in turns])
    assert angles_deg(motion.rotation, turns).max() < 0.3


def test_a_zoom_is_told_from_a_turn() -> None:
    zooms, far = np.linspace(1, 1.3, 25), texture(2)
    motion = measure([seen(far, rotation(0), FOCAL, z) for z in zooms])
    assert motion.kind == "turns"
    np.testing.assert_allclose(motion.zoom, zooms, rtol=0.01)
    assert angles_deg(motion.rotation, np.tile(np.eye(3), (25, 1, 1))).max() < 0.3


@pytest.mark.parametrize("noise", [0.0, 6.0])
def test_a_still_camera_is_still(noise: float) -> None:
    random, picture = np.random.default_rng(0), seen(texture(3), rotation(0), FOCAL)
    frames = [np.clip(picture + random.normal(0, noise, picture.shape), 0, 255).astype(np.uint8) for _ in range(12)]
    motion = measure(frames)
    assert motion.kind == "still" and motion.reliable.all()
    np.testing.assert_array_equal(motion.rotation, np.tile(np.eye(3), (12, 1, 1)))


def test_a_plain_background_tells_nothing() -> None:
    motion = measure([np.full((360, 640, 3), 90, np.uint8)] * 8)
    assert motion.kind == "unknown" and not motion.reliable.any()


def test_a_camera_that_moves_from_its_place_is_not_taken_for_one_that_turns() -> None:
    """Things at different distances pass at different speeds: no rotation explains that."""
    far = texture(4)
    strips = [(0, 72, 1), (72, 144, 4), (144, 216, 7), (216, 288, 10), (288, 360, 13)]  # px a frame
    frames = []
    for t in range(30):
        frame = np.zeros((360, 640, 3), np.uint8)
        for top, end, speed in strips:
            frame[top:end] = far[top:end, speed * t : speed * t + 640]
        frames.append(frame)
    motion = measure(frames)
    assert motion.kind == "moves" and not motion.reliable.any()
    np.testing.assert_array_equal(motion.rotation[-1], np.eye(3))
    assert estimate_focal(follow(frames), centre_px=MIDDLE, side_px=SIZE[0], assumed_px=500.0) is None


def test_people_do_not_count() -> None:
    """A person who fills a third of a still image and runs through it."""
    far, body = seen(texture(5), rotation(0), FOCAL), texture(6)
    frames, boxes = [], []
    for t in range(20):
        frame, x = far.copy(), 20 + 18 * t
        frame[20:340, x : x + 220] = body[20:340, 300:520]
        frames.append(frame)
        boxes.append(np.array([[x, 20, x + 220, 340]], float))
    assert measure(frames, boxes).kind == "still"


def test_frames_between_those_looked_at_are_interpolated() -> None:
    turns = [rotation(12 * t) for t in np.linspace(0, 1, 60)]
    far = texture()
    motion = measure([seen(far, r, FOCAL) for r in turns], rate_hz=120.0)
    assert len(motion.rotation) == 60
    assert angles_deg(motion.rotation[:57], turns[:57]).max() < 0.2  # the last ones lie behind the last one processed


def test_the_lens_shows_in_a_wide_pan_only() -> None:
    far = texture(7, (3600, 1200))
    wide = follow([seen(far, rotation(60 * t - 30), FOCAL) for t in np.linspace(0, 1, 50)])
    assert estimate_focal(wide, centre_px=MIDDLE, side_px=SIZE[0]) == pytest.approx(FOCAL, rel=0.06)
    narrow = follow([seen(far, rotation(0.5 * t), FOCAL) for t in np.linspace(0, 1, 20)])
    assert estimate_focal(narrow, centre_px=MIDDLE, side_px=SIZE[0]) is None
    assert estimate_focal([], centre_px=MIDDLE, side_px=SIZE[0]) is None


def pan_of_few_points(focal: float, points: int = 80, wrong: int = 25) -> list[Link]:
    """Links of a pan by 8 degrees, of which `wrong` points move in a way of their own."""
    random = np.random.default_rng(3)
    before = random.uniform((-310, -170), (310, 170), (points, 2))
    astray = random.uniform(-60, 60, (wrong, 2))
    links = []
    for frame, pan in enumerate(np.linspace(0, 8, 20)[1:], 1):
        ray = np.concatenate([before / focal, np.ones((points, 1))], axis=1) @ rotation(pan, pan / 4).T
        after = focal * ray[:, :2] / ray[:, 2:] + random.normal(0, 0.3, before.shape)
        after[:wrong] += astray * frame / 19
        links.append(Link(0, frame, before + MIDDLE, after + MIDDLE))
    return links


def test_a_pan_excludes_a_wrong_lens_even_if_its_points_are_few() -> None:
    true, assumed = 1300.0, 500.0
    links = pan_of_few_points(true)
    assert estimate_focal(links, centre_px=MIDDLE, side_px=SIZE[0]) is None
    found = estimate_focal(links, centre_px=MIDDLE, side_px=SIZE[0], assumed_px=assumed)
    assert found == pytest.approx(true, rel=0.15)
    for focal, kind in ((assumed, "moves"), (found, "turns")):
        assert camera_motion(links, 20, focal_px=focal, centre_px=MIDDLE, side_px=SIZE[0]).kind == kind
    assert estimate_focal(links, centre_px=MIDDLE, side_px=SIZE[0], assumed_px=0.9 * true) is None


def test_points_that_no_lens_explains_exclude_none() -> None:
    links = pan_of_few_points(1300.0, points=90, wrong=75)
    assert estimate_focal(links, centre_px=MIDDLE, side_px=SIZE[0], assumed_px=500.0) is None


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (16, 16), (8, 3000)])
def test_pictures_of_any_size(size: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    boxes = [NOBODY, np.array([[np.nan] * 4, [-1e9, 0, 1e9, 5]]), NOBODY]
    links = follow([random.integers(0, 255, (*size, 3)).astype(np.uint8) for _ in range(3)], boxes)
    assert camera_motion(links, 3, focal_px=500, centre_px=np.array(size) / 2, side_px=max(size)).kind == "unknown"
    assert camera_motion([], 1, focal_px=500, centre_px=np.array(size) / 2, side_px=max(size)).kind == "still"


def test_half_of_the_points_may_be_wrong() -> None:
    random, turned = np.random.default_rng(0), rotation(5, 2, 1)
    before = random.uniform((-320, -180), (320, 180), (100, 2))
    ray = np.concatenate([before / FOCAL, np.ones((100, 1))], axis=1) @ turned.T
    after = FOCAL * ray[:, :2] / ray[:, 2:]
    after[:50] += random.uniform(10, 40, (50, 2)) * random.choice([-1, 1], (50, 2))
    turn = find_turn(before, after, FOCAL, 2.0, random, zooms=False)
    assert angles_deg([turn.rotation], [turned])[0] < 1e-6 and turn.fits.sum() == 50


def test_the_turn_of_a_pair_is_that_of_least_squares() -> None:
    random = np.random.default_rng(0)
    a, b = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in random.normal(size=(2, 200, 2, 3)))
    np.testing.assert_allclose(pair_turns(a, b), kabsch(a, b), atol=1e-9)
    same = np.repeat(a[:, :1], 2, axis=1)
    assert np.isfinite(pair_turns(same, b)).all()


def test_kabsch_never_mirrors() -> None:
    a = np.array([[1.0, 0, 0], [0, 1, 0]])
    assert np.linalg.det(kabsch(a, np.array([[0, 1.0, 0], [1, 0, 0]]))) == pytest.approx(1)


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


def test_the_picture_is_made_small_with_its_pixels_where_they_were() -> None:
    """A blob in a 4K image is found where it is."""
    big = np.full((2160, 3840, 3), 60, np.uint8)
    random = np.random.default_rng(0)
    for x, y in random.uniform((200, 200), (3600, 1900), (60, 2)).astype(int).tolist():
        cv2.rectangle(big, (x, y), (x + 80, y + 80), (230, 230, 230), -1)
    moved = np.roll(big, (36, 60), axis=(0, 1))
    link = follow([big, moved])[0]
    assert len(link.px) > 20
    np.testing.assert_allclose(np.median(link.px - link.key_px, axis=0), [60, 36], atol=1.0)
