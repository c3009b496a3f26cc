"""Hash of the options and weights of a result, to detect outdated results."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kasf_demo.detect import packaged_model
from kasf_demo.engine import MODEL_OPTIONS
from kasf_demo.options import Options

_BY_CONTENT = ("keypoints", "opensim_model", "opensim_markers")  # files that count by their content, not their name
_NOT_IN_A_RESULT = frozenset({"overwrite", "offline", *_BY_CONTENT})


def model_options(options: Options) -> tuple[Any, ...]:
    """The options that decide which models are loaded: two clips for which they agree can share an Engine."""
    return tuple(getattr(options, name) for name in (*MODEL_OPTIONS, "offline"))


def identity(options: Options, models: dict[str, str | None]) -> str:
    """A hash of everything but the clip that a result depends on: options, weights (`Engine.identity`), and files given
    for keypoints and OpenSim.

    The version of kasf-demo is not in it: after an update, --overwrite recomputes everything.
    """
    parts: dict[str, Any] = {k: str(v) for k, v in options.record().items() if k not in _NOT_IN_A_RESULT}
    parts["models"] = models
    if package := packaged_model(models.get("detector")):
        parts[package] = _version(package)
    for name in _BY_CONTENT:
        if getattr(options, name) is not None:
            parts[name] = content_hash(getattr(options, name))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def content_hash(path: Path) -> str | None:
    """sha256 of a file, or of a folder's file names and contents; None if unreadable."""
    try:
        if path.is_dir():
            lines = [f"{p.relative_to(path)}\0{content_hash(p)}\n" for p in sorted(path.rglob("*")) if p.is_file()]
            return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def stamp(path: Path) -> dict[str, int] | None:
    """Size and modification time of a clip, None if it does not exist. If they are unchanged, the clip need not be
    hashed."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
