"""The detections of all frames of a clip, stored compactly: they take most of the memory of a long clip."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import overload

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import COCO_BODY, Detections

ROW = 17 * 2 + 17 + 4 + 1  # numbers per person: xy, score, box, box_score
WORLD_ROW = len(COCO_BODY) * 3  # numbers per person of a detector that estimates depth
UNKNOWN_ID = -1


class DetectionLog(Sequence[Detections]):
    """`Detections` in the order of their frames: 232 bytes per person, 144 more with `world`, and 8 per frame (as
    objects: 900).

    Numbers are stored as float32, as detectors return them. Reading returns a copy. Negative indices are not supported.
    """

    def __init__(self) -> None:
        self._numbers = array("f")  # grows in place, by an eighth at a time
        self._ids = array("q")
        self._world = array("f")  # empty until the first person with an estimate; then a row for each person
        self._ends = array("q")  # by frame, in people

    def append(self, found: Detections) -> None:
        """The next frame's people."""
        p = len(found)
        if p:
            parts = (found.xy.reshape(p, -1), found.score, found.box, found.box_score[:, None])
            self._numbers.frombytes(np.concatenate(parts, axis=1, dtype=np.float32).tobytes())
            ids = np.full(p, UNKNOWN_ID) if found.ids is None else found.ids
            self._ids.frombytes(ids.astype(np.int64).tobytes())
            if found.world is not None or self._world:
                self._append_world(found.world, p)
        self._ends.append(len(self._ids))

    def _append_world(self, world: FloatArray | None, people: int) -> None:
        missing = len(self._ids) - people - len(self._world) // WORLD_ROW
        rows = np.full((missing + people, WORLD_ROW), np.nan, np.float32)
        if world is not None:
            rows[missing:] = world.reshape(people, -1)
        self._world.frombytes(rows.tobytes())

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
        world = np.array(self._world[start * WORLD_ROW : end * WORLD_ROW], np.float32).reshape(-1, len(COCO_BODY), 3)
        return Detections(
            xy.reshape(-1, 17, 2),
            score,
            box,
            box_score[:, 0],
            None if (ids == UNKNOWN_ID).all() else ids,
            world if len(world) else None,
        )

    def part(self, start: int, end: int) -> Sequence[Detections]:
        """Frames `start` to `end` (exclusive) as a sequence of their own; nothing is copied before it is read."""
        return self if (start, end) == (0, len(self)) else _Chunk(self, start, end)


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
