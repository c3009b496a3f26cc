"""sha256 of files and exported folders, and the hash recorded beside a cached file at its first fetch."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from kasf_demo.system import filesystem


def sha256_of(path: Path) -> str:
    """Lower-case hex sha256 of a file; of a folder: of the lines "HASH  NAME\\n" of its files, sorted by relative name,
    as sha256sum prints them. Hidden files are left out: a file browser's marks do not change an exported model. Raises
    OSError."""
    if not path.is_dir():
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = {p.relative_to(path).as_posix(): p for p in path.rglob("*") if p.is_file()}
    names = sorted(n for n in files if not any(part.startswith(".") for part in n.split("/")))
    lines = "".join(f"{sha256_of(files[n])}  {n}\n" for n in names)
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def record_path(path: Path) -> Path:
    """The file beside `path` that holds its recorded hash, as `sha256sum --check` reads it."""
    return path.with_name(path.name + ".sha256")


def recorded_hash(path: Path) -> str | None:
    """The hash recorded for the cached file `path`, or None. The file itself need not be there."""
    try:
        text = record_path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.match(r"([0-9a-f]{64})\b", text)
    return found[1] if found else None


def record_hash(path: Path, sha256: str) -> None:
    """Records the hash of the cached file `path`, atomically. Raises OSError."""
    target = record_path(path)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.write_text(f"{sha256}  {path.name}\n", encoding="utf-8")
        filesystem.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
