"""The video of a session's page: all views, small, side by side."""

import numpy as np
import pytest

from kasf_demo.views.atlas import Atlas, tiles


@pytest.mark.parametrize(
    "sizes",
    [
        [(1920, 1080)] * 2,
        [(1080, 1920), (1920, 1080)],
        [(1280, 720), (720, 1280), (333, 211)],
        [(3840, 2160)] * 4,
        [(1920, 1080)] * 8,
    ],
)
def test_tiles_keep_the_shape_of_views_and_lie_apart(sizes: list[tuple[int, int]]) -> None:
    found, (width, height) = tiles(sizes)
    taken = np.zeros((height, width), int)
    for (left, top, w, h), (own_w, own_h) in zip(found, sizes, strict=True):
        assert w % 2 == 0 and h % 2 == 0 and w <= own_w + 1 and abs(w / h - own_w / own_h) < 0.02
        taken[top : top + h, left : left + w] += 1
    assert taken.max() == 1
    assert width <= 1600 and height <= 1600 and width % 2 == 0 and height % 2 == 0


def test_each_view_is_drawn_in_its_tile_and_nothing_where_it_does_not_run() -> None:
    atlas = Atlas([(64, 32), (32, 64)])
    red, blue = (np.zeros((*shape, 3), np.uint8) for shape in ((32, 64), (64, 32)))
    red[..., 0], blue[..., 2] = 255, 255
    both = atlas.draw([red, blue]).copy()
    (left, top, w, h), (left_b, top_b, w_b, h_b) = atlas.tiles
    assert (both[top : top + h, left : left + w] == [255, 0, 0]).all()
    assert (both[top_b : top_b + h_b, left_b : left_b + w_b] == [0, 0, 255]).all()
    one = atlas.draw([red, None])
    assert (one[top_b : top_b + h_b, left_b : left_b + w_b, 2] < 60).all()
