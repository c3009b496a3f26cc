"""Arrays of an untrusted .npz file: its headers are checked before anything is unpacked."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from kasf_demo.errors import InputError
from kasf_demo.files.text import check_file

MAX_BYTES = 1 << 31  # unpacked, all arrays together: one athlete for 150 hours
MIN_LIMIT_BYTES = 1 << 26  # this much is unpacked from the smallest file: a clip's constant arrays shrink to nothing
MAX_RATIO = 50  # of the unpacked arrays to the file, above that: motions shrink to a half, zeros to a thousandth
MAX_HEADER_BYTES = 10_000
MAX_AXES = 8


def read_arrays(path: Path, names: Sequence[str], what: str, remedy: str) -> dict[str, NDArray[Any]]:
    """The arrays `names` of `path`, those that are there. Pickles are never loaded, other arrays not even unpacked.

    Raises InputError, `what` being the file in words ("the ground truth") and `remedy` what to do: not a regular file,
    no zip archive, an array of Python objects, a header that claims other sizes than its data, more data than MAX_BYTES
    or MAX_RATIO times the file.
    """
    check_file(path, what, InputError)
    try:
        with open(path, "rb") as file:
            if file.read(6) == b"\x93NUMPY":
                raise ValueError("it is a single array")
        with zipfile.ZipFile(path) as archive:
            there = {i.filename.removesuffix(".npy"): i for i in archive.infolist() if not i.is_dir()}
            wanted = {name: there[name] for name in names if name in there}
            _check_sizes(archive, wanted, path.stat().st_size)
            return {name: _array(archive, info) for name, info in wanted.items()}
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        MemoryError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
    ) as e:
        raise InputError(
            f"cannot be read as an .npz file: {str(e)[:200] or type(e).__name__}", remedy, path=path
        ) from None


def _check_sizes(archive: zipfile.ZipFile, wanted: dict[str, zipfile.ZipInfo], file_bytes: int) -> None:
    """Raises ValueError if the archive holds more than it may, or arrays do not match their headers."""
    limit = min(MAX_BYTES, max(MIN_LIMIT_BYTES, MAX_RATIO * file_bytes))
    total = sum(info.file_size for info in wanted.values())
    if total > limit:
        raise ValueError(
            f"its arrays would unpack to {total / 1e6:.0f} MB from {file_bytes / 1e6:.3g} MB, more than a motion can"
        )
    for name, info in wanted.items():
        with archive.open(info) as file:
            version = npy.read_magic(file)
            read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
            if read is None:
                raise ValueError(f"{name} is of an unknown version of .npy")
            shape, _, dtype = read(file, max_header_size=MAX_HEADER_BYTES)
            if dtype.hasobject or dtype.kind not in "fiubU":
                raise ValueError(f"{name} holds {dtype}, not numbers: Python objects are never loaded")
            if len(shape) > MAX_AXES or any(size < 0 for size in shape):
                raise ValueError(f"{name} has the shape {str(shape)[:60]}")
            if file.tell() + math.prod(shape) * dtype.itemsize != info.file_size:
                raise ValueError(f"{name} holds {info.file_size} bytes, other than its header says")


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(info) as file:
        array: NDArray[Any] = npy.read_array(file, allow_pickle=False, max_header_size=MAX_HEADER_BYTES)
        return np.asarray(array)
