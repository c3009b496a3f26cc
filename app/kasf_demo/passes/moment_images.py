"""Images of the moments of a card, small enough for a page."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from kasf_demo.plots.subject import Box, Cut, PlacedCard
from kasf_demo.viewer.scene import ShownCard

HEIGHT_PX, QUALITY = 240, 82


def shown_card(placed: PlacedCard) -> ShownCard:
    """The card with its moments at the frames that are shown, and a JPEG of each that has an image."""
    moments = tuple((m.time_s, m.name) for m in placed.moments)
    images = [placed.cuts.get(m.frame) for m in placed.moments]
    jpegs = [None if cut is None else _jpeg(cut, m.box) for cut, m in zip(images, placed.moments, strict=True)]
    return ShownCard(replace(placed.card, moments=moments), tuple(jpegs))


def _jpeg(cut: Cut, box: Box) -> bytes:
    """The box, black where it is beyond the image, `HEIGHT_PX` high at most."""
    whole = np.zeros((box.y1 - box.y0, box.x1 - box.x0, 3), np.uint8)
    y, x = cut.y_px - box.y0, cut.x_px - box.x0
    top, left = max(y, 0), max(x, 0)
    part = cut.image[: whole.shape[0] - top, : whole.shape[1] - left]
    whole[top : top + part.shape[0], left : left + part.shape[1]] = part
    scale = min(1.0, HEIGHT_PX / whole.shape[0])
    size = (max(1, round(whole.shape[1] * scale)), max(1, round(whole.shape[0] * scale)))
    small = cv2.resize(whole, size, interpolation=cv2.INTER_AREA) if scale < 1 else whole
    return bytes(cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
