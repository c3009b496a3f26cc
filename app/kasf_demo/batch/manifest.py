"""A manifest: a list of clips with options for each, as CSV or JSON Lines.

CSV has a header; JSON Lines has one object per line. `clip` (or `path`, `file`) is the clip, relative to the manifest's
folder, as are keypoints and weights; `name`, if there, the name of the result. Every other column is an option by its
flag's name without dashes: athlete, height, start, end, keypoints.
Empty cells and nulls keep the option of the command line.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from kasf_demo.batch.jobs import Found
from kasf_demo.errors import UsageError, printable, shown
from kasf_demo.files.text import read_text
from kasf_demo.options import from_mapping
from kasf_demo.weights import registry

CLIP_KEYS = ("clip", "path", "file")
NOT_HERE = frozenset({"overwrite", "offline", "report", "html", "rerun"})  # a whole batch's, not a clip's
# options that may name a file, relative to the manifest
FILES = ("keypoints", "opensim_model", "opensim-model", "opensim_markers", "opensim-markers")
PATHS = (*FILES, "weights", "detector_weights", "detector-weights")
MAX_BYTES = 1 << 26  # a million clips
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:(//|/|$)")
_DRIVE = re.compile(r"^[A-Za-z]:[\\/]|^\\\\")
_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def is_manifest(path: Path) -> bool:
    """True if its name ends in .csv, .jsonl or .ndjson."""
    return path.suffix.lower() in (".csv", ".jsonl", ".ndjson")


def read_manifest(path: Path, root: Path | None = None) -> list[Found]:
    """The clips of a manifest. `root`: the folder that its paths are relative to and may not leave (default: the
    manifest's).

    Raises UsageError, with the line, for a file that cannot be read, a path that leaves `root` or is a URL, an unknown
    or wrong option.
    """
    base = Path(os.path.abspath(root or path.parent))
    if root is not None and not os.path.isdir(root):
        raise UsageError(
            "--root is not a folder", "give the folder that the manifest's paths are relative to", path=root
        )
    text = read_text(path, "the manifest", UsageError, max_bytes=MAX_BYTES)
    rows = _csv_rows(text, path) if path.suffix.lower() == ".csv" else _json_rows(text, path)
    clips = [_found(row, base, path, line) for line, row in rows]
    if not clips:
        raise UsageError(
            "the manifest lists no clips", "give it a line for each clip, under a header if it is CSV", path=path
        )
    return clips


def _csv_rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    try:
        for row in reader:
            if None in row:
                raise _wrong(path, reader.line_num, "more cells than the header has columns")
            cells = {k.strip(): v.strip() for k, v in row.items() if v is not None and v.strip()}
            if len({k.strip() for k in row}) < len(reader.fieldnames or ()):
                raise _wrong(path, 1, "two columns have the same name")
            if cells:
                yield reader.line_num, cells
    except csv.Error as e:
        raise _wrong(path, reader.line_num, f"not valid CSV ({e})") from None


def _json_rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as e:
            what = "nested too deeply" if isinstance(e, RecursionError) else str(e).split(";")[0][:120]
            raise _wrong(path, number, f"not valid JSON ({what})") from None
        if not isinstance(row, dict):
            raise _wrong(path, number, "expected an object in each line")
        yield number, {k: v for k, v in row.items() if v is not None}


def _found(row: dict[str, Any], base: Path, path: Path, line: int) -> Found:
    key = next((k for k in CLIP_KEYS if k in row), None)
    if key is None:
        raise _wrong(path, line, "no clip is named: expected a column `clip`")
    clip = _inside(row.pop(key), base, path, line)
    name = row.pop("name", None)
    if name is None:
        name = clip.relative_to(base).with_suffix("").as_posix()
    elif not isinstance(name, str) or not _is_plain(name):
        raise _wrong(path, line, f"the name {shown(name)} is not a relative path without `..`")
    changes = {
        k: _BOOLS.get(v.lower(), v) if isinstance(v, str) and v.lower() in _BOOLS and _is_switch(k) else v
        for k, v in row.items()
    }
    for k in changes.keys() & set(PATHS):
        if k in FILES or not _is_known(changes[k]):
            changes[k] = str(_inside(changes[k], base, path, line))
    for k in NOT_HERE.intersection(changes):
        raise _wrong(path, line, f"{k!r} is for the whole batch: give it on the command line")
    try:
        from_mapping({k: _number(v) for k, v in changes.items()})
    except UsageError as e:
        raise _wrong(path, line, e.what, e.remedy) from None
    return Found(clip, name, {k: _number(v) for k, v in changes.items()})


def _is_switch(key: str) -> bool:
    from kasf_demo.options import Options, flag

    return any(key in (f.name, flag(f.name)[2:]) and f.type == "bool" for f in Options.__dataclass_fields__.values())


def _number(value: Any) -> Any:
    """A cell that is a number as one: `heads` must be a whole number, not its text."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value):
        return int(value) if len(value) < 16 else value
    return value


def _is_known(value: Any) -> bool:
    """Whether a cell of `weights` is a name, not a path."""
    return isinstance(value, str) and (value in registry() or any(e.filename == value for e in registry().values()))


def _inside(text: Any, base: Path, manifest: Path, line: int) -> Path:
    """An absolute path in `base`, which its links do not leave either: a manifest from elsewhere must not read other
    files."""
    if not isinstance(text, str) or not _is_name(text):
        raise _wrong(manifest, line, f"{shown(text)} is not a path")
    if _SCHEME.match(text) or _DRIVE.match(text):
        what = f"{printable(text)} is not a path in {printable(base)}"
        raise _wrong(manifest, line, what, "URLs and drives are not read: copy the clip there")
    path = Path(os.path.normpath(base / text))
    if not path.is_relative_to(base) or path == base:
        what = f"{printable(text)} leads out of {printable(base)}"
        raise _wrong(manifest, line, what, "give its folder with --root, or move the manifest")
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(base)):
        what = f"{printable(text)} is, or is in, a symbolic link that leads out of {printable(base)}"
        raise _wrong(manifest, line, what, "copy the file there, or give a folder that holds both with --root")
    return path


def _is_name(text: str) -> bool:
    """Whether the system can take it as a path."""
    try:
        return bool(text) and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # half a surrogate pair
        return False


def _is_plain(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and _is_name(name) and "\\" not in name and ".." not in parts


def _wrong(path: Path, line: int, what: str, remedy: str = "see docs/batch.md, Manifests") -> UsageError:
    return UsageError(f"line {line}: {what}", remedy, path=path)
