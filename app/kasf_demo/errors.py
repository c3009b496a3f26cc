"""Errors that a user can act on: what is wrong, what to do, and the exit code that scripts can trust.

Exit codes: 0 done; 1 a bug; 2 usage or plan; 3 some clips of a folder failed; 4 input; 5 model or weights;
6 output; 7 too little memory; 8 the clip does not show the test; 130 / 143 interrupted (SIGINT / SIGTERM).
"""

from __future__ import annotations

import errno
import os
import unicodedata
from pathlib import Path

EXIT_OK = 0
EXIT_BUG = 1
EXIT_USAGE = 2
EXIT_SOME_FAILED = 3
EXIT_INPUT = 4
EXIT_MODEL = 5
EXIT_OUTPUT = 6
EXIT_MEMORY = 7
EXIT_NOT_SHOWN = 8
EXIT_SIGINT = 130
EXIT_SIGTERM = 143


def printable(text: str | os.PathLike[str]) -> str:
    """`text` on one line: control characters, and file name bytes that are not UTF-8, are shown as escapes."""
    raw = os.fspath(text)
    return "".join(
        c if unicodedata.category(c)[0] != "C" else c.encode("unicode_escape", "surrogatepass").decode() for c in raw
    )


class KasfError(Exception):
    """An error that is not a bug: `what` is wrong with `path`, `remedy` is what to do. Prints as one line."""

    exit_code = EXIT_BUG

    def __init__(self, what: str, remedy: str = "", *, path: str | os.PathLike[str] | None = None) -> None:
        self.what = what
        self.remedy = remedy
        self.path = None if path is None else Path(path)
        super().__init__(str(self))

    def __str__(self) -> str:
        where = "" if self.path is None else f"{printable(self.path)}: "
        return where + printable(self.what) + (f"; {printable(self.remedy)}" if self.remedy else "")


class UsageError(KasfError):
    """The request makes no sense: a bad option value, output equal to input, an unknown key in a config file."""

    exit_code = EXIT_USAGE


class InputError(KasfError):
    """The clip or keypoints file cannot be used."""

    exit_code = EXIT_INPUT


class ModelError(KasfError):
    """Weights cannot be found, verified or loaded, or no detector can be used."""

    exit_code = EXIT_MODEL


class OutputError(KasfError):
    """The result cannot be written."""

    exit_code = EXIT_OUTPUT


class OutOfMemoryError(KasfError):
    """There is too little memory to begin."""

    exit_code = EXIT_MEMORY


MEMORY_REMEDY = (
    "close other programs, use a part of the clip (--start, --end), --quality fast, or a machine with more memory"
)
_MEMORY_WORDS = (
    "cannot allocate memory",
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "insufficient memory",
    "bad_alloc",
    "bad allocation",
    "failed to allocate",
    "can't start new thread",
    "failed to map segment",
    "unable to mmap",
)


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether `error` or its cause is an out-of-memory error, of Python or of a library."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        words = (
            str(error).lower()
            if isinstance(error, (RuntimeError, OSError)) or "error" in type(error).__name__.lower()
            else ""
        )
        if (
            isinstance(error, MemoryError)
            or getattr(error, "errno", None) == errno.ENOMEM
            or (isinstance(error, BlockingIOError) and type(error).__module__.startswith("av."))  # no thread for ffmpeg
            or any(w in words for w in _MEMORY_WORDS)
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


def shown(value: object, limit: int = 60) -> str:
    """`value` as messages show it: its repr, cut after `limit` characters. For an int of thousands of digits, which has
    no repr, its type is named."""
    try:
        text = repr(value)
    except ValueError:  # int to text is limited to 4300 digits
        text = f"a {type(value).__name__} of thousands of digits"
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def first_line(error: BaseException) -> str:
    """First non-empty line of a third-party exception, or its type name; at most 200 characters."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]
