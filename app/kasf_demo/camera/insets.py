"""Insets (image-in-image): their border stays fixed in the frame while the camera turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import overload

import cv2
import numpy as np

from kasf_demo.camera.correspondences import Link
from kasf_demo.types.arrays import BoolArray, FloatArray, Image

EVERY = 4  # every fourth frame is searched
MIN_SAMPLES = 8
EDGE = 40  # minimum Sobel derivative of an edge, levels
STEADY = 0.75  # minimum share of the samples in which a steady edge is at the same place
MAX_STEADY_AROUND = 0.3  # if a larger share of the edges outside is steady, the camera is static: no insets
MAX_GAP_SHARE = 0.15  # maximum gap in a border, in frame heights: there, inset and background look alike
MIN_SIDE_SHARE, MAX_SIDE_SHARE = 0.07, 0.6  # sides of an inset, relative to those of the frame
MIN_COVERED = 0.8  # minimum share of the upper and lower border that is a steady edge
NEAR_PX = 2  # tolerance of positions, px of the small image
MIN_SHARE_OF_LONGEST = 0.9  # a line is the middle of its columns of at least this share of the longest one
MAX_LINES = 40
MIN_INSIDE, MIN_FRAMES = 0.85, 0.8  # minimum share of a person's box within the inset, and of the frames with that


class InsetFinder:
    """Remembers where edges are in the small grey images of a shot; `feed` them in order."""

    def __init__(self) -> None:
        self._seen: FloatArray | None = None
        self._fed = self._samples = 0

    def feed(self, small: Image) -> None:
        """The next image (H, W)."""
        self._fed += 1
        if (self._fed - 1) % EVERY:
            return
        edges = np.stack([np.abs(cv2.Sobel(small, cv2.CV_16S, *order)) > EDGE for order in ((1, 0), (0, 1))])
        self._seen = edges.astype(np.uint16) if self._seen is None else self._seen + edges
        self._samples += 1

    def boxes(self) -> FloatArray:
        """(N, 4) insets, x0, y0, x1, y1 px of the small image; none if the camera stands still."""
        none = np.zeros((0, 4))
        if self._seen is None or self._samples < MIN_SAMPLES:
            return none
        often = self._seen / self._samples
        found = _rectangles(often[0] >= STEADY, often[1] >= STEADY)
        if not found:
            return none
        around = np.ones(often.shape[1:], bool)
        for x0, y0, x1, y1 in found:
            around[y0 : y1 + 1, x0 : x1 + 1] = False
        steady, edges = ((often.max(0) >= level) & around for level in (STEADY, 1.5 / self._samples))
        return none if steady.sum() > MAX_STEADY_AROUND * max(int(edges.sum()), 1) else np.array(found, np.float64)


Box = tuple[int, int, int, int]


def _rectangles(upright: BoolArray, level: BoolArray) -> list[Box]:
    """Rectangles whose sides are steady edges, upright and level ones (H, W), or edges of the frame; of nested ones the
    largest."""
    height, width = upright.shape
    sides = _lines(upright)
    crossing = cv2.dilate(level.astype(np.uint8), np.ones((2 * NEAR_PX + 1, 1), np.uint8)) > 0
    found: list[Box] = []
    for i, (x0, top, bottom) in enumerate(sides):
        pairs = [(x0, x1, max(top, a), min(bottom, b)) for x1, a, b in sides[i + 1 :]
                 if abs(top - a) <= NEAR_PX and abs(bottom - b) <= NEAR_PX]  # fmt: skip
        for left, right, y0, y1 in [*pairs, (0, x0, top, bottom), (x0, width - 1, top, bottom)]:
            large = right - left >= MIN_SIDE_SHARE * width and y1 - y0 >= MIN_SIDE_SHARE * height
            at_edge = (y0 <= NEAR_PX, y1 >= height - 1 - NEAR_PX)
            closed = [
                edge or crossing[y, left : right + 1].mean() >= MIN_COVERED
                for edge, y in zip(at_edge, (y0, y1), strict=True)
            ]
            if large and all(closed) and not all(at_edge) and right - left < MAX_SIDE_SHARE * width:
                found.append((left, y0, right, y1))
    at_sides = (0, width - 1)  # those with two sides of their own come first, then the larger ones
    found.sort(key=lambda b: (b[0] in at_sides or b[2] in at_sides, -(b[2] - b[0]) * (b[3] - b[1])))
    return [b for k, b in enumerate(found) if not any(_overlap(b, other) for other in found[:k])]


def _lines(upright: BoolArray) -> list[tuple[int, int, int]]:
    """x, first and last row of upright lines, from left to right; short gaps in them are closed."""
    height = len(upright)
    gap, least = round(MAX_GAP_SHARE * height), round(MIN_SIDE_SHARE * height)
    thick = cv2.dilate(upright.astype(np.uint8), np.ones((1, 3), np.uint8))
    thick = cv2.copyMakeBorder(thick, gap, gap, 0, 0, cv2.BORDER_CONSTANT, value=0)
    thick = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((gap, 1), np.uint8))
    thick = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((least, 1), np.uint8))[gap : gap + height]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thick, connectivity=8)
    lines = []
    for number in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[number])
        part = labels[y : y + h, x : x + w] == number
        longest = np.flatnonzero(part.sum(0) >= MIN_SHARE_OF_LONGEST * part.sum(0).max())
        column = int(longest[len(longest) // 2])  # other steady edges may touch the line
        rows = np.flatnonzero(part[:, column])
        lines.append((x + column, y + int(rows[0]), y + int(rows[-1])))
    return sorted(lines)[:MAX_LINES]


def _overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


class LinksOutside(Sequence[Link]):
    """Links without the points that lie in any of the boxes (N, 4) px of the frame."""

    def __init__(self, links: Sequence[Link], boxes: FloatArray) -> None:
        self._links, self._boxes = links, boxes

    def __len__(self) -> int:
        return len(self._links)

    @overload
    def __getitem__(self, index: int) -> Link: ...
    @overload
    def __getitem__(self, index: slice) -> list[Link]: ...
    def __getitem__(self, index: int | slice) -> Link | list[Link]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        link = self._links[index]
        key = link.key_px[:, None]
        inside = np.asarray(((key >= self._boxes[:, :2]) & (key <= self._boxes[:, 2:])).all(-1)).any(1)
        return replace(link, key_px=link.key_px[~inside], px=link.px[~inside])


def inset_of(person: FloatArray, boxes: FloatArray) -> int | None:
    """Which of the insets (N, 4) a person stays in, whose boxes are (T, 4), NaN where not seen; None if in none of
    them."""
    seen = person[np.isfinite(person).all(-1)]
    if not len(seen):
        return None
    area = np.maximum((seen[:, 2:] - seen[:, :2]).prod(1), 1e-6)
    for number, box in enumerate(boxes):
        shared = np.maximum(np.minimum(seen[:, 2:], box[2:]) - np.maximum(seen[:, :2], box[:2]), 0).prod(1)
        if (shared >= MIN_INSIDE * area).mean() >= MIN_FRAMES:
            return number
    return None
