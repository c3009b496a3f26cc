"""Names of files that Windows cannot have, or takes for something else."""

from __future__ import annotations

from pathlib import PurePath, PureWindowsPath

from kasf_demo.system import WINDOWS

_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}
_CHARACTERS = set('<>:"|?*')


def unusable_part(path: PurePath) -> str | None:
    """Why a part of `path` is no name of a file on this system, in words; None if all are. Always None elsewhere than
    on Windows."""
    if not WINDOWS:
        return None
    windows = PureWindowsPath(path)
    return next((why for part in windows.parts[bool(windows.anchor) :] if (why := _why(part))), None)


def _why(part: str) -> str | None:
    if part in (".", ".."):
        return None
    if wrong := sorted(c for c in set(part) if c in _CHARACTERS or c < " "):
        return f"{part!r} has {wrong[0]!r}, which no file name on Windows may have"
    if part.partition(".")[0].rstrip(" ").lower() in _DEVICES:
        return f"{part!r} is the name of a device on Windows"
    if part[-1] in ". ":
        return f"{part!r} ends in {'a dot' if part[-1] == '.' else 'a space'}, which Windows drops"
    return None
