"""All options of a run with their defaults: one dataclass for flags, config files and Python calls."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from kasf_demo.errors import UsageError, shown
from kasf_demo.files.text import read_text


@dataclass(frozen=True)
class OutputFormat:
    """A format of --export: what is added to NAME; whether a file holds one person; whether it is a page that shows the
    clip too."""

    suffix: str
    per_person: bool = False
    page: bool = False


# The one table of formats. A new one is a row here and a writer in `export.write` (or, of a page, in
# `viewer.from_result`)
FORMATS = {
    "csv": OutputFormat(".angles.csv"),  # the angles: NAME.csv are the joints
    "json": OutputFormat(".json"),
    "npz": OutputFormat(".npz"),
    "trc": OutputFormat(".trc", per_person=True),
    "c3d": OutputFormat(".c3d", per_person=True),
    "bvh": OutputFormat(".bvh", per_person=True),
    "mot": OutputFormat(".mot", per_person=True),
    "html": OutputFormat(".html", page=True),
    "rerun": OutputFormat(".rrd", page=True),
}
EXPORTS = tuple(FORMATS)
REPORTS = (".pdf", ".html", ".htm")
MAX_CONFIG_BYTES = 1 << 16  # every option with a path of 1,000 bytes is a third of it
MAX_CONFIG_DOTS = 64  # in a line, outside strings: tomllib takes 24 s for a key of 30,000 parts
# elevation and azimuth of the 3D panel, degrees, or what they follow from
View = tuple[float, float] | Literal["auto", "camera"]


@dataclass(frozen=True)
class Options:
    """How to analyse a clip. Flags have the same names with dashes, without the unit: `height_m` is `--height`."""

    detector: Literal["auto", "yolo", "mediapipe", "keypoints-file"] = "auto"
    detector_weights: str | None = None
    quality: Literal["fast", "balanced", "best"] = "balanced"
    keypoints: Path | None = None
    athlete: str = "auto"
    max_gap_s: float = 0.4
    weights: str = "kasf-open-s"
    heads: int | None = None
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    backend: Literal["auto", "torch", "openvino"] = "auto"
    height_m: float | None = None
    fov_deg: float | None = None
    focal_px: float | None = None
    tilt_deg: float | None = None
    roll_deg: float | None = None
    axes: Literal["world", "camera"] = "world"
    refine: bool = True
    smooth: Literal["one-euro", "butterworth", "none"] = "one-euro"
    cutoff_hz: float = 8.0
    constant_bones: bool = False
    start_s: float | None = None
    end_s: float | None = None
    stream: int | None = None
    fps: Fraction | None = None
    deinterlace: bool = True
    capture_fps: Fraction | None = None
    slowmo: float | None = None
    shots: Literal["auto", "off"] = "auto"
    layout: Literal["side", "overlay", "3d"] = "side"
    view: View = "auto"
    orbit_deg_per_s: float = 0.0
    video: bool = True
    csv: bool = True
    csv_layout: Literal["tidy", "wide"] = "tidy"
    export: tuple[str, ...] = ()
    plots: bool = False
    report: Path | None = None
    html: Path | None = None
    rerun: Path | None = None
    overwrite: bool = False
    strict: bool = False
    require_person: bool = False
    offline: bool = False

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if value is not None and not low <= value <= high:  # never true of nan
                what = f"{flag(name)} {_number_text(value)} is out of range"
                raise UsageError(what, f"give a value from {float(low):g} to {float(high):g}")
        for field in dataclasses.fields(self):
            choices = get_args(_HINTS[field.name]) if get_origin(_HINTS[field.name]) is Literal else ()
            if choices and getattr(self, field.name) not in choices:
                raise UsageError(
                    f"{flag(field.name)} {shown(getattr(self, field.name))} is unknown", f"one of {', '.join(choices)}"
                )
        _check_view(self.view)
        for kind in self.export:
            if kind not in EXPORTS:
                raise UsageError(f"--export {shown(kind)} is unknown", f"one or several of {','.join(EXPORTS)}")
        if self.report is not None and self.report.suffix.lower() not in REPORTS:
            raise UsageError(
                f"--report {str(self.report)!r} is neither PDF nor HTML", "give it the ending .pdf or .html"
            )
        if self.html is not None and self.html.suffix.lower() not in (".html", ".htm"):
            raise UsageError(f"--html {str(self.html)!r} is not the name of a page", "give it the ending .html")
        if self.rerun is not None and self.rerun.suffix.lower() != ".rrd":
            raise UsageError(
                f"--rerun {str(self.rerun)!r} is not the name of a rerun recording", "give it the ending .rrd"
            )
        if "csv" in self.export and not self.csv:
            raise UsageError("--no-csv and --export csv exclude each other", "drop one of them")
        if self.start_s is not None and self.end_s is not None and self.end_s <= self.start_s:
            raise UsageError(f"--end {self.end_s:g} is not after --start {self.start_s:g}", "give --end a later time")
        if self.fov_deg is not None and self.focal_px is not None:
            raise UsageError("--fov and --focal-px exclude each other", "give one of them")
        if self.capture_fps is not None and self.slowmo is not None:
            raise UsageError("--capture-fps and --slowmo exclude each other", "give one of them")
        if self.detector == "keypoints-file" and self.keypoints is None:
            raise UsageError("--detector keypoints-file needs a file", "give --keypoints FILE")
        if self.keypoints is not None and self.detector not in ("auto", "keypoints-file"):
            raise UsageError(f"--keypoints and --detector {self.detector} exclude each other", "drop one of them")
        if self.keypoints is not None and self.start_s:
            # after a seek the frame number in the whole clip, by which the file is indexed, is unknown
            what = "--keypoints counts frames from the clip's first, --start leaves some out"
            raise UsageError(what, "cut the clip first, or drop --start")

    def record(self) -> dict[str, Any]:
        """Name to value for the JSON report."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}


_HINTS = get_type_hints(Options)
_RANGES = (
    ("max_gap_s", 0, 60),
    ("heads", 1, 1024),
    ("height_m", 0.5, 2.8),
    ("fov_deg", 1, 170),
    ("focal_px", 1, 1e6),
    ("tilt_deg", -89, 89),
    ("roll_deg", -180, 180),
    ("cutoff_hz", 0.1, 1000),
    ("start_s", 0, 1e9),
    ("end_s", 0, 1e9),
    ("stream", 0, 10_000),
    ("fps", Fraction(1, 100), 10_000),
    ("capture_fps", Fraction(1, 1000), 1_000_000),
    ("slowmo", 0.001, 1000),
    ("orbit_deg_per_s", -3600, 3600),
)
ALTERNATIVES = (("capture_fps", "slowmo"), ("fov_deg", "focal_px"))  # that exclude each other
_STRINGS = re.compile(r""" "[^"\n]*" | '[^'\n]*' """, re.VERBOSE)
_RATE = re.compile(r"[0-9]{1,12}(/[0-9]{1,12}|(\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?)", re.ASCII)
_UNITS = ("_deg_per_s", "_deg", "_m", "_s", "_hz")


def flag(name: str) -> str:
    """The flag of a field: `height_m` -> `--height`. `focal_px` keeps its unit, since a lens is sold in mm."""
    for unit in _UNITS:
        if name.endswith(unit):
            return "--" + name.removesuffix(unit).replace("_", "-")
    return "--" + name.replace("_", "-")


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
    hint = _HINTS[name]
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


def _check_view(view: View) -> None:
    """Raises UsageError for a direction that the 3D view cannot have."""
    if isinstance(view, str):
        if view not in ("auto", "camera"):
            raise UsageError(f"--view {shown(view)} is unknown", "auto, camera, or ELEV,AZIM as in 12,-60")
        return
    for what, value, most in (("elevation", view[0], 90), ("azimuth", view[1], 360)):
        if not -most <= value <= most:
            remedy = f"give a value from -{most} to {most}, as in 12,-60"
            raise UsageError(f"--view: the {what} {_number_text(value)} is out of range", remedy)


def _number_text(value: int | float | Fraction) -> str:
    """A number as messages show it, whatever its size."""
    try:
        return f"{float(value):g}"
    except OverflowError:
        return "of hundreds of digits"
