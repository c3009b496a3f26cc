"""Camera motion that is undone: a point of the world stays where it is, keypoints return to the first frame's view."""

from __future__ import annotations

import numpy as np
from panorama import rotation

from kasf_demo.camera.compensate import apply_rotation, rotate_in_image, undo_rotation, undo_zoom
from kasf_demo.types.camera import Camera, CameraMotion
from kasf_demo.types.people import Keypoints2D


def test_rotation_is_undone_and_applied_again() -> None:
    turned = np.stack([rotation(a, a / 3) for a in (0, 10, 20)])
    motion = CameraMotion("turns", turned, np.ones(3), np.ones(3, bool))
    xyz = np.random.default_rng(0).normal(size=(3, 17, 3))
    np.testing.assert_allclose(apply_rotation(motion, undo_rotation(motion, xyz)), xyz, atol=1e-12)
    fixed = np.array([0.0, 0.0, 5.0])  # a point of the world, as each frame sees it
    np.testing.assert_allclose(
        undo_rotation(motion, (turned @ fixed)[:, None])[:, 0], np.tile(fixed, (3, 1)), atol=1e-12
    )


def test_zoom_is_undone_about_the_image_centre() -> None:
    camera, zoom = Camera(700.0, 640.0, 360.0), np.array([1.0, 1.25, 2.0])
    first = np.random.default_rng(0).uniform(0, 700, (17, 2))
    xy = (first - [640, 360]) * zoom[:, None, None] + [640, 360]  # the same points, as the camera zooms in
    seen = Keypoints2D(xy, np.ones((3, 17)), np.ones(3, bool), np.zeros(3, bool), "h36m")
    np.testing.assert_allclose(undo_zoom(seen, zoom, camera).xy, np.tile(first, (3, 1, 1)), atol=1e-9)


def test_rotation_in_the_image_is_clockwise_and_leaves_depth() -> None:
    xyz = np.array([[[110.0, 50.0, 7.0]], [[110.0, 50.0, 7.0]]])  # to the right of the centre
    got = rotate_in_image(xyz, np.array([90.0, -90.0]), np.array([100.0, 50.0]))
    np.testing.assert_allclose(got[:, 0], [[100, 60, 7], [100, 40, 7]], atol=1e-9)  # y points down
