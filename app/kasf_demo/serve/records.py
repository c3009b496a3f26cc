"""Small JSON files that survive a crash: one per clip and per job, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kasf_demo.files.atomic import atomic_write_path

OWN_FOLDER = "serve_files"  # in the results' folder: uploaded clips, jobs, small images, pages
MAX_BYTES = 1 << 20


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Replaces the file. Raises OutputError."""
    with atomic_write_path(path, overwrite=True) as part:
        part.write_text(json.dumps(record, ensure_ascii=True, allow_nan=False) + "\n", encoding="ascii")


def read_records(folder: Path) -> Iterator[dict[str, Any]]:
    """What `write_record` wrote directly in `folder`, by name; files that are damaged are left out."""
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, RecursionError):
            if path.is_symlink() or path.stat().st_size > MAX_BYTES:
                continue
            record = json.loads(path.read_bytes())
            if isinstance(record, dict) and record.get("id") == path.stem:
                yield record


def remove_record(path: Path) -> None:
    """Nothing happens if it is gone."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
