"""Sizes: even, limited, and the image at its own size where it can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo.render.layout import MAX_WIDTH_PX, plan_layout


@given(
    name=st.sampled_from(["side", "overlay", "3d"]),
    width=st.integers(1, 9000),
    height=st.integers(1, 9000),
    limit=st.integers(360, 2160),
)
def test_sizes_are_even_and_everything_is_inside(name, width, height, limit):
    layout = plan_layout(name, width, height, limit)
    assert layout.width % 2 == layout.height % 2 == 0
    assert layout.height <= limit + 1
    assert layout.width <= 2 * MAX_WIDTH_PX
    for rect in filter(None, (layout.picture, layout.panel)):
        assert rect.width > 0
        assert rect.height > 0
        assert 0 <= rect.x <= rect.x + rect.width <= layout.width
        assert 0 <= rect.y <= rect.y + rect.height <= layout.height


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (3840, 2160), (720, 1280), (641, 481)])
def test_the_picture_keeps_its_size(size):
    picture = plan_layout("side", *size, 2160).picture
    assert (picture.width, picture.height) == size


def test_small_pictures_are_scaled_up_and_large_ones_down():
    assert plan_layout("side", 160, 120, 2160).picture.height == 360
    assert plan_layout("side", 7680, 4320, 2160).picture.height == 2160
    assert plan_layout("overlay", 160, 120, 2160).width == 160  # the overlay is the source's size


def test_3d_alone_is_wide_for_a_wide_source_and_square_for_an_upright_one():
    assert (plan_layout("3d", 1280, 720, 2160).width, plan_layout("3d", 1280, 720, 2160).height) == (1280, 720)
    assert plan_layout("3d", 720, 1280, 2160).width == 1280
