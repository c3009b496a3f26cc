"""The detections of all frames of a clip, stored compactly: they take most of the memory of a long clip."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import overload

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FEET, FootPoints
from kasf_demo.types.people import COCO_BODY, Detections

ROW = 17 * 2 + 17 + 4 + 1  # numbers per person: xy, score, box, box_score
WORLD_ROW = len(COCO_BODY) * 3  # numbers per person of a detector that estimates depth
FEET_ROW = len(FEET) * (2 + 1)  # numbers per person of a source with feet: xy, score
UNKNOWN_ID = -1


class _Optional:
    """`width` numbers per person that only some sources have: takes no memory before the first person with them."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._numbers = array("f")

    def append(self, rows: FloatArray | None, people: int, before: int) -> None:
        """rows (people, width) of a frame, or None; before: people of all frames before."""
        if rows is None and not self._numbers:
            return
        missing = before - len(self._numbers) // self._width
        out = np.full((missing + people, self._width), np.nan, np.float32)
        if rows is not None:
            out[missing:] = rows
        self._numbers.frombytes(out.tobytes())

    def rows(self, start: int, end: int) -> FloatArray | None:
        """(end - start, width), NaN for people without; None if they are before the first person with numbers."""
        part = np.array(self._numbers[start * self._width : end * self._width], np.float32).reshape(-1, self._width)
        return part if len(part) else None


class DetectionLog(Sequence[Detections]):
    """`Detections` in the order of their frames: 232 bytes per person, 144 more with `world`, 48 with `feet`, and 8 per
    frame (as objects: 900).

    Numbers are stored as float32, as detectors return them. Reading returns a copy. Negative indices are not supported.
    """

    def __init__(self) -> None:
        self._numbers = array("f")  # grows in place, by an eighth at a time
        self._ids = array("q")
        self._world, self._feet = _Optional(WORLD_ROW), _Optional(FEET_ROW)
        self._ends = array("q")  # by frame, in people

    def append(self, found: Detections) -> None:
        """The next frame's people."""
        p = len(found)
        if p:
            parts = (found.xy.reshape(p, -1), found.score, found.box, found.box_score[:, None])
            self._numbers.frombytes(np.concatenate(parts, axis=1, dtype=np.float32).tobytes())
            before = len(self._ids)
            ids = np.full(p, UNKNOWN_ID) if found.ids is None else found.ids
            self._ids.frombytes(ids.astype(np.int64).tobytes())
            self._world.append(None if found.world is None else found.world.reshape(p, -1), p, before)
            self._feet.append(None if found.feet is None else _row_of(found.feet), p, before)
        self._ends.append(len(self._ids))

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> Detections: ...
    @overload
    def __getitem__(self, index: slice) -> list[Detections]: ...
    def __getitem__(self, index: int | slice) -> Detections | list[Detections]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        start, end = self._ends[index - 1] if index else 0, self._ends[index]
        if start == end:
            return Detections.empty()
        numbers = np.array(self._numbers[start * ROW : end * ROW], np.float32).reshape(-1, ROW)
        ids = np.array(self._ids[start:end], np.int64)
        xy, score, box, box_score = np.split(numbers, [34, 51, 55], axis=1)
        world, feet = self._world.rows(start, end), self._feet.rows(start, end)
        return Detections(
            xy.reshape(-1, 17, 2),
            score,
            box,
            box_score[:, 0],
            None if (ids == UNKNOWN_ID).all() else ids,
            None if world is None else world.reshape(-1, len(COCO_BODY), 3),
            None if feet is None else _feet_of(feet),
        )

    def part(self, start: int, end: int) -> Sequence[Detections]:
        """Frames `start` to `end` (exclusive) as a sequence of their own; nothing is copied before it is read."""
        return self if (start, end) == (0, len(self)) else _Chunk(self, start, end)


def _row_of(feet: FootPoints) -> FloatArray:
    """(P, FEET_ROW)."""
    return np.concatenate([feet.xy, feet.score[..., None]], axis=-1).reshape(len(feet), -1)


def _feet_of(rows: FloatArray) -> FootPoints:
    """The feet of (P, FEET_ROW)."""
    points = rows.reshape(-1, len(FEET), 3)
    return FootPoints(points[..., :2], np.nan_to_num(points[..., 2]))


class _Chunk(Sequence[Detections]):
    def __init__(self, log: DetectionLog, start: int, end: int) -> None:
        self._log, self._frames = log, range(start, end)

    def __len__(self) -> int:
        return len(self._frames)

    @overload
    def __getitem__(self, index: int) -> Detections: ...
    @overload
    def __getitem__(self, index: slice) -> list[Detections]: ...
    def __getitem__(self, index: int | slice) -> Detections | list[Detections]:
        if isinstance(index, slice):
            return [self._log[i] for i in self._frames[index]]
        return self._log[self._frames[index]]
