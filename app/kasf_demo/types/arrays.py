"""Arrays as they travel between stages: their types, the check of their shape, runs, chunks and overlaps of boxes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
BoolArray = NDArray[np.bool_]
Image = NDArray[np.uint8]


def _want(name: str, array: NDArray[Any], shape: tuple[int | None, ...]) -> None:
    ok = array.ndim == len(shape) and all(want in (None, got) for got, want in zip(array.shape, shape, strict=True))
    if not ok:
        raise ValueError(f"{name}: expected shape {shape} (None is any), got {array.shape}")


def _want_slice(frames: object) -> None:
    if not isinstance(frames, slice):
        raise TypeError(f"expected a slice of frames, such as [10:50], got {frames!r}")


def runs(mask: BoolArray) -> Iterator[tuple[int, int]]:
    """(start, end) of every run of True in a (T,) mask, end exclusive."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


FRAMES = 2048  # some minutes; at 408 bytes a pose, an intermediate array takes 0.8 MB


def chunks(frames: int, size: int = FRAMES) -> Iterator[slice]:
    """Slices that cover `frames` frames in order."""
    for start in range(0, frames, size):
        yield slice(start, min(start + size, frames))


def box_iou(a: FloatArray, b: FloatArray) -> float:
    """Intersection over union of two boxes xyxy."""
    ax0, ay0, ax1, ay1 = a.tolist()  # numbers: the arithmetic of four-element arrays is ten times slower
    bx0, by0, bx1, by1 = b.tolist()
    both: float = max(min(ax1, bx1) - max(ax0, bx0), 0.0) * max(min(ay1, by1) - max(ay0, by0), 0.0)
    either: float = max((ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - both, 1e-9)
    return both / either
