"""The squares that keypoints are normalised in, for each window of a clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.clip import ContentArea
from lifting.normalize import Square, full_frame, square_crop, whole_clip

if TYPE_CHECKING:
    from lifting.network import Normalisation


@dataclass(frozen=True)
class SourceImage:
    """The image that keypoints are seen in. area: its content without bars, px. focal_px (T,): by frame; None if the
    lens is only assumed."""

    area: ContentArea
    focal_px: FloatArray | None = None

    @property
    def centre(self) -> FloatArray:
        """(2,) px, also the principal point."""
        return np.array([(self.area.left + self.area.right) / 2, (self.area.top + self.area.bottom) / 2])


@dataclass(frozen=True)
class Squares:
    """How windows are normalised. scale: of a square crop; view: needed for the full frame. fixed: the square of a
    whole clip."""

    normalisation: Normalisation
    scale: float
    fixed: Square | None = None

    @classmethod
    def of(
        cls, normalisation: Normalisation, scale: float, xy: FloatArray, score: FloatArray, view: SourceImage | None
    ) -> Squares:
        """For the keypoints of a clip, xy (T, 17, 2) px and score (T, 17). ValueError for the full frame without
        `view`. A whole clip without a square (MotionBERT's rule) gets square crops."""
        if normalisation == "full-frame":
            if view is None:
                raise ValueError("full-frame normalisation needs the size of the image")
            square = full_frame(view.area.width, view.area.height)
            moved = Square(square.left_px + view.area.left, square.top_px + view.area.top, square.side_px)
            return cls(normalisation, scale, moved)
        fixed = whole_clip(xy, score) if normalisation == "whole-clip" else None
        return cls(normalisation if fixed else "square-crop", scale, fixed)

    def of_window(self, xy: FloatArray, score: FloatArray) -> Square:
        """For the keypoints of a window, xy (T, 17, 2) px and score (T, 17)."""
        return self.fixed or square_crop(xy, score, self.scale)

    def normalize(self, square: Square, xy: FloatArray, score: FloatArray) -> FloatArray:
        """(T, 17, 3) the network's input: x, y in -1..1 over the square, and the score."""
        given = np.concatenate([square.normalize(xy), score[..., None]], axis=-1)
        return np.clip(given, -1, 1) if self.normalisation == "whole-clip" else given
