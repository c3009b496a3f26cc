"""Imports of packages that would otherwise send statistics, write files or take long: openvino, matplotlib."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from kasf_demo.files.cache import usable_cache


def prepare_openvino() -> None:
    """Must run before the first import of openvino, which has no option for this: importing it writes ~/intel and posts
    an event unless ~/intel/openvino_telemetry opts out. If its telemetry package cannot be imported, it uses a stub."""
    if "openvino_telemetry" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]


TORCH_REMEDY = "pip install torch; without a GPU, the smaller one of docs/install.md"


def installed(package: str = "openvino") -> bool:
    """True if the package is installed, without importing it."""
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # blocked on purpose: sys.modules holds None for it
        return False


def openvino() -> Any:
    """The module. Raises ImportError."""
    prepare_openvino()
    import openvino as module

    return module


def prepare_matplotlib(cache_dir: Path | None = None) -> None:
    """Must run before the first import of matplotlib, which lists the fonts in a file. cache_dir: default: the
    cache."""
    if "MPLCONFIGDIR" not in os.environ:
        os.environ["MPLCONFIGDIR"] = str((cache_dir or usable_cache()) / "matplotlib")


class _Later(ModuleType):
    """Stands for a module that is imported when something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system asks for
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


@contextlib.contextmanager
def imported_later(*names: str) -> Iterator[None]:
    """Whoever imports these modules inside gets a stand-in, which imports them when it is used. Name a package before
    its modules."""
    held = [name for name in names if name not in sys.modules]
    for name in held:
        sys.modules[name] = module = _Later(name)
        package, _, last = name.rpartition(".")
        if package in held:
            setattr(sys.modules[package], last, module)
    try:
        yield
    finally:
        for name in held:
            if isinstance(sys.modules.get(name), _Later):
                del sys.modules[name]
