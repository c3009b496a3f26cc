"""Where fetched files, converted networks and other programs' settings are kept between runs."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from kasf_demo.errors import printable


def cache_dir() -> Path:
    """Where fetched files and a detector's own settings go: $KASF_CACHE, or the system's cache folder. Not made
    here."""
    chosen = os.environ.get("KASF_CACHE")
    return (
        Path(chosen).expanduser().absolute()
        if chosen
        else Path(platformdirs.user_cache_dir("kasf-demo", appauthor=False))
    )


def usable_cache(say: Say | None = None) -> Path:
    """`cache_dir()`, created if needed. If it is not writable: a temporary folder that ends with this process, reported
    once through `say` (default: a line on stderr). For files kept between runs; weights are only searched in
    `cache_dir`."""
    folder = cache_dir()
    if folder not in _instead:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".writable-") as file:
                file.write(b"\0" * TRIAL_BYTES)
                file.flush()
            return folder
        except OSError as e:
            _instead[folder] = Path(tempfile.mkdtemp(prefix="kasf-cache-"))
            atexit.register(shutil.rmtree, _instead[folder], ignore_errors=True)
            text = f"warning: nothing can be kept in the cache {folder} ({e.strerror}), which makes each start slower; "
            (say or _to_stderr)(printable(text + "set KASF_CACHE to a folder that you can write to"))
    return _instead[folder]


TRIAL_BYTES = 1 << 16  # written to see whether the disk is full
_instead: dict[Path, Path] = {}  # an unusable cache folder -> the temporary one that this process uses


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr)


Say = Callable[[str], None]
