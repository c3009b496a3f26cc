"""Files that appear under their final name whole or not at all.

Everything is written to a hidden `.part` file in the target folder (a rename within a folder is atomic), flushed to the
disk, and only then given its name. Used for videos, tables and reports alike.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from kasf_demo.errors import OutputError
from kasf_demo.system import filesystem

NAME_CHARS = 40  # of the final name, in the temporary one: a file name may have 255 bytes, and a character up to 4
_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space or write elsewhere"),
    errno.EDQUOT: ("the disk quota is used up", "free some space or write elsewhere"),
    errno.EROFS: ("the file system is read-only", "write elsewhere"),
    errno.EACCES: ("no permission to write there", "choose another folder"),
    errno.EPERM: ("no permission to write there", "choose another folder"),
    errno.ENOENT: ("the folder does not exist", "create it or choose another"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "choose another folder"),
    errno.EISDIR: ("it is a folder", "name a file"),
    errno.ENAMETOOLONG: ("the file name is too long", "choose a shorter one"),
    errno.ELOOP: ("its symbolic links form a loop", "choose another folder"),
    errno.EFBIG: ("the file would be larger than the system allows", "write elsewhere or raise the limit"),
}


def output_error(error: OSError, path: Path) -> OutputError:
    """An operating system error while writing `path`, in words, with a remedy and the folder's name."""
    reason, remedy = _REASONS.get(error.errno or 0, (error.strerror or str(error), "choose another place"))
    if filesystem.is_in_use(error):
        reason, remedy = "no permission, or another program has the file open", "close it there, or write elsewhere"
    return OutputError(f"cannot write in the folder {Path(path).absolute().parent}: {reason}", remedy, path=path)


def check_target(path: Path, overwrite: bool) -> None:
    """Checks early for late failures: `path` exists (without `overwrite`), is a folder, or its folder is not writable.

    Raises: OutputError.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise OutputError("the output is a folder", "name a file", path=path)
        if os.path.lexists(path) and not overwrite:
            raise OutputError("already exists", "pass --overwrite to replace it", path=path)
        if is_special(path):
            raise OutputError("the output is a pipe or a device", "name a file", path=path)
        os.scandir(path.absolute().parent).close()
    except OSError as error:
        raise output_error(error, path) from error


def is_special(path: Path) -> bool:
    """Whether `path` is a pipe, a device or a socket, which a rename would replace by a file; False where there is
    nothing."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode))


def part_path(path: Path, tag: str = "") -> Path:
    """A hidden, unique name in the folder of `path`, with its suffix last (`.pose.1234-9f3c.part.mp4`). Nothing is
    created."""
    path = Path(path)
    return (
        path.absolute().parent
        / f".{path.stem[:NAME_CHARS]}.{tag}{os.getpid()}-{secrets.token_hex(4)}.part{path.suffix[:12]}"
    )


def sync(path: Path) -> None:
    """Flushes a file to the disk. Raises OSError."""
    _sync(path, os.O_RDWR)  # Windows flushes only what is open for writing


def sync_folder(folder: Path) -> None:
    """Flushes the names in a folder to the disk, where the file system lets a folder be flushed."""
    with contextlib.suppress(OSError):
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(part: Path, path: Path, overwrite: bool) -> None:
    """Flushes `part` to the disk and gives it the name `path`. An existing file is replaced only with `overwrite`.

    Raises: OutputError; `part` is left where it was then.
    """
    try:
        sync(part)
        if overwrite:
            filesystem.replace(part, path)
        else:
            place_new(part, path)
        sync_folder(Path(path).absolute().parent)
    except FileExistsError as error:
        raise OutputError("already exists", "pass --overwrite to replace it", path=path) from error
    except OSError as error:
        raise output_error(error, path) from error


def place_new(part: Path, path: Path) -> None:
    """Gives `part` the name `path` unless something has it: a hard link fails where a rename would replace silently.
    Raises OSError."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # FAT and some network disks have no hard links: reserve the name, then take it
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        filesystem.replace(part, path)
    else:
        os.unlink(part)


class Writing(Protocol):
    """How a file is written: a context with a hidden path, which becomes `path` when it ends well, at once or later."""

    def __call__(self, path: Path, /) -> AbstractContextManager[Path]: ...


@contextlib.contextmanager
def atomic_write_path(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """Yields a temporary path to write to; when the block ends well it becomes `path`, otherwise it is removed.

    with atomic_write_path(Path("pose.csv")) as part:
        part.write_text(...)

    Raises: OutputError for an existing `path` without `overwrite`, and for every OSError of the block that concerns
    writing (disk full, read-only, no permission, missing folder); other exceptions pass.
    """
    check_target(path, overwrite)
    part = part_path(path)
    try:
        yield part
        publish(part, Path(path), overwrite)
    except OSError as error:
        if error.errno in _REASONS:
            raise output_error(error, Path(path)) from error
        raise
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def same_file(a: Path, b: Path) -> bool:
    """Whether two paths lead to one file: through links and hard links where both exist, else by their resolved
    names."""
    try:
        return os.path.samestat(os.stat(a), os.stat(b))
    except (OSError, ValueError):
        return os.path.realpath(a) == os.path.realpath(b)
