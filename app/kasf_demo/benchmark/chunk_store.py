"""Errors of windows that are measured, kept in the output folder, so that a killed benchmark goes on where it
stopped."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.benchmark.lifters import LifterFile, Protocol
from kasf_demo.benchmark.protocol import TestWindows, WindowErrors
from kasf_demo.benchmark.recorded_set import RecordedSet
from kasf_demo.errors import InputError
from kasf_demo.files.atomic import atomic_write_path, output_error
from kasf_demo.files.npz import read_arrays

VERSION = 1  # of the numbers: raised when the same network and data would give others
STATE = ".benchmark"
CHUNK_FRAMES = 1024
NAMES = tuple(WindowErrors.__dataclass_fields__)


def chunks_of(windows: TestWindows) -> list[slice]:
    """The windows in parts of about CHUNK_FRAMES frames."""
    count, length = windows.frames.shape
    size = max(1, CHUNK_FRAMES // length)
    return [slice(i, min(i + size, count)) for i in range(0, count, size)]


def data_hash(data: RecordedSet, windows: TestWindows) -> str:
    """A hash of everything that decides the numbers, but the network."""
    found = hashlib.sha256()
    for array in (data.xy, data.score, data.truth_mm, data.factor, data.size, windows.frames):
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


class ChunkStore:
    """The chunks of one lifter in `folder`/.benchmark. Without a folder, nothing is kept."""

    def __init__(self, folder: Path | None, subject: LifterFile, protocol: Protocol, data: str) -> None:
        who: dict[str, Any] = {k: v for k, v in asdict(subject).items() if k not in ("path", "label")}
        identity = json.dumps([VERSION, protocol, data, who], sort_keys=True)
        name = hashlib.sha256(identity.encode()).hexdigest()[:16]
        self.folder = None if folder is None else folder / STATE / name
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as e:
                raise output_error(e, self.folder) from e

    def load(self, chunk: slice, length: int) -> WindowErrors | None:
        """The errors of a chunk of windows of `length` frames; None if they are not there or damaged."""
        path = self._path(chunk)
        if path is None or not path.is_file():
            return None
        try:
            arrays = read_arrays(path, NAMES, "a part of the benchmark", "")
        except InputError:
            return None
        n, t = chunk.stop - chunk.start, length
        shapes = {
            "joint_mm": (n, t, 17), "p_mm": (n, t), "n_mm": (n, t),
            "velocity_mm": (n, t - 1), "accel_mm": (n, t - 2),
        }  # fmt: skip
        whole = set(arrays) == set(NAMES) and all(arrays[k].shape == shape for k, shape in shapes.items())
        return WindowErrors(**arrays) if whole else None

    def save(self, chunk: slice, errors: WindowErrors) -> None:
        """Keeps the errors of a chunk. Raises OutputError."""
        path = self._path(chunk)
        if path is None:
            return
        with atomic_write_path(path, overwrite=True) as part, part.open("wb") as file:
            np.savez(file, **{name: getattr(errors, name) for name in NAMES})

    def _path(self, chunk: slice) -> Path | None:
        return None if self.folder is None else self.folder / f"{chunk.start:08d}-{chunk.stop:08d}.npz"


def forget_others(folder: Path, keep: Sequence[ChunkStore]) -> None:
    """Removes the chunks of other lifters, data or protocols from an output folder."""
    kept = {store.folder for store in keep}
    state = folder / STATE
    for path in state.iterdir() if state.is_dir() else ():
        if path.is_dir() and path not in kept:
            shutil.rmtree(path, ignore_errors=True)
