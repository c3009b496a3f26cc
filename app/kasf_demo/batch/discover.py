"""Find the clips of a batch: files, folders with their subfolders, patterns, manifests."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from kasf_demo.batch.jobs import Found, Skipped
from kasf_demo.batch.manifest import is_manifest, read_manifest
from kasf_demo.errors import InputError, printable

CLIP_SUFFIXES = frozenset(
    (
        ".mp4",
        ".mov",
        ".m4v",
        ".mkv",
        ".webm",
        ".avi",
        ".mpg",
        ".mpeg",
        ".ts",
        ".mts",
        ".m2ts",
        ".wmv",
        ".flv",
        ".3gp",
        ".gif",
        ".ogv",
        ".mxf",
        ".h264",
        ".hevc",
    )
)


@dataclass
class Discovery:
    """The clips found; `others` counts files that are not clips, by suffix."""

    clips: list[Found] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)


def discover(inputs: Sequence[str], *, out: Path, root: Path | None = None, recursive: bool = True) -> Discovery:
    """Everything that `inputs` name, in order, each clip once. `out` is never searched, so that results do not become
    clips.

    Folders give names relative to them, patterns relative to the part before the first wildcard, files their stem. A
    path that exists is never taken for a pattern. Raises InputError for what does not exist, UsageError for a bad
    manifest.
    """
    found, seen = Discovery(), set[tuple[int, int] | str]()
    walker = _Walker(found, os.path.realpath(out), recursive)
    for text in inputs:
        path = Path(text)
        if os.path.isdir(path):
            clips = list(walker.walk(path, path))
        elif is_manifest(path) and os.path.lexists(path):
            clips = read_manifest(path, root)
        elif os.path.lexists(path):
            clips = [Found(path.absolute(), path.stem)]
        else:
            clips = list(_matches(text, walker))
        for clip in clips:
            _add(found, clip, seen)
    return found


def _add(found: Discovery, clip: Found, seen: set[tuple[int, int] | str]) -> None:
    """A clip named twice counts once, unless a manifest gives it options or a name of its own."""
    key = f"{os.path.abspath(clip.path)}\0{clip.name}"
    if key in seen:
        found.skipped.append(Skipped(str(clip.path), "named twice"))
        return
    seen.add(key)
    found.clips.append(clip)


def _matches(pattern: str, walker: _Walker) -> Iterator[Found]:
    if not glob.has_magic(pattern):
        raise InputError("no such file or folder", "check the path", path=pattern)
    plain = [part for part in PurePath(pattern).parts]
    first = next(i for i, part in enumerate(plain) if glob.has_magic(part))
    base = Path(*plain[:first])
    if "**" in plain:  # glob's own ** runs in circles where links do
        fits = re.compile("".join(_as_regex(part) for part in plain[first:]))
        matches = [
            c.path
            for c in walker.walk(base, base)
            if fits.fullmatch(c.path.relative_to(base.absolute()).as_posix() + "/")
        ]
    else:
        matches = [Path(match) for match in sorted(glob.glob(pattern))]
    if not matches:
        raise InputError(
            "nothing matches this pattern", "check it, and quote it if the shell should not expand it", path=pattern
        )
    for path in matches:
        if path.is_dir():
            yield from walker.walk(path, base)
        elif clip := walker.file(path, base.absolute() if path.is_absolute() else base):
            yield clip


def _as_regex(part: str) -> str:
    """A part of a pattern, for paths that end in a slash."""
    if part == "**":
        return "(?:[^/]+/)*"
    return fnmatch.translate(part).removesuffix(r"\Z").replace(".*", "[^/]*") + "/"


class _Walker:
    """Searches folders and records what it skips."""

    def __init__(self, found: Discovery, out: str, recursive: bool) -> None:
        self._found, self._out, self._recursive = found, out, recursive

    def walk(self, folder: Path, base: Path) -> Iterator[Found]:
        """The clips in `folder`, by name, links to folders followed, each folder once: links may form a loop."""
        visited: set[tuple[int, int]] = set()
        for here, folders, files in os.walk(folder, followlinks=True, onerror=self._unreadable):
            status = os.stat(here)
            if (status.st_dev, status.st_ino) in visited:
                self._skip(here, "a link to a folder that was searched already")
                folders.clear()
                continue
            visited.add((status.st_dev, status.st_ino))
            folders[:] = sorted(f for f in folders if self._enter(os.path.join(here, f)))
            for name in sorted(files):
                if clip := self.file(Path(here) / name, base):
                    yield clip

    def file(self, path: Path, base: Path) -> Found | None:
        """The clip at `path`, unless it is hidden or called like something else. What is called like a clip and is none
        (a pipe, a dangling link) is kept: it fails with its own line."""
        if path.name.startswith("."):
            self._skip(path, "hidden")
            return None
        if path.suffix.lower() not in CLIP_SUFFIXES:
            self._found.others[path.suffix.lower() or "(none)"] += 1
            return None
        return Found(path.absolute(), path.relative_to(base).with_suffix("").as_posix())

    def _enter(self, folder: str) -> bool:
        if os.path.basename(folder).startswith("."):
            self._skip(folder, "hidden")
        elif os.path.realpath(folder) == self._out:
            self._skip(folder, "the folder of the results")
        elif not self._recursive:
            self._skip(folder, "a subfolder: `kasf-demo batch` searches those too")
        else:
            return True
        return False

    def _unreadable(self, error: OSError) -> None:
        self._skip(error.filename, f"cannot be searched: {error.strerror}")

    def _skip(self, path: str | Path, why: str) -> None:
        self._found.skipped.append(Skipped(printable(path), why))
