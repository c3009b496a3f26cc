"""The files of one run as one generation: they get their names together, the report last, or the earlier result stays
as it was."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from kasf_demo.errors import OutputError, printable
from kasf_demo.files.atomic import check_target, output_error, part_path, place_new, same_file, sync, sync_folder
from kasf_demo.system import filesystem

# instead of a hash: an .rrd file holds random numbers, but also an id that follows from its content
RECORDING = "recording:"
MAX_REPORT_BYTES = 256 * 2**20
HEAD_BYTES = 4096  # of an .rrd file, with its id


class OutputSet:
    """Collects finished files under hidden names in their target folders; `publish` gives all of them their names. A
    context manager: whatever was not published is removed at its end.

    with OutputSet(overwrite=True) as files:
        with files.writing(Path("pose.csv")) as part:
            part.write_text(...)
        files.publish(last=Path("pose.json"))
    """

    def __init__(self, *, overwrite: bool) -> None:
        self._overwrite = overwrite
        self._finished: dict[Path, Path] = {}  # name to hidden file
        self._identities: dict[Path, str] = {}

    @contextlib.contextmanager
    def writing(self, path: Path, *, identity: str = "") -> Iterator[Path]:
        """Yields a hidden path to write to; when the block ends well the file waits for `publish`.

        identity: listed in the report instead of its hash. Raises OutputError as `files.atomic_write_path`.
        """
        check_target(path, self._overwrite)
        part = part_path(path)
        try:
            yield part
            self.add(part, path)
        except OSError as error:
            raise output_error(error, path) from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        if identity:
            self._identities[path] = identity

    def add(self, part: Path, path: Path) -> None:
        """Takes a finished hidden file, which is flushed to the disk and moved. Raises OutputError."""
        try:
            sync(part)
            self._finished[path] = part_path(path, "f")
            filesystem.replace(part, self._finished[path])
        except OSError as error:
            raise output_error(error, path) from error

    def identities(self, folder: Path) -> dict[str, str]:
        """Name to SHA-256 (or its substitute) of the finished files that will stand in `folder`."""
        here = {path: part for path, part in self._finished.items() if same_file(path.absolute().parent, folder)}
        return {path.name: self._identities.get(path) or sha256_of(part) for path, part in here.items()}

    def publish(self, last: Path, obsolete: Sequence[Path] = ()) -> None:
        """Gives all files their names, `last` at the end; removes `obsolete`, files of the earlier result that the new
        one has not.

        The file `last` of the earlier result is taken away first: there is no moment at which it stands beside files of
        another run. Whatever fails, or interrupts, the earlier files are put back. Raises OutputError.
        """
        undo: list[Callable[[], None]] = []
        kept: list[Path] = []  # earlier files under hidden names
        path = last
        try:
            if self._overwrite:
                for path in (last, *(p for p in self._finished if p != last), *obsolete):
                    if os.path.lexists(path):
                        _set_aside(path, undo, kept, leave=path != last and path not in obsolete)
            for path in (*(p for p in self._finished if p != last), last):
                self._place(path, undo)
        except BaseException as error:
            for step in reversed(undo):
                with contextlib.suppress(OSError):
                    step()
            if isinstance(error, FileExistsError):
                raise OutputError("already exists", "pass --overwrite to replace it", path=path) from error
            if isinstance(error, OSError):
                raise output_error(error, path) from error
            raise
        for part in kept:
            with contextlib.suppress(OSError):
                filesystem.unlink(part)
        for folder in {p.absolute().parent for p in self._finished}:
            sync_folder(folder)
        self._finished.clear()

    def _place(self, path: Path, undo: list[Callable[[], None]]) -> None:
        part = self._finished[path]
        ours = os.stat(part)

        def remove() -> None:
            if os.path.lexists(path) and os.path.samestat(os.lstat(path), ours):
                filesystem.unlink(path)

        undo.insert(0, remove)  # undone last: an earlier file that was put back by then is another one
        if self._overwrite:
            filesystem.replace(part, path)
        else:
            place_new(part, path)

    def __enter__(self) -> OutputSet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for part in self._finished.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def _set_aside(path: Path, undo: list[Callable[[], None]], kept: list[Path], *, leave: bool) -> None:
    """Gives an earlier file a second, hidden name; takes its first away unless `leave`."""
    aside = part_path(path, "o")
    kept.append(aside)

    def put_back() -> None:
        if os.path.lexists(aside):
            filesystem.replace(aside, path)
            with contextlib.suppress(OSError):  # two names of one file: replacing does nothing then
                filesystem.unlink(aside)

    undo.append(put_back)
    if leave:
        try:
            os.link(path, aside, follow_symlinks=False)
            return
        except (OSError, NotImplementedError):  # no hard links here: the name is missing for a moment
            pass
    filesystem.replace(path, aside)


def sha256_of(path: Path) -> str:
    """Of a file's bytes, hexadecimal. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def earlier_files(report: Path, keep: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The files beside `report` that it lists as its own and that are not in `keep`: unchanged ones, and ones that
    changed since.

    Nothing where there is no report, or one of a version that lists no files.
    """
    unchanged: list[Path] = []
    changed: list[Path] = []
    for name, identity in _listed(report).items():
        path = report.with_name(name)
        try:
            if not path.is_file() or path.is_symlink() or any(same_file(path, other) for other in keep):
                continue
            (unchanged if is_file_of(path, identity) else changed).append(path)
        except OSError:
            continue
    return unchanged, changed


def removal_line(removed: Sequence[Path], changed: Sequence[Path]) -> str:
    """What becomes of the earlier result's other files, in one line; nothing where there are none."""
    parts = [f"removed {', '.join(printable(p.name) for p in removed)}"] if removed else []
    parts += [f"kept {', '.join(printable(p.name) for p in changed)}, changed since it was written"] if changed else []
    return f"of the earlier result: {'; '.join(parts)}" if parts else ""


def is_file_of(path: Path, identity: str) -> bool:
    """Whether a file is the one that a report lists with this identity. Raises OSError."""
    if identity.startswith(RECORDING):
        with open(path, "rb") as file:
            return identity.removeprefix(RECORDING).encode() in file.read(HEAD_BYTES)
    return sha256_of(path) == identity


def _listed(report: Path) -> Mapping[str, str]:
    try:
        return listed_files(report.read_bytes()) if os.stat(report).st_size <= MAX_REPORT_BYTES else {}
    except OSError:
        return {}


def listed_files(report: bytes) -> Mapping[str, str]:
    """`files` of a report, name to identity; nothing where it is none. Names with a folder in them are not ours."""
    try:
        content: Any = json.loads(report)
    except (ValueError, RecursionError):
        return {}
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, dict):
        return {}
    plain = {
        n: i for n, i in files.items() if isinstance(i, str) and len(i) > len(RECORDING) and n not in ("", ".", "..")
    }
    return {n: i for n, i in plain.items() if not set(n) & {"/", "\\", "\0"}}
