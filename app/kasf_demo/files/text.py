"""Text files that a user names (config, manifest, report, table), read with a limit: never a pipe, a device or a
folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kasf_demo.errors import KasfError

PIECE_BYTES = 1 << 20


def check_file(path: Path, what: str, error: type[KasfError], *, max_bytes: int | None = None) -> None:
    """Raises `error` unless `path` is a regular file, of at most `max_bytes` bytes; `what` names it in the message
    ("the config file").

    Checked before the file is opened: opening a named pipe may block, and reading a device may never end.
    """
    try:
        status = os.stat(path)
    except ValueError:  # a NUL, or half a surrogate pair
        raise error(f"{what} has no usable name", "check the path", path=path) from None
    except OSError as e:
        raise error(f"cannot read {what}: {e.strerror}", "check the path and its permissions", path=path) from None
    if stat.S_ISDIR(status.st_mode):
        raise error(f"{what} is a folder", "name a file", path=path)
    if not stat.S_ISREG(status.st_mode):
        raise error(f"{what} is not a regular file (a pipe or a device)", "save it to a file first", path=path)
    if max_bytes is not None and status.st_size > max_bytes:
        raise error(
            f"{what} has {status.st_size} bytes, more than {max_bytes}", "check that it is the right file", path=path
        )


def read_text(path: Path, what: str, error: type[KasfError], *, max_bytes: int) -> str:
    """The UTF-8 text of `path`, without a byte order mark. Raises `error` as `check_file` does, and for other
    encodings."""
    check_file(path, what, error, max_bytes=max_bytes)
    try:
        with open(path, "rb") as file:
            data = b"".join(_pieces(file, max_bytes))
    except OSError as e:
        raise error(f"cannot read {what}: {e.strerror}", "check its permissions", path=path) from None
    if len(data) > max_bytes:  # a file of /proc has no size, others may grow
        raise error(f"{what} has more than {max_bytes} bytes", "check that it is the right file", path=path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = data[: e.start].count(b"\n") + 1
        raise error(f"{what} is not UTF-8 (line {line})", "save it as UTF-8", path=path) from None


def _pieces(file: BinaryIO, max_bytes: int) -> Iterator[bytes]:
    """The file, and no more than a piece beyond `max_bytes`. read(n) would take n bytes of memory, whatever the file
    has."""
    count = 0
    while count <= max_bytes and (piece := file.read(PIECE_BYTES)):
        count += len(piece)
        yield piece
