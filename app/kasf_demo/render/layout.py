"""Where things stand in the output image. Pure arithmetic on sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LayoutName = Literal["side", "overlay", "3d"]
MIN_HEIGHT_PX = 360  # type cannot be read in a smaller output
MIN_WIDTH_PX = 200
MAX_WIDTH_PX = 7680  # of the image; with the panel beside it still within what H.264 can hold


@dataclass(frozen=True)
class Rect:
    """x, y of the upper left corner, width, height; pixels of the output."""

    x: int
    y: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)


@dataclass(frozen=True)
class Layout:
    """The output's size (even, as H.264 wants it), and where the image and the 3D panel stand in it."""

    width: int
    height: int
    picture: Rect | None
    panel: Rect | None


def plan_layout(name: LayoutName, width: int, height: int, max_height_px: int) -> Layout:
    """The layout for a source of `width` x `height` px: kept at its size where that is between 360 and `max_height_px`
    high."""
    scale = min(1.0, max_height_px / height, MAX_WIDTH_PX / width)
    if name == "overlay":
        fitted_w, fitted_h = max(1, round(width * scale)), max(1, round(height * scale))
        return Layout(_even(fitted_w), _even(fitted_h), Rect(0, 0, fitted_w, fitted_h), None)
    if height * scale < MIN_HEIGHT_PX:
        scale = min(MIN_HEIGHT_PX / height, max(scale, MIN_HEIGHT_PX * 4 / width))  # a ribbon stays a ribbon
    fitted_w, fitted_h = max(1, round(width * scale)), max(1, round(height * scale))
    box_h = _even(max(fitted_h, MIN_HEIGHT_PX))
    if name == "3d":
        panel_w = _even(round(box_h * 16 / 9)) if width >= height else box_h
        return Layout(panel_w, box_h, None, Rect(0, 0, panel_w, box_h))
    box_w = max(fitted_w, MIN_WIDTH_PX)
    panel_w = round(min(max(0.5625 * fitted_w, 0.625 * box_h), box_h))
    panel_w += (box_w + panel_w) % 2
    picture = Rect((box_w - fitted_w) // 2, (box_h - fitted_h) // 2, fitted_w, fitted_h)
    return Layout(box_w + panel_w, box_h, picture, Rect(box_w, 0, panel_w, box_h))


def _even(value: int) -> int:
    return value + value % 2
