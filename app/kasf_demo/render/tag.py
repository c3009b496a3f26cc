"""A person's number on a small rounded plate in the person's accent."""

from __future__ import annotations

import numpy as np

from kasf_demo.render.primitives import pill
from kasf_demo.render.style import BACKGROUND, Rgb
from kasf_demo.render.text import paint, text_mask
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
        """Places the plate with the middle of its lower edge at `foot` (2,) px, held inside the picture."""
        height, width = self._plate.shape
        x = min(max(0, round(float(foot[0]) - width / 2)), max(0, image.shape[1] - width))
        y = min(max(0, round(float(foot[1])) - height), max(0, image.shape[0] - height))
        paint(image, self._plate, x, y, self._colour)
        ink_height, ink_width = self._ink.shape
        paint(image, self._ink, x + (width - ink_width) // 2, y + (height - ink_height) // 2, BACKGROUND)
