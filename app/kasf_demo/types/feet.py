"""Heel and big toe of both feet in the image, beside the COCO-17 keypoints of a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray, _want

FEET = ("l_heel", "l_toe", "r_heel", "r_toe")  # the order of all arrays of foot points
FEET_MIRROR = (2, 3, 0, 1)
Rows = slice | list[int] | NDArray[np.integer[Any]] | BoolArray


@dataclass(frozen=True, repr=False)
class FootPoints:
    """The feet of N people or of N frames: xy (N, 4, 2) px and score (N, 4) in 0..1, in the order of FEET.

    Unknown points hold NaN and score 0. world (N, 4, 3) m: the detector's own 3D estimate, from the middle of the hips,
    x right, y down, z away, NaN where it has none.
    """

    xy: FloatArray
    score: FloatArray
    world: FloatArray

    def __post_init__(self) -> None:
        n = len(self.xy)
        _want("feet.xy", self.xy, (n, len(FEET), 2))
        _want("feet.score", self.score, (n, len(FEET)))
        _want("feet.world", self.world, (n, len(FEET), 3))

    def __len__(self) -> int:
        return len(self.xy)

    def __getitem__(self, rows: Rows) -> FootPoints:
        """Some of the rows, by a slice, a mask or indices."""
        return FootPoints(self.xy[rows], self.score[rows], self.world[rows])

    def __repr__(self) -> str:
        return f"FootPoints({len(self)}, {int((self.score > 0).any(1).sum())} with feet)"

    @staticmethod
    def unknown(n: int) -> FootPoints:
        """N rows of their own, all unknown."""
        shape = (n, len(FEET))
        return FootPoints(
            np.full((*shape, 2), np.nan, np.float32),
            np.zeros(shape, np.float32),
            np.full((*shape, 3), np.nan, np.float32),
        )

    @property
    def any(self) -> bool:
        """True if any point is known."""
        return bool((self.score > 0).any())

    def moved(self, by_px: FloatArray) -> FootPoints:
        """The feet in an image whose origin lies elsewhere: by_px (2,) is added."""
        return FootPoints((self.xy + by_px).astype(self.xy.dtype), self.score, self.world)

    def with_sides_swapped(self, rows: Rows) -> FootPoints:
        """Left and right exchanged in these rows. The detector's own 3D estimate is dropped there."""
        xy, score, world = self.xy.copy(), self.score.copy(), self.world.copy()
        xy[rows], score[rows] = xy[rows][:, FEET_MIRROR], score[rows][:, FEET_MIRROR]
        world[rows] = np.nan
        return FootPoints(xy, score, world)
