"""Type set by Pillow in DejaVu Sans, which matplotlib carries, into masks that cost nothing to place on a frame.

matplotlib itself is not imported: that takes as long as detecting 20 frames.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from kasf_demo.render.primitives import pill
from kasf_demo.render.style import BACKGROUND, Rgb
from kasf_demo.types.arrays import FloatArray, Image


class Tag:
    """Set once, laid over many frames."""

    def __init__(self, text: str, size_px: int, colour: Rgb) -> None:
        ink = text_mask(text, size_px, bold=True)
        height = round(1.4 * size_px)
        width = max(ink.shape[1] + size_px, round(1.6 * height))
        radius = height / 2 - 1
        plate = np.zeros((height, width, 3), np.uint8)
        pill(plate, 0.5, height / 2 - 0.5, width - 2, radius, (255, 255, 255))
        self._plate: Image = plate[..., 0]
        self._ink, self._colour = ink, colour

    def draw(self, image: Image, foot: FloatArray) -> None:
        """Places the plate with the middle of its lower edge at `foot` (2,) px, held inside the image."""
        height, width = self._plate.shape
        x = min(max(0, round(float(foot[0]) - width / 2)), max(0, image.shape[1] - width))
        y = min(max(0, round(float(foot[1])) - height), max(0, image.shape[0] - height))
        paint(image, self._plate, x, y, self._colour)
        ink_height, ink_width = self._ink.shape
        paint(image, self._ink, x + (width - ink_width) // 2, y + (height - ink_height) // 2, BACKGROUND)


Mask = NDArray[np.uint8]  # (h, w) coverage 0..255

_LINE = 1.5  # height of a mask in type sizes: room for accents above and descenders below
_BASELINE = 0.42  # ... and where the baseline stands, from below
ELLIPSIS = "…"


@lru_cache(maxsize=512)
def text_mask(text: str, size_px: int, *, bold: bool = False) -> Mask:
    """One line of `text` as a mask round(1.5 size_px) high. Masks of one size share a baseline. Read-only."""
    font, line = _font(size_px, bold), _one_line(text)
    width, height = max(1, int(np.ceil(font.getlength(line)))), round(_LINE * size_px)
    picture = Picture.new("L", (width, height))
    baseline = height - round(_BASELINE * size_px)
    ImageDraw.Draw(picture).text((0, baseline), line, font=font, fill=255, anchor="ls")
    mask = np.array(picture)
    mask.setflags(write=False)
    return mask


@cache
def _font(size_px: int, bold: bool) -> ImageFont.FreeTypeFont:
    """A character that DejaVu lacks is drawn as a box: a caption may hold any file name."""
    found = find_spec("matplotlib")  # its place; a top-level package is not imported by this
    assert found is not None and found.submodule_search_locations
    fonts = Path(found.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(fonts / name), size_px, layout_engine=ImageFont.Layout.BASIC)


def _one_line(text: str) -> str:
    """`text` with a blank for everything that is no character of a line, such as the newline of a file name."""
    return "".join(character if character.isprintable() else " " for character in text)


@lru_cache(maxsize=2048)
def _advance(character: str, size_px: int) -> float:
    return float(_font(size_px, False).getlength(_one_line(character)))


def text_width(text: str, size_px: int) -> float:
    """Pixels that a line of `text` takes, without setting it. Kerning is left out."""
    return sum(_advance(character, size_px) for character in text)


def fit_line(text: str, size_px: int, width_px: int) -> str:
    """`text`, cut with an ellipsis where it is wider than `width_px`."""
    width, room = 0.0, width_px - text_width(ELLIPSIS, size_px)
    fits = 0  # characters that leave room for the ellipsis
    for count, character in enumerate(text, start=1):
        width += _advance(character, size_px)
        fits = count if width <= room else fits
        if width > width_px:
            return text[:fits].rstrip() + ELLIPSIS
    return text


def wrap(text: str, size_px: int, width_px: int, *, lines: int) -> list[str]:
    """`text` broken at spaces into at most `lines` lines of `width_px`; the last one is cut with an ellipsis."""
    out: list[str] = []
    words = text.split()
    while words and len(out) < lines - 1:
        count, width = 1, text_width(words[0], size_px)
        while count < len(words) and (width := width + text_width(f" {words[count]}", size_px)) <= width_px:
            count += 1
        out.append(fit_line(" ".join(words[:count]), size_px, width_px))
        words = words[count:]
    return [*out, fit_line(" ".join(words), size_px, width_px)] if words else out


def paint(image: Image, mask: Mask, x: int, y: int, colour: Rgb, alpha: float = 1.0) -> None:
    """Lays `colour` through `mask` with its upper left corner at (x, y); what falls outside `image` is cut off."""
    x0, y0 = max(0, x), max(0, y)
    target = (
        image[y0 : y + mask.shape[0], x0 : x + mask.shape[1]]
        if y + mask.shape[0] > 0 and x + mask.shape[1] > 0
        else image[:0]
    )
    if target.size == 0:
        return
    part = mask[y0 - y : y0 - y + target.shape[0], x0 - x : x0 - x + target.shape[1], None]
    cover = part.astype(np.float32) * (alpha / 255)
    target[:] = np.rint(target + cover * (np.array(colour, np.float32) - target)).astype(np.uint8)


class Counter:
    """Text that changes every frame, from glyphs set once: one flat copy per character, on BACKGROUND."""

    def __init__(self, characters: str, size_px: int, colour: Rgb, *, bold: bool = False) -> None:
        self.height = round(_LINE * size_px)
        self._cells: dict[str, Image] = {}
        for character in characters:
            mask = text_mask(character, size_px, bold=bold)
            cell: Image = np.empty((*mask.shape, 3), np.uint8)
            cell[:] = BACKGROUND
            paint(cell, mask, 0, 0, colour)
            self._cells[character] = cell

    def width(self, text: str) -> int:
        """Pixels that `text` takes."""
        return sum(self._cells[character].shape[1] for character in text)

    def draw(self, image: Image, x: int, y: int, text: str) -> int:
        """Writes `text` with its upper left corner at (x, y), cut off at the image's right edge. Returns the x after
        it."""
        for character in text:
            cell = self._cells[character]
            target = image[y : y + cell.shape[0], x : x + cell.shape[1]]
            target[:] = cell[: target.shape[0], : target.shape[1]]
            x += cell.shape[1]
        return x
