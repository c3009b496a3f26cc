"""Straight line segments of the background, found in a handful of frames of a shot (von Gioi et al. 2012, LSD)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray, Image
from kasf_demo.types.clip import ContentArea

SMALL_PX = 512  # longer side of the image that is searched
MIN_LENGTH = 0.045  # minimum length of a segment, relative to the longer side: shorter ones are texture
MAX_SEGMENTS = 120  # per frame; the longest are kept
EDGE = 0.012  # margin, relative to the longer side: segments nearer to the border may be the border
BOX_MARGIN = 0.1  # added around a person's box, relative to its size
MAX_SAMPLES, FIRST_GAP_S, MAX_FIRST_GAP = 4, 1.0, 30  # a container may claim any rate


@dataclass(frozen=True)
class FrameLines:
    """Segments (N, 4) x0, y0, x1, y1 of one frame of a shot, px of the whole frame."""

    frame: int
    px: FloatArray

    def outside(self, boxes: FloatArray) -> FrameLines:
        """Without the segments that reach into boxes (N, 4) px."""
        return FrameLines(self.frame, self.px[~_touches(self.px, boxes)]) if len(boxes) else self


class LineSampler:
    """Samples a shot of unknown length: when MAX_SAMPLES are held, every second one is dropped and the gap doubles."""

    def __init__(self, rate_hz: float, area: ContentArea | None = None) -> None:
        self._area = area
        self._gap = min(max(1, round(FIRST_GAP_S * rate_hz)), MAX_FIRST_GAP)
        self._held: list[FrameLines] = []

    def feed(self, frame: int, image: Image, boxes: FloatArray) -> None:
        """Frame by number, (H, W, 3), and the boxes of the people in it (P, 4) px, whose lines do not count."""
        if frame % self._gap:
            return
        if len(self._held) == MAX_SAMPLES:
            self._held = self._held[::2]
            self._gap *= 2
            if frame % self._gap:
                return
        self._held.append(FrameLines(frame, find_segments(image, boxes, self._area)))

    def samples(self, end: int) -> tuple[FrameLines, ...]:
        """Those of the frames before `end`."""
        return tuple(s for s in self._held if s.frame < end)


def find_segments(image: Image, boxes: FloatArray, area: ContentArea | None = None) -> FloatArray:
    """(N, 4) px: long segments of an image (H, W, 3) outside the boxes (P, 4) of people."""
    shown = image if area is None else image[area.slices]
    corner = np.zeros(2) if area is None else np.array([area.left, area.top], np.float64)
    height, width = shown.shape[:2]
    step = max(1, max(height, width) // (2 * SMALL_PX))
    green = np.ascontiguousarray(shown[::step, ::step, 1])
    f = min(1.0, SMALL_PX / max(green.shape))
    small = cv2.resize(green, None, fx=f, fy=f, interpolation=cv2.INTER_AREA) if f < 1 else green
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(small)[0]
    if found is None:
        return np.zeros((0, 4))
    scale = np.tile([width / small.shape[1], height / small.shape[0]], 2)
    px = (np.asarray(found, np.float64).reshape(-1, 4) + 0.5) * scale
    length = np.linalg.norm(px[:, 2:] - px[:, :2], axis=-1)
    side = max(height, width)
    keep = (length >= MIN_LENGTH * side) & ~_on_border(px, width, height, EDGE * side)
    px, length = px[keep] + np.tile(corner, 2), length[keep]
    px, length = (values[~_touches(px, boxes)] for values in (px, length))
    return np.asarray(px[np.argsort(-length)[:MAX_SEGMENTS]])


def _on_border(px: FloatArray, width: int, height: int, margin: float) -> BoolArray:
    """(N,) segments that run along a border of the content."""
    near = [
        (px[:, [axis, axis + 2]] < margin).all(-1) | (px[:, [axis, axis + 2]] > side - margin).all(-1)
        for axis, side in enumerate((width, height))
    ]
    return np.asarray(near[0] | near[1])


def _touches(px: FloatArray, boxes: FloatArray) -> BoolArray:
    """(N,) segments with an end or the middle inside a person's widened box."""
    boxes = boxes[np.isfinite(boxes).all(-1)]
    margin = BOX_MARGIN * (boxes[:, 2:] - boxes[:, :2])
    low, high = boxes[:, :2] - margin, boxes[:, 2:] + margin
    points = np.stack([px[:, :2], (px[:, :2] + px[:, 2:]) / 2, px[:, 2:]], axis=1)[:, :, None]
    return np.asarray(((points >= low) & (points <= high)).all(-1).any(-1).any(-1))
