"""A small map from above: where the cameras stand, where they look, and the athlete's path."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from kasf_demo.render.style import BACKGROUND, TEXT, TEXT_DIM, accent, mix
from kasf_demo.render.text import paint, text_mask
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.people import Person

ROOM = 0.16  # of the map's size, kept around what is shown
LOOK_M = 0.16  # length of a camera's cone, as a share of the width shown
OPEN_DEG = 25.0  # half the angle of the cone as drawn
FINE_BITS = 4  # cv2 draws in sixteenths of a pixel


class PlanMap:
    """centres, ahead (C, 3): places and viewing directions of the cameras in the world. people: in the world."""

    def __init__(self, centres: FloatArray, ahead: FloatArray, people: Sequence[Person], size_px: int) -> None:
        self.size_px = size_px
        self._path = [p.pose.root[:, :2] for p in people]
        walked = [path[np.isfinite(path).all(1)] for path in self._path]
        every = np.concatenate([centres[:, :2], *walked])
        low, high = every.min(0), every.max(0)
        self._shown_m = max(float((high - low).max()), 1.0)
        self._middle = (low + high) / 2
        self._base = np.empty((size_px, size_px, 3), np.uint8)
        self._base[:] = mix(BACKGROUND, TEXT_DIM, 0.12)
        for path in walked:
            cv2.polylines(self._base, [self._fixed(path)], False, TEXT_DIM, 1, cv2.LINE_AA, FINE_BITS)
        for number, (place, way) in enumerate(zip(centres, ahead, strict=True)):
            self._camera(number + 1, place[:2], way[:2])

    def draw(self, canvas: Image, frame: int) -> None:
        """Draws the map at frame number `frame` into the upper left corner of `canvas`."""
        target = canvas[: self.size_px, : self.size_px]
        np.copyto(target, self._base)
        for number, path in enumerate(self._path):
            if np.isfinite(path[frame]).all():
                cv2.circle(
                    target,
                    self._fixed(path[frame]).tolist(),
                    4 << FINE_BITS,
                    accent(number),
                    -1,
                    cv2.LINE_AA,
                    FINE_BITS,
                )

    def _camera(self, number: int, place: FloatArray, way: FloatArray) -> None:
        heading = np.arctan2(way[1], way[0])
        sides = [heading + np.radians(d) for d in (-OPEN_DEG, OPEN_DEG)]
        corners = [place, *(place + LOOK_M * self._shown_m * np.array([np.cos(a), np.sin(a)]) for a in sides)]
        cv2.fillPoly(self._base, [self._fixed(np.array(corners))], mix(BACKGROUND, TEXT, 0.75), cv2.LINE_AA, FINE_BITS)
        label = text_mask(str(number), max(11, self.size_px // 14))
        behind = place - 0.1 * self._shown_m * np.array([np.cos(heading), np.sin(heading)])
        x, y = self._px(behind) - np.array(label.shape[::-1]) / 2
        inside = np.clip([x, y], 0, self.size_px - max(label.shape))
        paint(self._base, label, round(float(inside[0])), round(float(inside[1])), TEXT)

    def _px(self, places: FloatArray) -> FloatArray:
        """(..., 2) px of places (..., 2) m; y of the world points up."""
        scale = self.size_px * (1 - 2 * ROOM) / self._shown_m
        return np.asarray((places - self._middle) * [scale, -scale] + self.size_px / 2)

    def _fixed(self, places: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
        return np.round(self._px(places) * (1 << FINE_BITS)).astype(np.int32)
