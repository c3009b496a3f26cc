"""Values that `kasf-demo weights list | verify | convert` and the doctor print; nothing is fetched or moved."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kasf_demo.errors import ModelError, OutputError, UsageError
from kasf_demo.system import filesystem
from kasf_demo.weights.hashing import sha256_of
from kasf_demo.weights.registry_file import Entry, find, registry, shipped_dir
from kasf_demo.weights.store import CONVERTED_FROM, expected_hash, place, same_file

State = Literal["on disk", "ok", "unverified", "mismatch", "unreadable", "not fetched", "missing"]


@dataclass(frozen=True)
class WeightsRow:
    """One line of the list. state: "on disk" (not hashed), "ok" (hash equals `expected`), "unverified" (no hash is
    known to compare with), "mismatch", "unreadable", "not fetched", "missing" (a shipped file that does not exist)."""

    name: str
    kind: str
    state: State
    path: Path
    size_text: str
    licence: str
    description: str
    link: str
    sha256: str | None = None
    expected: str | None = None

    @property
    def failed(self) -> bool:
        """Whether `weights verify` must fail (exit code 5)."""
        return self.state in ("mismatch", "unreadable", "missing")


def rows(names: Iterable[str] = (), *, hashed: bool = False) -> list[WeightsRow]:
    """One row per known file, or per given name; with `hashed`, files on disk are read and compared. Raises ModelError
    for an unknown name."""
    wanted = list(names) or list(registry())
    if unknown := [n for n in wanted if find(n) is None]:
        raise ModelError(
            f"no weights are called {', '.join(map(repr, unknown))}", f"available: {', '.join(registry())}"
        )
    return [_row(entry, hashed) for n in wanted if (entry := find(n))]


def verify(names: Iterable[str] = ()) -> list[WeightsRow]:
    """Hashes the files on this disk (all known ones, or `names`). Compares only; a name that is not fetched is a row,
    not an error."""
    return rows(names, hashed=True)


def convert(
    source: Path, target: Path, *, heads: int | None = None, lifter: str | None = None, overwrite: bool = False
) -> Path:
    """Rewrites a checkpoint as .safetensors under `target`, atomically. lifter: the known network that it is; its
    settings go into the file. A known file needs neither.

    Raises UsageError (target's name, target equals source), ModelError (not a usable checkpoint), OutputError (cannot
    be written).
    """
    from lifting import CheckpointError
    from lifting import convert as rewrite

    named = find(lifter) if lifter else None
    if lifter and (named is None or named.kind != "lifter"):
        lifters = [e.name for e in registry().values() if e.kind == "lifter"]
        raise ModelError(f"no lifting network is called {lifter!r}", f"available: {', '.join(lifters)}")
    if target.suffix != ".safetensors":
        raise UsageError(
            "the target must be called NAME.safetensors", f"try {target.with_suffix('.safetensors')}", path=target
        )
    if not source.is_file():
        raise ModelError("no such file", "check the path", path=source)
    if target.exists() and target.samefile(source):
        raise UsageError("the target is the source", "choose another name", path=target)
    if target.exists() and not overwrite:
        raise OutputError("exists already", "add --overwrite to replace it", path=target)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".kasf-convert-") as folder:
            part = Path(folder) / target.name
            # keeps heads and normalisation known, which a .pth does not record
            known = named or same_file(sha256_of(source), "lifter")
            metadata = {CONVERTED_FROM: known.name} if known else None
            rewrite(
                source, part, metadata=metadata, architecture=known.architecture if known else None,
                defaults=known.network_settings if known else {}, num_heads=heads,
            )  # fmt: skip
            with open(part, "rb") as file:
                os.fsync(file.fileno())
            filesystem.replace(part, target)
    except CheckpointError as e:
        raise ModelError(e.what, e.remedy, path=source) from e
    except OSError as e:
        raise OutputError(
            f"cannot be written: {e.strerror or e}", "check that its folder exists and is writable", path=target
        ) from e
    return target


def _row(entry: Entry, hashed: bool) -> WeightsRow:
    path = place(entry)
    expected = expected_hash(entry, path)
    sha256: str | None = None
    state: State = "on disk"
    size_text = entry.size_text
    folder = shipped_dir() / (entry.openvino.folder if entry.openvino else "")
    try:
        if not path.is_file():
            state = "missing" if entry.file else "not fetched"
        else:
            size_text = f"{path.stat().st_size / 1e6:.1f} MB"
            if hashed:
                sha256 = sha256_of(path)
                state = "unverified" if expected is None else "ok" if sha256 == expected else "mismatch"
                if state == "ok" and entry.openvino and (found := sha256_of(folder)) != entry.openvino.sha256:
                    path, sha256, expected, state = folder, found, entry.openvino.sha256, "mismatch"
    except OSError:
        state = "unreadable"
    return WeightsRow(
        entry.name, entry.kind, state, path, size_text, entry.licence, entry.description, entry.link, sha256, expected
    )
