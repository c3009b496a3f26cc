"""Names of clips and results, and ids. What a client calls a file is text to show; file names are made from it here."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable
from pathlib import PurePosixPath

from kasf_demo.errors import printable

MAX_CHARS = 60  # of the stem of a file name: with a suffix and any character of four bytes it fits into 255 bytes
MAX_SHOWN = 200
# names of devices on Windows, whatever their suffix
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)", re.IGNORECASE)
ID = r"[A-Za-z0-9_-]{12,24}"


def new_id() -> str:
    """A random id, safe in URLs and file names."""
    return secrets.token_hex(8)


def id_of(relative: str) -> str:
    """The id of a result: it follows from the place in the folder, so that it is the same after a restart."""
    return hashlib.sha256(relative.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def shown_name(name: str) -> str:
    """The client's name of a file, for the screen: its last part, on one line."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1].strip()
    return printable(last)[:MAX_SHOWN] or "clip"


def safe_stem(name: str) -> str:
    """A file name without suffix made from any text: letters, digits, `-` and `_`; never empty, hidden, a device's
    name or longer than MAX_CHARS."""
    stem = PurePosixPath(shown_name(name)).stem
    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in unicodedata.normalize("NFC", stem))
    kept = re.sub(r"_{2,}", "_", kept).strip("_-")[:MAX_CHARS].strip("_-") or "clip"
    return f"{kept}_" if _RESERVED.fullmatch(kept) else kept


def is_stem(name: str) -> bool:
    """Whether `safe_stem` and `free_stem` may have made it."""
    return re.fullmatch(r"\w[\w-]{0,79}", name) is not None and not _RESERVED.fullmatch(name)


def free_stem(wanted: str, taken: Callable[[str], bool]) -> str:
    """`wanted`, or `wanted-2`, `wanted-3`, ..., the first that is not taken; at most MAX_CHARS long."""
    number, name = 1, wanted
    while taken(name):
        number += 1
        end = f"-{number}"
        name = wanted[: MAX_CHARS - len(end)].rstrip("_-") + end
    return name
