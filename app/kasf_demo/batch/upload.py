"""Results to an fsspec URL (`s3://bucket/run`, `gs://`, `file://`): the JSON last, so that its presence says that all is there."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kasf_demo.errors import OutputError, UsageError

# have no folders: all that making one could do is to make a bucket where its name was misspelt
OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss"})


def check_url(url: str) -> None:
    """Raises UsageError unless fsspec, and what it needs for this kind of URL, is installed, and others can read what is put there."""
    if importlib.util.find_spec("fsspec") is None:
        raise UsageError("--upload needs fsspec", 'pip install "kasf-demo[cluster]"')
    import fsspec

    if "://" not in url:  # to fsspec that is a folder of this machine, however it was meant
        raise UsageError(f"--upload {url}: no URL", "give one such as s3://bucket/run, or file:///folder")
    try:
        fs, _ = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as e:
        raise UsageError(f"--upload {url}: {e}", "see fsspec's documentation of this kind of URL") from None
    if _kinds(fs) & {"memory"}:
        raise UsageError(
            f"--upload {url}: each worker's own memory, gone with it", "give a URL that others can read, such as s3:// or file://"
        )


def _kinds(fs: Any) -> set[str]:
    """The kinds of URL that a file system is for."""
    return {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)


def upload(base: Path, names: Sequence[str], url: str) -> None:
    """Puts the files `names`, relative to `base`, under `url`. Raises OutputError."""
    import fsspec

    try:
        fs, root = fsspec.core.url_to_fs(url)
        for name in sorted(names, key=lambda n: n.endswith(".json")):
            target = f"{root.rstrip('/')}/{name}"
            if not _kinds(fs) & OBJECT_STORES:
                fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
            fs.put_file(str(base / name), target)
    except Exception as e:  # every file system has errors of its own
        what = f"cannot be uploaded to {url}: {type(e).__name__}: {e}"
        raise OutputError(what, "check the address, the credentials and the network") from e
