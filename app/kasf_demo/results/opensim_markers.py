"""Reads the file of `--opensim-markers`: where our joints are in a user's OpenSim model."""

from __future__ import annotations

import math
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from kasf_demo.errors import InputError, shown
from kasf_demo.files.text import check_file, read_text
from kasf_demo.options import Options
from kasf_demo.types.feet import FEET
from kasportsformer.skeleton import H36M_NAMES

MAX_BYTES = 1 << 16
MODEL_TAGS = ("OpenSimDocument", "Model")  # of version 2 and later, of version 1
FORMAT = 'as in r_knee = "RKNE", or r_knee = { body = "tibia_r", at = [0, 0, 0] }'


def read_opensim_markers(path: Path) -> dict[str, str | list[Any]]:
    """Joint -> name of a marker of the model, or [body, [x, y, z]] in metres. Raises InputError for anything else."""
    text = read_text(path, "the markers file", InputError, max_bytes=MAX_BYTES)
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError
        raise InputError(f"not valid TOML: {shown(str(error), 200)[1:-1]}", FORMAT, path=path) from None
    out: dict[str, str | list[Any]] = {}
    for joint, place in table.items():
        if joint not in (*H36M_NAMES, *FEET):
            raise InputError(f"{shown(joint)} is no joint", f"one of {', '.join((*H36M_NAMES, *FEET))}", path=path)
        if isinstance(place, str) and place:
            out[joint] = place
        elif isinstance(place, dict) and set(place) == {"body", "at"} and _is_point(place["at"]):
            out[joint] = [str(place["body"]), [float(v) for v in place["at"]]]
        else:
            raise InputError(f"{joint}: not a marker or a place", FORMAT, path=path)
    return out


def _is_point(value: Any) -> bool:
    """True for three finite numbers."""
    return isinstance(value, list) and len(value) == 3 and all(
        isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in value
    )  # fmt: skip


def check_opensim(options: Options) -> None:
    """Raises InputError before models are loaded if the user's model is no file of OpenSim, or the markers file cannot
    be used."""
    if options.opensim_model is not None:
        check_file(options.opensim_model, "the OpenSim model", InputError)
        _check_is_model(options.opensim_model)
    if options.opensim_markers is not None:
        read_opensim_markers(options.opensim_markers)


def _check_is_model(path: Path) -> None:
    """Raises InputError unless the first element is that of OpenSim's files; OpenSim itself reads the rest, after the
    detection."""
    try:
        with open(path, "rb") as file:
            first = next((element.tag for _, element in ET.iterparse(file, events=("start",))), None)
    except OSError as error:
        why = f"cannot read the OpenSim model: {error.strerror}"
        raise InputError(why, "check its permissions", path=path) from None
    except (ET.ParseError, ValueError, LookupError):  # the last two: an encoding that Python does not know
        first = None
    if first not in MODEL_TAGS:
        raise InputError("not an OpenSim model", "give a .osim file that OpenSim has saved", path=path)
