"""Results to an fsspec URL (`s3://bucket/run`, `gs://`, `file://`): the JSON last, so that its presence means that the
result is complete."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kasf_demo.errors import OutputError, UsageError
from kasf_demo.files.output_set import HEAD_BYTES, RECORDING, listed_files

# have no folders: creating one could only create a bucket with a misspelt name
OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss"})


def check_url(url: str) -> None:
    """Raises UsageError unless fsspec, and what it needs for this kind of URL, is installed, and others can read what
    is put there."""
    if importlib.util.find_spec("fsspec") is None:
        raise UsageError("--upload needs fsspec", 'pip install "kasf-demo[cluster]"')
    import fsspec

    if "://" not in url:  # fsspec reads it as a folder of this machine
        raise UsageError(f"--upload {url}: no URL", "give one such as s3://bucket/run, or file:///folder")
    try:
        fs, _ = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as e:
        raise UsageError(f"--upload {url}: {e}", "see fsspec's documentation of this kind of URL") from None
    if _kinds(fs) & {"memory"}:
        raise UsageError(
            f"--upload {url}: each worker's own memory, lost when it ends",
            "give a URL that others can read, such as s3:// or file://",
        )


def _kinds(fs: Any) -> set[str]:
    """The kinds of URL that a file system is for."""
    return {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)


def upload(base: Path, names: Sequence[str], url: str) -> None:
    """Puts the files `names`, relative to `base`, under `url`, the reports last. Raises OutputError.

    Over an earlier result they are first put under hidden names beside it, so that a network that fails leaves it
    whole; then its report is taken away, the files get their names, and what its report lists as its own, unchanged,
    and the new one has not, is removed.
    """
    import fsspec

    try:
        fs, root = fsspec.core.url_to_fs(url)
        targets = {name: f"{root.rstrip('/')}/{name}" for name in sorted(names, key=lambda n: n.endswith(".json"))}
        for target in targets.values() if not _kinds(fs) & OBJECT_STORES else ():
            fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        reports = [target for target in targets.values() if target.endswith(".json") and fs.exists(target)]
        if reports:
            _replace(fs, base, targets, reports)
            return
        for name, target in targets.items():
            fs.put_file(str(base / name), target)
    except Exception as e:  # each file system has exceptions of its own
        what = f"cannot be uploaded to {url}: {type(e).__name__}: {e}"
        raise OutputError(what, "check the address, the credentials and the network") from e


def _replace(fs: Any, base: Path, targets: Mapping[str, str], reports: Sequence[str]) -> None:
    tag = f".{secrets.token_hex(4)}.part"
    try:
        for name, target in targets.items():
            fs.put_file(str(base / name), target + tag)
        obsolete = [path for report in reports for path in _obsolete(fs, report, set(targets.values()))]
        for report in reports:
            fs.rm_file(report)
        for target in targets.values():
            fs.mv(target + tag, target)
        for path in obsolete:
            fs.rm_file(path)
    finally:
        for target in targets.values():
            with contextlib.suppress(Exception):
                if fs.exists(target + tag):
                    fs.rm_file(target + tag)


def _obsolete(fs: Any, report: str, kept: set[str]) -> list[str]:
    """Files that the report under this URL lists, that are as it lists them and that are not replaced."""
    folder, found = report.rsplit("/", 1)[0], []
    for name, identity in listed_files(fs.cat_file(report)).items():
        path = f"{folder}/{name}"
        if path not in kept and fs.exists(path):
            content = fs.cat_file(path)
            recording = (
                identity.startswith(RECORDING) and identity.removeprefix(RECORDING).encode() in content[:HEAD_BYTES]
            )
            if recording or hashlib.sha256(content).hexdigest() == identity:
                found.append(path)
    return found
