"""A tracklet: consecutive sightings of one person. Only the sightings at both ends are kept for matching; the rest are
stored as indices into the detections, so long videos need little memory."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kasf_demo.tracking.association import Sighting
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Detections, Keypoints2D, Track


class Piece:
    """Sightings of one person in the order of their frames. `first` and `last` are those at the ends, `reach` at
    most."""

    def __init__(self, sighting: Sighting, reach: int) -> None:
        self.first: list[Sighting] = []
        self.last: deque[Sighting] = deque(maxlen=reach)
        self._reach = reach
        self._frames, self._rows = array("i"), array("i")
        self._sizes, self._scores = array("d"), array("d")  # the root of the box's area, px, and the mean score
        self.append(sighting)

    def append(self, s: Sighting) -> None:
        """A later sighting."""
        if len(self.first) < self._reach:
            self.first.append(s)
        self.last.append(s)
        self._frames.append(s.frame)
        self._rows.append(s.row)
        self._sizes.append(float(np.sqrt(np.maximum(s.box[2:] - s.box[:2], 0).prod())))
        self._scores.append(float(s.score.mean()))

    def __len__(self) -> int:
        return len(self._frames)

    def join(self, later: Piece) -> None:
        """All of a later piece, which is not changed."""
        self.first += later.first[: self._reach - len(self.first)]
        self.last.extend(later.last)
        self._frames.extend(later._frames)
        self._rows.extend(later._rows)
        self._sizes.extend(later._sizes)
        self._scores.extend(later._scores)

    def weight(self, diagonal_px: float) -> float:
        """As `select.weight`, before the track exists."""
        return float((np.array(self._sizes) / max(diagonal_px, 1.0) * np.array(self._scores)).sum())

    def track(self, frames: Sequence[Detections], number: int = 0) -> Track:
        """The person in the detections `frames` that the sightings came from."""
        length = len(frames)
        xy: NDArray[np.float32] = np.full((length, 17, 2), np.nan, np.float32)
        score: NDArray[np.float32] = np.zeros((length, 17), np.float32)
        box: FloatArray = np.full((length, 4), np.nan, np.float32)
        valid = np.zeros(length, bool)
        world: FloatArray | None = None
        feet: FootPoints | None = None
        for t, row in zip(self._frames, self._rows, strict=True):
            found = frames[t]
            xy[t], score[t], box[t], valid[t] = found.xy[row], found.score[row], found.box[row], True
            if found.world is not None:
                if world is None:
                    world = np.full((length, *found.world.shape[1:]), np.nan, np.float32)
                world[t] = found.world[row]
            if found.feet is not None:
                feet = FootPoints.unknown(length) if feet is None else feet
                feet.xy[t], feet.score[t] = found.feet.xy[row], found.feet.score[row]
        return Track(number, Keypoints2D(xy, score, valid, np.zeros(length, bool), "coco", world, feet), box)
