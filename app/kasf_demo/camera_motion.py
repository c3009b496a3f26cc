"""How the camera turns and zooms during a clip, as a value; and the undoing of it.

Axes are the camera's: x right, y down, z forward. What is steady in the world is steady in the axes of the camera at the first frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kasf_demo.types import BoolArray, FloatArray

Kind = Literal["still", "turns", "moves", "unknown"]
MAX_LOST = 0.05  # share of frames in which the motion of a camera that is `known` may be unreliable


@dataclass(frozen=True)
class CameraMotion:
    """kind: `still`; `turns` (and zooms) about itself, which is undone; `moves` from its place, which is not; `unknown` where the
    background shows too little.

    rotation (T, 3, 3) takes directions in the first frame's axes to those of each frame; zoom (T,) focal lengths by that of the first
    frame; both are 1 unless the camera `turns`. reliable (T,): a person's path may be trusted to be that over the ground.
    """

    kind: Kind
    rotation: FloatArray
    zoom: FloatArray
    reliable: BoolArray

    @classmethod
    def none(cls, frames: int, kind: Kind = "unknown") -> CameraMotion:
        """Of a camera that is taken to stand still: known (`still`), or for want of anything better."""
        turned = np.broadcast_to(np.eye(3), (frames, 3, 3))  # one for all frames
        return cls(kind, turned, np.broadcast_to(1.0, (frames,)), np.full(frames, kind == "still"))

    def to_first(self, xyz: FloatArray, frames: slice = slice(None)) -> FloatArray:
        """(T, J, 3), of all frames or of those `frames`: each frame's camera axes -> those of the first frame."""
        return np.asarray(np.einsum("tji,tnj->tni", self.rotation[frames], xyz)) if self.kind == "turns" else xyz

    def to_own(self, xyz: FloatArray) -> FloatArray:
        """(T, J, 3) the first frame's camera axes -> each frame's own: undoes `to_first`."""
        return np.asarray(np.einsum("tij,tnj->tni", self.rotation, xyz)) if self.kind == "turns" else xyz

    @property
    def known(self) -> bool:
        """Whether the camera stays in its place and how it turns is known in nearly all frames: a level floor stays level."""
        return self.kind in ("still", "turns") and bool(len(self.reliable)) and float(self.reliable.mean()) >= 1 - MAX_LOST

    @property
    def turned_deg(self) -> float:
        """The largest angle between where the camera looks in any frame and at first."""
        ahead = self.rotation[:, 2, 2]
        return float(np.degrees(np.arccos(np.clip(ahead, -1, 1))).max(initial=0.0))

    @property
    def pan_tilt_roll_deg(self) -> FloatArray:
        """(T, 3) by how much the camera has turned since the first frame: right, down, and so that the image turns clockwise.

        Intrinsic angles about y, x and z: a roll does not change pan and tilt. Angles are continuous over the clip.
        """
        r = self.rotation  # Rz(roll) Rx(tilt) Ry(-pan)
        pan, tilt, roll = np.arctan2(r[:, 2, 0], r[:, 2, 2]), np.arcsin(np.clip(r[:, 2, 1], -1, 1)), np.arctan2(-r[:, 0, 1], r[:, 1, 1])
        return np.asarray(np.degrees(np.unwrap(np.stack([pan, tilt, roll], axis=-1), axis=0)))
