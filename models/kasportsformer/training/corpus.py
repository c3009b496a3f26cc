"""The corpus: every motion as canonical vectors at one rate in two flat arrays, with a weight for every frame; and its
packed file.

In the file each motion has the rate of its source (60 frames/s at most), and values are whole numbers of 1/4096
(vectors) and 1 mm (middle) as differences from the frame before, deflated: about a tenth of the arrays in memory. numpy
reads it.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from .body import VECTORS, unit_again
from .forward_kinematics import FloatArray, IntArray
from .trials import demo, held_out

RATE_HZ = 120.0  # in memory
MIN_STRIDE = 2  # of a motion's frames at RATE_HZ every so manieth is stored, or fewer
PER_UNIT, PER_M = 4096, 1000


@dataclass(frozen=True)
class Corpus:
    """N frames of M motions at RATE_HZ. vectors (N, V, 3), middle (N, 3) m, weight (N,); motion i is rows
    first[i]:first[i + 1].

    stride (M,): every so manieth frame is stored by `save`; the default is MIN_STRIDE for each.
    """

    vectors: FloatArray
    middle: FloatArray
    weight: FloatArray
    first: IntArray
    names: tuple[str, ...]
    stride: IntArray | None = None

    def select(self, wanted: list[int]) -> Corpus:
        """Only these motions."""
        rows = np.concatenate([np.arange(self.first[i], self.first[i + 1]) for i in wanted])
        lengths = np.diff(self.first)[wanted]
        first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        names = tuple(self.names[i] for i in wanted)
        return Corpus(self.vectors[rows], self.middle[rows], self.weight[rows], first, names, self._strides()[wanted])

    def only(self, names: list[str]) -> Corpus:
        """The motions of these names. ValueError if none of them is there."""
        wanted = [i for i, name in enumerate(self.names) if name in set(names)]
        if not wanted:
            raise ValueError("none of the motions named is in the corpus")
        return self.select(wanted)

    def split(self, *, held_out: bool) -> Corpus:
        """The motions of the held-out subjects, or all others but the demo clips'. Training only ever sees the
        latter."""
        return self.select([i for i, name in enumerate(self.names) if _belongs(name, held_out)])

    def save(self, path: Path) -> None:
        """Writes the packed file; never half of one under its name."""
        stored = [
            np.append(np.arange(a, b - 1, s), b - 1)
            for (a, b), s in zip(pairwise(self.first), self._strides(), strict=True)
        ]
        rows = np.concatenate(stored)
        first = np.concatenate([[0], np.cumsum([len(r) for r in stored])])
        arrays = {
            "vectors": _packed(self.vectors[rows].reshape(len(rows), -1) * PER_UNIT, first, "<i2"),
            "middle": _packed(self.middle[rows] * PER_M, first, "<i4"),
            "weight": self.weight[rows].astype(np.float16),
            "first": self.first,
            "stored": first,
            "stride": self._strides(),
            "names": np.array(self.names),
        }
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with zipfile.ZipFile(temporary, "w") as archive:
            for name, array in arrays.items():
                entry = zipfile.ZipInfo(f"{name}.npy")  # of a fixed date: the same corpus is the same file
                entry.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(entry, "w") as file:
                    np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> Corpus:
        """A file of `save`, brought back to RATE_HZ by cubic splines."""
        with np.load(path, allow_pickle=False) as f:
            weight, first, stored, stride = (f[n] for n in ("weight", "first", "stored", "stride"))
            changes = _unpacked(f["vectors"], "<i2"), _unpacked(f["middle"], "<i4")
            names = tuple(str(n) for n in f["names"])
        vectors = np.empty((first[-1], changes[0].shape[1] // 3, 3), np.float32)
        middle, weights = np.empty((first[-1], 3), np.float32), np.empty(first[-1], np.float32)
        for i, (a, b) in enumerate(pairwise(stored)):
            low, high = first[i], first[i + 1]
            v, m = (np.cumsum(change[a:b], axis=0, dtype=np.int64) for change in changes)
            times = np.minimum(np.arange(b - a) * stride[i], high - low - 1)
            now = np.arange(high - low)
            vectors[low:high] = unit_again(_spline(times, v.reshape(b - a, -1, 3) / PER_UNIT, now))
            middle[low:high] = _spline(times, m / PER_M, now)
            weights[low:high] = weight[a:b][np.minimum((now + stride[i] // 2) // stride[i], b - a - 1)]
        return cls(vectors, middle, weights, first, names, stride)

    def _strides(self) -> IntArray:
        return np.full(len(self.names), MIN_STRIDE) if self.stride is None else self.stride


def _belongs(name: str, kept_out: bool) -> bool:
    return held_out(name) if kept_out else not (held_out(name) or demo(name))


def _packed(values: FloatArray, first: IntArray, kind: str) -> NDArray[np.uint8]:
    """(bytes of a number, K * N): values (N, K), rounded, each less the one before it in the same motion, column by
    column, and the bytes of one significance together: most of the upper ones are alike."""
    whole = np.rint(values).astype(np.int64)
    change = np.diff(whole, axis=0, prepend=0)
    begins = first[:-1]
    change[begins] = whole[begins]
    columns = np.ascontiguousarray(change.astype(kind).T)
    return np.ascontiguousarray(columns.view(np.uint8).reshape(change.size, -1).T)


def _unpacked(planes: NDArray[np.uint8], kind: str) -> IntArray:
    """(N, K) what `_packed` packed, as differences. K is 3 for places and 3 for each of the vectors."""
    numbers = np.ascontiguousarray(planes.T).view(kind)[:, 0]
    columns = 3 if kind == "<i4" else 3 * len(VECTORS)
    return np.asarray(numbers.reshape(columns, -1).T)


def _spline(times: IntArray, values: FloatArray, now: IntArray) -> FloatArray:
    """values (T, ...) at times (T,), at the times `now`."""
    if len(times) == 1:
        return np.repeat(values, len(now), axis=0)
    return np.asarray(CubicSpline(times, values)(now) if len(times) > 3 else _linear(times, values, now))


def _linear(times: IntArray, values: FloatArray, now: IntArray) -> FloatArray:
    flat = values.reshape(len(values), -1)
    return np.stack([np.interp(now, times, column) for column in flat.T], axis=-1).reshape(len(now), *values.shape[1:])
