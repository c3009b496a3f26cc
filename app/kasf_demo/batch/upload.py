"""Results to an fsspec URL (`s3://bucket/run`, `gs://`, `file://`): the JSON last, so that its presence says that all is there."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from kasf_demo.errors import OutputError, UsageError


def check_url(url: str) -> None:
    """Raises UsageError unless fsspec, and what it needs for this kind of URL, is installed."""
    if importlib.util.find_spec("fsspec") is None:
        raise UsageError("--upload needs fsspec", 'pip install "kasf-demo[cluster]"')
    import fsspec

    try:
        fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as e:
        raise UsageError(f"--upload {url}: {e}", "see fsspec's documentation of this kind of URL") from None


def upload(base: Path, names: Sequence[str], url: str) -> None:
    """Puts the files `names`, relative to `base`, under `url`. Raises OutputError."""
    import fsspec

    try:
        fs, root = fsspec.core.url_to_fs(url)
        for name in sorted(names, key=lambda n: n.endswith(".json")):
            target = f"{root.rstrip('/')}/{name}"
            fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
            fs.put_file(str(base / name), target)
    except Exception as e:  # every file system has errors of its own
        what = f"cannot be uploaded to {url}: {type(e).__name__}: {e}"
        raise OutputError(what, "check the address, the credentials and the network") from e
