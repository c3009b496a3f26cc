"""Cells of the views, frames nearest in time, and the map."""

from collections.abc import Iterator

import numpy as np
import pytest

from kasf_demo.types.clip import Frame
from kasf_demo.views.draw import NearestFrames, grid


@pytest.mark.parametrize(
    "sizes",
    [
        [(1920, 1080)] * 2,
        [(1080, 1920)] * 2,
        [(1080, 1920)] * 4,
        [(1920, 1080), (1080, 1920), (640, 480)],
        [(1920, 1080)] * 8,
    ],
)
def test_views_keep_their_shape_and_do_not_overlap(sizes: list[tuple[int, int]]) -> None:
    cells, width = grid(sizes, 900)
    taken = np.zeros((900, width), int)
    for cell, (w, h) in zip(cells, sizes, strict=True):
        assert abs(cell.width / cell.height - w / h) < 0.01
        assert cell.x + cell.width <= width and cell.y + cell.height <= 900
        taken[cell.slices] += 1
    assert taken.max() == 1 and taken.mean() > 0.5


def test_each_moment_has_the_nearest_frame_of_a_clip_that_runs() -> None:
    def frames() -> Iterator[Frame]:
        for n in range(4):
            yield Frame(n, 0.1 * n, np.full((2, 2, 3), n, np.uint8))

    nearest = NearestFrames(frames(), slack_s=0.1)
    asked = (-0.5, 0.0, 0.04, 0.06, 0.29, 0.35, 0.9)
    found = [nearest.at(t) for t in asked]
    assert [None if f is None else int(f[0, 0, 0]) for f in found] == [None, 0, 0, 1, 3, 3, None]
