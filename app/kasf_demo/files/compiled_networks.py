"""Networks as OpenVINO compiled them, kept for later runs: reading one back takes half of the time of compiling it, and
it computes the same, bit for bit.

A file is a SHA-256 of what follows and the export of the compiled network. Its name holds all that the export depends
on: the network, the settings, openvino's version and the CPU. Files are replaced as wholes, so
several processes may use one folder; the folder may be deleted any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kasf_demo.errors import OutputError, first_line, is_out_of_memory
from kasf_demo.files.atomic import atomic_write_path

log = logging.getLogger(__name__)

FORMAT = 1
DIGEST_BYTES = 32
MAX_BYTES = 64 * 2**20  # of an export: larger networks compute for so long that compiling does not matter
MAX_FILES = 16


def compile_kept(
    ov: Any, core: Any, make: Callable[[], Any], config: Mapping[str, str], identity: str, folder: Path | None
) -> Any:
    """The compiled network of the model that `make` gives, from `folder` if an earlier run left it there.

    identity: all that `make` depends on, and the number of cores, which decides how openvino divides work. folder: None
    to keep nothing; one that cannot be written is no error. Raises what `make` and openvino raise.
    """
    path = None if folder is None else folder / f"{_name(ov, core, config, identity)}.blob"
    if path is not None and (data := _read(path)) is not None:
        try:
            return core.import_model(data, "CPU", dict(config))
        except Exception as error:  # openvino has no errors of its own
            if is_out_of_memory(error):
                raise
            log.info("a compiled network cannot be read and is made again: %s", first_line(error))
    compiled = core.compile_model(make(), "CPU", dict(config))
    if path is not None:
        _keep(compiled, path)
    return compiled


def _name(ov: Any, core: Any, config: Mapping[str, str], identity: str) -> str:
    cpu = [str(core.get_property("CPU", key)) for key in ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")]
    parts = [FORMAT, ov.__version__, *cpu, dict(config), identity]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _read(path: Path) -> bytes | None:
    """What an earlier run exported; None if it is missing or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, export = data[:DIGEST_BYTES], data[DIGEST_BYTES:]
    return export if hashlib.sha256(export).digest() == digest else None


def _keep(compiled: Any, path: Path) -> None:
    """Writes the export; the oldest files make room for it."""
    try:
        export = compiled.export_model().getvalue()
        if len(export) > MAX_BYTES:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write_path(path, overwrite=True) as part:
            part.write_bytes(hashlib.sha256(export).digest() + export)
        others = sorted(path.parent.glob("*.blob"), key=lambda p: p.stat().st_mtime)
        for old in others[:-MAX_FILES]:
            with contextlib.suppress(OSError):
                os.unlink(old)
    except (OSError, OutputError) as error:
        log.info("a compiled network is not kept: %s", first_line(error))
