"""Errors of the HTTP interface: a status, a short code for programs, and one line with the remedy for people."""

from __future__ import annotations

import errno

from kasf_demo.errors import InputError, KasfError, ModelError, OutputError, UsageError, printable


class ApiError(Exception):
    """An answer that is no success. Its body is {"error": text, "code": code}."""

    def __init__(self, status: int, code: str, text: str, headers: dict[str, str] | None = None) -> None:
        self.status, self.code, self.text, self.headers = status, code, printable(text), headers or {}
        super().__init__(text)


def not_found(what: str) -> ApiError:
    """404: there is no such thing, or no longer."""
    return ApiError(404, "not_found", f"there is no such {what}; it may have been removed: reload the page")


def from_kasf(error: KasfError) -> ApiError:
    """What the program's own errors are in HTTP. Paths of this machine are not shown."""
    text = error.what + (f"; {error.remedy}" if error.remedy else "")
    if isinstance(error.__cause__, OSError) and is_full(error.__cause__):
        return disk_is_full()
    if isinstance(error, UsageError):
        return ApiError(422, "invalid", text)
    if isinstance(error, InputError):
        return ApiError(415, "not_a_usable_clip", text)
    if isinstance(error, ModelError):
        return ApiError(409, "no_model", text)
    if isinstance(error, OutputError):
        return ApiError(409, "cannot_write", "the server cannot write in its folder; its terminal says more")
    return ApiError(500, "failed", text)


def is_full(error: OSError) -> bool:
    """Whether there is no room: the disk, a quota, or a limit on the size of files."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def disk_is_full() -> ApiError:
    """507."""
    return ApiError(507, "disk_full", "the disk of the server is full; delete clips and results that are not needed")
