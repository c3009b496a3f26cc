"""Crops of images for plots."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.plots.subject import Box


@pytest.mark.parametrize(
    "box", [Box(-50, -20, 30, 40), Box(90, 70, 300, 300), Box(500, 500, 600, 600), Box(-90, -90, -10, -10)]
)
def test_a_cut_stays_inside_the_picture(box: Box) -> None:
    picture = np.arange(100 * 80 * 3, dtype=np.uint32).astype(np.uint8).reshape(80, 100, 3)
    cut = box.cut(picture)
    h, w = cut.image.shape[:2]
    assert h >= 1 and w >= 1
    np.testing.assert_array_equal(cut.image, picture[cut.y_px : cut.y_px + h, cut.x_px : cut.x_px + w])
