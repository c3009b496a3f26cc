"""Heel and big toe of both feet, beside the 17 joints of a person: in the image and in 3D."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray, _want

FEET = ("l_heel", "l_toe", "r_heel", "r_toe")  # the order of all arrays of foot points
FEET_MIRROR = (2, 3, 0, 1)
HEEL_AND_TOE = {"l": slice(0, 2), "r": slice(2, 4)}  # rows of FEET by side
Rows = slice | list[int] | NDArray[np.integer[Any]] | BoolArray


@dataclass(frozen=True, repr=False)
class FootPoints:
    """The feet of N people or of N frames: xy (N, 4, 2) px and score (N, 4) in 0..1, in the order of FEET. Unknown
    points hold NaN and score 0."""

    xy: FloatArray
    score: FloatArray

    def __post_init__(self) -> None:
        n = len(self.xy)
        _want("feet.xy", self.xy, (n, len(FEET), 2))
        _want("feet.score", self.score, (n, len(FEET)))

    def __len__(self) -> int:
        return len(self.xy)

    def __getitem__(self, rows: Rows) -> FootPoints:
        """Some of the rows, by a slice, a mask or indices."""
        return FootPoints(self.xy[rows], self.score[rows])

    def __repr__(self) -> str:
        return f"FootPoints({len(self)}, {int((self.score > 0).any(1).sum())} with feet)"

    @staticmethod
    def unknown(n: int) -> FootPoints:
        """N rows of their own, all unknown."""
        return FootPoints(np.full((n, len(FEET), 2), np.nan, np.float32), np.zeros((n, len(FEET)), np.float32))

    @property
    def any(self) -> bool:
        """True if any point is known."""
        return bool((self.score > 0).any())

    def moved(self, by_px: FloatArray) -> FootPoints:
        """The feet in an image whose origin lies elsewhere: by_px (2,) is added."""
        return FootPoints((self.xy + by_px).astype(self.xy.dtype), self.score)

    def with_sides_swapped(self, rows: Rows) -> FootPoints:
        """Left and right exchanged in these rows."""
        xy, score = self.xy.copy(), self.score.copy()
        xy[rows], score[rows] = xy[rows][:, FEET_MIRROR], score[rows][:, FEET_MIRROR]
        return FootPoints(xy, score)


@dataclass(frozen=True, repr=False)
class FootPose:
    """The feet of one person over a clip of T frames: xyz (T, 4, 3) m in the axes of the pose that they belong to,
    score (T, 4) of the detector, in the order of FEET. Feet that are not known hold NaN and score 0; heel and toe of a
    foot are known together. flat_deg (T,): the pitch of the line from heel to toe, toes up, of a foot that is flat on
    the ground; None is 0. sigma_m (T, 4): 68 % of the points are within it of the truth, relative to the pelvis; None
    if unknown."""

    xyz: FloatArray
    score: FloatArray
    flat_deg: FloatArray | None = None
    sigma_m: FloatArray | None = None

    def __post_init__(self) -> None:
        t = len(self.xyz)
        _want("feet.xyz", self.xyz, (t, len(FEET), 3))
        _want("feet.score", self.score, (t, len(FEET)))
        if self.flat_deg is not None:
            _want("feet.flat_deg", self.flat_deg, (t,))
        if self.sigma_m is not None:
            _want("feet.sigma_m", self.sigma_m, (t, len(FEET)))

    def __len__(self) -> int:
        return len(self.xyz)

    def __getitem__(self, frames: slice) -> FootPose:
        return self.with_rows(lambda values, _: values[frames])

    def with_rows(self, of: Callable[[FloatArray, float], FloatArray]) -> FootPose:
        """The feet in other frames. of: makes the rows of an array; it is given the value of rows without feet, too."""
        return FootPose(
            of(self.xyz, np.nan), of(self.score, 0.0),
            None if self.flat_deg is None else of(self.flat_deg, np.nan),
            None if self.sigma_m is None else of(self.sigma_m, np.nan),
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"FootPose({len(self)} frames, {int(self.valid.any(1).sum())} with a foot)"

    @staticmethod
    def unknown(frames: int) -> FootPose:
        """T rows without feet."""
        return FootPose(np.full((frames, len(FEET), 3), np.nan), np.zeros((frames, len(FEET))))

    @property
    def valid(self) -> BoolArray:
        """(T, 4) points that are known."""
        return np.asarray(np.isfinite(self.xyz).all(-1))
