"""OpenVINO models that are shipped with the weights they were converted from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kasf_demo.errors import ModelError
from kasf_demo.weights.hashing import sha256_of
from kasf_demo.weights.registry_file import shipped_dir
from kasf_demo.weights.store import Resolved


def shipped_conversion(found: Resolved) -> tuple[Path, str, Callable[[], None]] | None:
    """The OpenVINO model that is shipped with a network that is used as it is: its folder, its sha256, and what to call
    before a file of it is read, which raises ModelError if a file is damaged. None if there is none."""
    known = found.entry.openvino if found.entry and found.settings is None else None
    if known is None:
        return None
    folder = shipped_dir() / known.folder

    def check() -> None:
        if not folder.is_dir() or sha256_of(folder) != known.sha256:
            raise ModelError("is damaged or not the real network", "install kasf-demo again", path=folder)

    return folder, known.sha256, check
