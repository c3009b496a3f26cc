"""The screen coordinates of the published networks, by the name that `kasportsformer` offers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kasportsformer import denormalize_screen, normalize_screen

sizes = st.integers(1, 8000)


@pytest.mark.assets
def test_golden(shared: Path) -> None:
    with np.load(shared / "golden" / "coco_to_h36m.npz") as golden:
        pixels = np.concatenate([golden["h36m_px"], golden["h36m_score"][..., None]], axis=-1)
        np.testing.assert_allclose(
            normalize_screen(pixels, 1280, 720), golden["h36m_normalised_1280x720"], rtol=0, atol=1e-5
        )


@settings(max_examples=50, deadline=None)
@given(arrays(np.float64, (4, 17, 3), elements=st.floats(-10_000, 10_000)), sizes, sizes)
def test_round_trip(xy: np.ndarray, width: int, height: int) -> None:
    back = denormalize_screen(normalize_screen(xy, width, height), width, height)
    np.testing.assert_allclose(back, xy, atol=1e-7)
    np.testing.assert_array_equal(back[..., 2], xy[..., 2])


def test_corners_and_centre() -> None:
    corners = np.array([(0, 0), (1280, 720), (640, 360)])
    np.testing.assert_allclose(normalize_screen(corners, 1280, 720), [(-1, -0.5625), (1, 0.5625), (0, 0)])


def test_input_untouched_and_float32_kept() -> None:
    xy = np.full((17, 2), 10, np.float32)
    assert normalize_screen(xy, 100, 50).dtype == np.float32
    assert (xy == 10).all()


@pytest.mark.parametrize("size", [(0, 10), (10, -1), (float("nan"), 10), (10, float("inf"))])
def test_sizes_must_be_positive(size: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        normalize_screen(np.zeros((17, 2)), *size)
