"""A shot of a clip: its frames, and rows of its arrays as rows of the whole clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Transition = Literal["start", "cut", "gradual", "black"]


@dataclass(frozen=True)
class Shot:
    """Frames `start` to `end` (exclusive) of a clip. begins: at the clip's `start`, with a `cut`, after a `gradual`
    transition (dissolve, wipe, slide) or after `black`. Frames between two shots belong to the transition and to no
    person."""

    start: int
    end: int
    begins: Transition = "start"

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a shot from frame {self.start} to {self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def frames(self) -> slice:
        """Its frames as a slice, for indexing arrays of T rows."""
        return slice(self.start, self.end)


def whole_clip(frames: int) -> tuple[Shot, ...]:
    """The one shot of a clip without cuts; none of an empty one."""
    return (Shot(0, frames),) if frames else ()


def spread(rows: NDArray[Any], shot: Shot, frames: int, fill: Any = np.nan) -> NDArray[Any]:
    """(T, ...) rows of a whole clip of `frames` frames from those of a shot; `fill` in all others. If the shot is the
    whole clip, `rows` itself."""
    if len(rows) != len(shot):
        raise ValueError(f"expected {len(shot)} rows, got {len(rows)}")
    if len(shot) == frames:
        return rows
    out = np.empty((frames, *rows.shape[1:]), rows.dtype)
    out[:] = fill
    out[shot.frames] = rows
    return out
