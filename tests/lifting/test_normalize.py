"""Screen coordinates: full frame, short side, whole clip, square crop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kasportsformer.normalize import normalize_screen
from lifting.normalize import Square, full_frame, normalize_whole_clip, short_side, square_crop, whole_clip


@pytest.mark.assets
def test_golden(shared: Path) -> None:
    with np.load(shared / "golden" / "motionbert_normalisation.npz") as golden:
        found = normalize_whole_clip(golden["h36m_px"])
        np.testing.assert_allclose(found, golden["crop_scaled"], rtol=0, atol=1e-5)
        pixel = short_side(1280, 720).normalize(golden["h36m_px"])
        np.testing.assert_allclose(pixel, golden["pixel_mode_1280x720"], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (1000, 1002), (640, 640)])
def test_full_frame_is_the_published_formula(width: int, height: int) -> None:
    xy = np.random.default_rng(1).uniform(-50, 2000, (5, 17, 3))
    square = full_frame(width, height)
    np.testing.assert_allclose(square.normalize(xy), normalize_screen(xy, width, height), rtol=0, atol=1e-12)
    np.testing.assert_allclose(square.denormalize(square.normalize(xy)), xy, rtol=0, atol=1e-9)
    assert square.normalize(xy)[0, 0, 2] == xy[0, 0, 2]  # the confidence


def test_whole_clip_by_hand() -> None:
    keypoints = np.zeros((2, 17, 3))
    keypoints[0, :5] = [[10, 20, 1], [30, 20, 0.1], [10, 60, 1], [20, 30, 1], [0, 0, 0]]  # the last one was not found
    square = whole_clip(keypoints[..., :2], keypoints[..., 2])
    assert square == Square(0.0, 20.0, 40.0)
    found = normalize_whole_clip(keypoints)
    np.testing.assert_allclose(found[0, :3, :2], [[-0.5, -1], [0.5, -1], [-0.5, 1]])
    assert found.min() == -1 and found.shape == (2, 17, 3)


def test_whole_clip_without_a_square() -> None:
    few = np.zeros((2, 17, 3))
    few[0, :3] = [[10, 20, 1], [30, 20, 1], [10, 60, 1]]
    same = np.ones((2, 17, 3))
    for keypoints in (few, same):
        assert whole_clip(keypoints[..., :2], keypoints[..., 2]) is None
        assert (normalize_whole_clip(keypoints) == 0).all()


def test_square_crop_and_pixels() -> None:
    xy = np.zeros((1, 17, 2))
    xy[0, :9] = np.linspace([100, 300], [140, 380], 9)
    score = np.where(np.arange(17) < 9, 1.0, 0.1)[None]
    square = square_crop(xy, score, 1.25)
    assert square == Square(70.0, 290.0, 100.0)
    pose = np.random.default_rng(0).normal(size=(1, 17, 3))
    np.testing.assert_allclose(square.to_pixels(pose), pose * 50)
    assert square_crop(xy, score * 0.1, 1.0).side_px == 380  # nothing is trusted: all points decide


@pytest.mark.parametrize("size", [(0, 10), (10, -1), (float("nan"), 5), (5, float("inf"))])
def test_sizes_are_checked(size: tuple[float, float]) -> None:
    for square in (full_frame, short_side):
        with pytest.raises(ValueError, match="positive"):
            square(*size)
