"""Point correspondences between each frame and its key frame, stored compactly (larger than the detections
themselves)."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import FloatArray


@dataclass(frozen=True)
class Link:
    """Points of the background in a key frame and in a later one, (N, 2) px of the whole frame; frames by number."""

    key: int
    frame: int
    key_px: FloatArray
    px: FloatArray


_NONE = np.zeros((0, 2), np.float32)


class Links(Sequence[Link]):
    """The links of a clip in order: 9 bytes per point and 32 per link (as objects: 32 and 700). No negative indices."""

    def __init__(self, corner_px: FloatArray | None = None) -> None:
        """corner_px (2,): position in the whole frame of the small image's upper left corner."""
        self._scale: FloatArray = np.ones(2)
        self._corner = corner_px
        self._keys: dict[int, NDArray[np.float32]] = {}  # px of the small image
        self._px = array("f")
        self._which = array("B")  # of the key's points
        # key, frame, end among the points
        self._of: tuple[array[int], array[int], array[int]] = (array("q"), array("q"), array("q"))

    def append(
        self,
        key: int,
        frame: int,
        key_px: NDArray[np.float32],
        which: NDArray[np.uint8],
        px: NDArray[np.float32],
        scale: FloatArray,
    ) -> None:
        """Points (N, 2) of the small image: those of a key frame's (M, 2), M < 256, with indices `which` (N,), and
        their current positions. scale (2,): frame px per small px, the same for all links."""
        self._scale = scale
        if len(px):
            self._keys.setdefault(key, key_px)
        self._px.frombytes(px.tobytes())
        self._which.frombytes(which.tobytes())
        for column, value in zip(self._of, (key, frame, len(self._which)), strict=True):
            column.append(value)

    def cut_off(self, frame: int) -> None:
        """Forgets the links of this frame and of all later ones."""
        keep = next((i for i, other in enumerate(self._of[1]) if other >= frame), len(self))
        points = self._of[2][keep - 1] if keep else 0
        del self._px[2 * points :], self._which[points:]
        for column in self._of:
            del column[keep:]

    def __len__(self) -> int:
        return len(self._of[0])

    @overload
    def __getitem__(self, index: int) -> Link: ...
    @overload
    def __getitem__(self, index: slice) -> list[Link]: ...
    def __getitem__(self, index: int | slice) -> Link | list[Link]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        key, frame, end = (column[index] for column in self._of)
        start = self._of[2][index - 1] if index else 0
        px = np.array(self._px[2 * start : 2 * end], np.float32).reshape(-1, 2)
        key_px = self._keys.get(key, _NONE)[np.array(self._which[start:end], np.uint8)]
        link = Link(key, frame, (key_px + 0.5) * self._scale, (px + 0.5) * self._scale)
        return link if self._corner is None else Link(key, frame, link.key_px + self._corner, link.px + self._corner)
