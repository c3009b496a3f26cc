"""Lines of type: measured, cut and wrapped before they are set."""

import numpy as np

from kasf_demo.render.floor import grid_spacing
from kasf_demo.render.style import BACKGROUND, TEXT
from kasf_demo.render.text import ELLIPSIS, Counter, fit_line, paint, text_mask, text_width, wrap

CAPTION = "KASportsFormer · scale assumed: 1.75 m · a clip with a long name.mp4"


def test_measured_and_set_widths_agree():
    assert abs(text_width(CAPTION, 16) - text_mask(CAPTION, 16).shape[1]) < 6


def test_lines_fit():
    for width in (60, 150, 400):
        lines = wrap(CAPTION, 14, width, lines=2)
        assert len(lines) <= 2
        assert all(text_width(line, 14) <= width for line in lines)
    assert wrap(CAPTION, 14, 60, lines=2)[-1].endswith(ELLIPSIS)
    assert wrap(CAPTION, 14, 4000, lines=2) == [CAPTION]
    assert wrap("", 14, 100, lines=2) == []
    assert fit_line("short", 14, 400) == "short"


def test_masks_of_one_size_share_a_height_and_hold_ink():
    assert text_mask("ggg", 20).shape[0] == text_mask("AÄ", 20).shape[0] == 30
    assert text_mask("A", 20).max() > 200
    assert text_mask("", 20).max() == 0


def test_dollars_are_no_formula():
    assert text_mask("$5_a$", 20).shape[1] > text_mask("5", 20).shape[1] * 3


def test_paint_cuts_off_what_is_outside():
    image = np.zeros((10, 10, 3), np.uint8)
    for x, y in ((-100, 0), (0, -100), (100, 0), (0, 100)):
        paint(image, text_mask("A", 20), x, y, TEXT)
    assert not image.any()
    paint(image, text_mask("A", 20), -4, -10, TEXT)
    assert image.any()


def test_counter_writes_over_what_was_there():
    counter = Counter("0123456789.s ", 20, TEXT)
    image = np.full((counter.height, 200, 3), BACKGROUND, np.uint8)
    end = counter.draw(image, 0, 0, "12.5 s")
    first = image.copy()
    counter.draw(image, 0, 0, "99.5 s")
    counter.draw(image, 0, 0, "12.5 s")
    assert np.array_equal(image, first)
    assert end == counter.width("12.5 s") < 200
    counter.draw(image, 190, 0, "1234")  # past the edge


def test_grid_spacing_is_one_two_or_five():
    assert grid_spacing(260, 600) == 1
    assert grid_spacing(40, 600) == 2
    assert grid_spacing(20, 600) == 5
    assert grid_spacing(1e-3, 600) == 100_000
