"""Letterboxing: resize and pad an image to the network input, and map predictions back to image pixels (ultralytics'
conventions).

The published models have square inputs, of which a wide image fills little more than half. The input here is reduced to
the rows and columns that the image covers, in multiples of the largest stride, as ultralytics does for `.pt` files.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.people import Detections


def cut(image: Image, left: int, top: int, side: int, *, beyond: int) -> Image:
    """(side, side, 3) crop of `image`; pixels outside the image have the level `beyond`."""
    height, width = image.shape[:2]
    out = np.full((side, side, 3), beyond, np.uint8)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    if x0 < x1 and y0 < y1:
        out[y0 - top : y1 - top, x0 - left : x1 - left] = image[y0:y1, x0:x1]
    return out


GREY = 114  # level of the border, as in training


@dataclass(frozen=True)
class Letterbox:
    """How an image of `width` x `height` px is placed in an input of `rows` x `columns`: scaled by `scale`, at `left`,
    `top`."""

    width: int
    height: int
    rows: int
    columns: int
    scale: float
    left: int
    top: int

    @classmethod
    def of(cls, width: int, height: int, limit: tuple[int, int], stride: int) -> Letterbox:
        """The smallest input, in multiples of `stride`, for the image scaled into `limit` (rows, columns)."""
        scale = min(limit[0] / height, limit[1] / width)
        inner_h, inner_w = (max(1, round(size * scale)) for size in (height, width))
        rows, columns = (-(-size // stride) * stride for size in (inner_h, inner_w))
        # half a pixel of border goes below and to the right
        return cls(
            width, height, rows, columns, scale, round((columns - inner_w) / 2 - 0.1), round((rows - inner_h) / 2 - 0.1)
        )

    @property
    def input(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns

    def put(self, image: Image) -> Image:
        """(rows, columns, 3): the image (H, W, 3) on grey."""
        inner = (max(1, round(self.width * self.scale)), max(1, round(self.height * self.scale)))
        out = np.full((self.rows, self.columns, 3), GREY, np.uint8)
        part = out[self.top : self.top + inner[1], self.left : self.left + inner[0]]
        if inner == (self.width, self.height):
            part[:] = image
        else:
            cv2.resize(image, inner, dst=part, interpolation=cv2.INTER_LINEAR)
        return out

    def back(self, xy: FloatArray) -> FloatArray:
        """Points (..., 2) of the input in image pixels, clipped to the image."""
        moved = (xy - np.array([self.left, self.top], xy.dtype)) / np.float32(self.scale)
        clipped: FloatArray = np.clip(moved, 0, np.array([self.width, self.height], xy.dtype))
        return clipped


def people(raw: FloatArray, box: Letterbox, *, min_score: float, max_overlap: float, most: int) -> Detections:
    """Detections, best first, from the network's output (56, N): centre x, y, width, height, score, and 17 times x, y,
    score.

    Of boxes that overlap by more than `max_overlap` (IoU) the best one is kept. Rows with NaN are ignored.
    """
    raw = raw[:, raw[4] > min_score].astype(np.float32)
    raw = raw[:, np.isfinite(raw).all(0)]
    if raw.shape[1] == 0:
        return Detections.empty()
    middle, size, score = raw[:2].T, raw[2:4].T, raw[4]
    corner = middle - size / 2
    keep = np.asarray(
        cv2.dnn.NMSBoxes(np.hstack([corner, size]).tolist(), score.tolist(), 0.0, max_overlap), dtype=np.int64
    ).ravel()[:most]
    points = raw[5:, keep].T.reshape(len(keep), 17, 3)
    boxes = np.stack([corner[keep], (corner + size)[keep]], axis=1)
    return Detections(
        box.back(points[..., :2]),
        np.clip(points[..., 2], 0, 1),
        box.back(boxes).reshape(-1, 4),
        np.clip(score[keep], 0, 1),
    )
