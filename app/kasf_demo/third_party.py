"""Imports of packages that would otherwise send statistics or write files: openvino, matplotlib."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from kasf_demo.files.cache import usable_cache


def prepare_openvino() -> None:
    """Must run before the first import of openvino, which has no option for this: importing it writes ~/intel and posts
    an event unless ~/intel/openvino_telemetry opts out. If its telemetry package cannot be imported, it uses a stub."""
    if "openvino_telemetry" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]


def installed() -> bool:
    """True if openvino is installed, without importing it."""
    try:
        return importlib.util.find_spec("openvino") is not None
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
