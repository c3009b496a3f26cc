"""Screen coordinates: full frame, short side, whole clip, square crop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifting.normalize import (
    Square,
    full_frame,
    normalize_whole_clip,
    short_side,
    square_crop,
    square_crops,
    whole_clip,
)


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
    want = np.dstack([2 * xy[..., 0] / width - 1, 2 * xy[..., 1] / width - height / width, xy[..., 2]])
    np.testing.assert_allclose(square.normalize(xy), want, rtol=0, atol=1e-12)
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


@given(st.floats(1, 4), st.integers(0, 10_000))
def test_square_crop_holds_the_athlete_and_moves_with_it(scale: float, seed: int) -> None:
    xy, score = np.random.default_rng(seed).uniform(0, 500, (27, 17, 2)), np.ones((27, 17))
    crop = square_crop(xy, score, scale)
    assert np.abs(crop.normalize(xy)).max() <= 1 + 1e-9
    moved = square_crop(xy * 2 + 7, score, scale)
    assert np.allclose([moved.left_px, moved.top_px], [crop.left_px * 2 + 7, crop.top_px * 2 + 7])
    assert np.isclose(moved.side_px, 2 * crop.side_px)


def test_points_of_low_score_do_not_widen_the_crop() -> None:
    xy, score = np.random.default_rng(0).uniform(100, 200, (27, 17, 2)), np.ones((27, 17))
    xy[5, 3], score[5, 3] = [5000, 0], 0.05
    assert square_crop(xy, score, 1.0).side_px < 101


def test_a_batch_of_windows_has_the_crops_of_each() -> None:
    """Training crops a batch at once, inference window by window."""
    rng = np.random.default_rng(5)
    xy, score, scale = rng.normal(300, 80, (6, 27, 17, 2)), rng.random((6, 27, 17)), rng.uniform(1, 2, 6)
    score[0] = 0.1  # nothing to be trusted
    corner, side = square_crops(xy, score, scale)
    for i in range(6):
        trusted = xy[i][score[i] > 0.3] if i else xy[i].reshape(-1, 2)
        low, high = trusted.min(0), trusted.max(0)
        want = (high - low).max() * scale[i]
        assert side[i] == want and (corner[i] == (low + high - want) / 2).all()
        assert square_crop(xy[i], score[i], scale[i]) == Square(*corner[i], side[i])


@pytest.mark.parametrize("size", [(0, 10), (10, -1), (float("nan"), 5), (5, float("inf"))])
def test_sizes_are_checked(size: tuple[float, float]) -> None:
    for square in (full_frame, short_side):
        with pytest.raises(ValueError, match="positive"):
            square(*size)
