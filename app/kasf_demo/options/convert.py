"""Options from what flags, config files and Python callers give."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from kasf_demo.errors import UsageError, shown
from kasf_demo.files.text import read_text
from kasf_demo.options.options import HINTS, Options, flag

MAX_CONFIG_BYTES = 1 << 16  # every option with a path of 1,000 bytes is a third of it
MAX_CONFIG_DOTS = 64  # in a line, outside strings: tomllib takes 24 s for a key of 30,000 parts
ALTERNATIVES = (("capture_fps", "slowmo"), ("fov_deg", "focal_px"))  # that exclude each other
_STRINGS = re.compile(r""" "[^"\n]*" | '[^'\n]*' """, re.VERBOSE)
_RATE = re.compile(r"[0-9]{1,12}(/[0-9]{1,12}|(\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?)", re.ASCII)


def from_mapping(values: dict[str, Any], base: Options | None = None) -> Options:
    """`base` (default: the defaults) with `values` laid over it; keys are field names or flags without the dashes.

    Raises UsageError for an unknown key, naming the nearest known one, and for a value of the wrong type.
    """
    known = {key: f.name for f in dataclasses.fields(Options) for key in (f.name, flag(f.name)[2:])}
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(str(key)[:40], known, 1)
            raise UsageError(
                f"unknown option {shown(key)}", f"did you mean {near[0]!r}?" if near else "see kasf-demo --help"
            )
        changes[known[key]] = _converted(known[key], value)
    for pair in ALTERNATIVES:
        for one, other in (pair, pair[::-1]):
            if changes.get(one) is not None:
                changes.setdefault(other, None)  # a flag replaces its alternative in a file, a row that of the batch
    return dataclasses.replace(base or Options(), **changes)


def from_toml(path: Path) -> dict[str, Any]:
    """The table of a --config file, not yet checked. Raises UsageError when it cannot be read."""
    text = read_text(path, "the config file", UsageError, max_bytes=MAX_CONFIG_BYTES)
    for number, line in enumerate(text.split("\n"), 1):
        if _STRINGS.sub("", line).split("#")[0].count(".") > MAX_CONFIG_DOTS:
            raise UsageError(
                f"line {number}: a key of too many parts", "an option is one word, such as height = 1.8", path=path
            )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise UsageError(
            f"not valid TOML: {shown(str(e), 200)[1:-1]}", "see docs/cli.md for an example", path=path
        ) from None
    except RecursionError:
        raise UsageError(
            "not usable: it is nested too deeply", "an option is one word, such as height = 1.8", path=path
        ) from None
    except ValueError:  # a number of more than 4300 digits
        raise UsageError("not usable: it holds a number of thousands of digits", "shorten it", path=path) from None


def _converted(name: str, value: Any) -> Any:
    """`value` as the field's type, from what TOML and Python callers give. Raises UsageError."""
    hint = HINTS[name]
    types = [
        t for t in (get_args(hint) if get_origin(hint) not in (None, Literal, tuple) else [hint]) if t is not type(None)
    ]
    target: Any = types[0]
    if value is None and target is not hint:
        return None
    if target in (str, Path):
        return _text(name, value, target)
    try:
        if name == "view":
            if isinstance(value, str) and value.strip().lower() in ("auto", "camera"):
                return value.strip().lower()
            elevation, azimuth = value.split(",") if isinstance(value, str) else value
            return (float(elevation), float(azimuth))
        if name == "export":
            parts = [part for text in ([value] if isinstance(value, str) else value) for part in text.split(",")]
            return tuple(dict.fromkeys(part.strip().lower() for part in parts if part.strip()))
        if get_origin(target) is Literal:
            return str(value)
        if target is bool:
            if not isinstance(value, bool):
                raise ValueError
            return value
        if isinstance(value, bool) or (target is int and value != int(value)):
            raise ValueError
        return _fraction(value) if target is Fraction else target(value)
    except (TypeError, ValueError, AttributeError, ZeroDivisionError, OverflowError):
        remedies = {"fps": "give a rate such as 25 or 30000/1001", "view": "auto, camera, or ELEV,AZIM as in 12,-60"}
        remedy = remedies.get(name, "see kasf-demo --help")
        raise UsageError(f"{flag(name)}: {shown(value)} is not a valid value", remedy) from None


def _fraction(value: Any) -> Fraction:
    """A frame rate: 25, 29.97, 30000/1001, 3e1. Raises ValueError otherwise; 1e999999999 would exhaust the memory."""
    if isinstance(value, Fraction):
        return value
    if not (match := _RATE.fullmatch(str(value).strip())):
        raise ValueError("not a rate")
    return Fraction(match[0])


def path_from(value: Any, name: str) -> Path:
    """A path from what a Python caller gives; `name` is for the message. Raises UsageError where it is empty or no
    path."""
    if isinstance(value, bool) or not isinstance(value, (str, os.PathLike)):
        raise UsageError(f"{name}: {shown(value)} is not a path", "give a str or a Path")
    return Path(_checked(os.fspath(value), name))


def _text(name: str, value: Any, target: type[str] | type[Path]) -> str | Path:
    """A name or path that is not empty and that the system can take. Raises UsageError."""
    if isinstance(value, bool) or not isinstance(
        value, (str, os.PathLike, int) if target is str else (str, os.PathLike)
    ):
        raise UsageError(f"{flag(name)}: {shown(value)} is not a valid value", "see kasf-demo --help")
    return target(_checked(shown(value) if isinstance(value, int) else os.fspath(value), flag(name)))


def _checked(text: str | bytes, name: str) -> str:
    """`text`, if it can name a file. Raises UsageError."""
    if isinstance(text, bytes) or not text.strip():
        raise UsageError(f"{name} is empty", "give it a value, or leave it out")
    try:
        if b"\0" in os.fsencode(text):
            raise ValueError
    except ValueError:  # UnicodeEncodeError too: half a surrogate pair
        raise UsageError(f"{name}: {shown(text)} is not a name that a file can have", "check the path") from None
    return text
