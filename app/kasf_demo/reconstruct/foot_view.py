"""What the fit of a foot is given: the shank that it hangs on, and its heel and toe in the image.

N: frames, in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class Shank:
    """What a foot hangs on: ankle (N, 3) m; unit axes (N, 3): up along the shank, left along the axis of the knee
    toward the person's left, ahead square to both. outward: 1 for the left leg, whose outer side is left; -1 for the
    right."""

    ankle: FloatArray
    up: FloatArray
    left: FloatArray
    ahead: FloatArray
    outward: float

    def foot(self, flex_deg: FloatArray, out_deg: FloatArray) -> FloatArray:
        """(N, 3, 3) the foot's rotation for flexion (toes up is positive) and toe-out (N,)."""
        flex, out = np.radians(flex_deg)[:, None], np.radians(out_deg)[:, None] * self.outward
        level = np.cos(out) * self.ahead + np.sin(out) * self.left
        left = np.cos(out) * self.left - np.sin(out) * self.ahead
        ahead = np.cos(flex) * level + np.sin(flex) * self.up
        return np.stack([ahead, left, np.cross(ahead, left)], axis=-1)


@dataclass(frozen=True)
class FootView:
    """What is seen of a foot: seen (N, 2, 2) heel and toe, (u - c) / f; weight (N, 2), 0 where unknown; rotation (N, 3,
    3) from steady to camera axes; floor_up (3,) unit and floor_m (N,): height over the floor = x . floor_up - floor_m;
    pelvis (N, 3); follows (N - 1,): the next frame is the clip's next; steady: the camera does not translate."""

    seen: FloatArray
    weight: FloatArray
    rotation: FloatArray
    floor_up: FloatArray
    floor_m: FloatArray
    pelvis: FloatArray
    follows: BoolArray
    fps: float
    steady: bool = True

    def part(self, rows: slice) -> FootView:
        """Some of the frames."""
        return FootView(
            self.seen[rows], self.weight[rows], self.rotation[rows], self.floor_up, self.floor_m[rows],
            self.pelvis[rows], self.follows[rows.start : rows.stop - 1], self.fps, self.steady,
        )  # fmt: skip
