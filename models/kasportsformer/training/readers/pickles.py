"""Pickles of other people's data sets, opened without running anything in them: only arrays and plain containers are
admitted."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

# What numpy arrays and scalars are rebuilt with, under the module names of numpy 1 and 2
_ARRAYS = {
    (module, name)
    for core in ("numpy.core", "numpy._core")
    for module, name in (
        (f"{core}.multiarray", "_reconstruct"),
        (f"{core}.multiarray", "scalar"),
        (f"{core}.numeric", "_frombuffer"),
    )
} | {("numpy", "ndarray"), ("numpy", "dtype")}
_PLAIN = {
    ("collections", "OrderedDict"),
    *(("builtins", name) for name in ("set", "frozenset", "complex", "bytearray")),
}
# Python 2 pickles of byte strings
_ENCODERS = {("_codecs", "encode")}


class PickleError(ValueError):
    """The pickle is damaged or asks for more than arrays and plain containers."""


class ArraysOnly(pickle.Unpickler):
    """Rebuilds numpy arrays and plain containers; PickleError for everything else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ARRAYS | _PLAIN | _ENCODERS:
            return super().find_class(module, name)
        raise PickleError(f"it asks for {module}.{name}; only numpy arrays and plain containers are read")


def read_pickle(path: Path) -> Any:
    """The object in a pickle file. Raises PickleError with the file's name, or OSError."""
    with path.open("rb") as file:
        try:
            return ArraysOnly(file, encoding="latin1").load()
        except PickleError as error:
            raise PickleError(f"{path}: {error}") from None
        except (
            pickle.UnpicklingError,
            EOFError,
            AttributeError,
            AssertionError,
            ImportError,
            IndexError,
            KeyError,
            MemoryError,
            OverflowError,
            RecursionError,
            TypeError,
            ValueError,
        ) as error:
            raise PickleError(f"{path}: damaged or no pickle: {error}") from error
