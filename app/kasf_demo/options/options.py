"""The options of a run with their defaults, and what they may be."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from kasf_demo.errors import UsageError, shown
from kasf_demo.options.formats import EXPORTS, REPORTS

# elevation and azimuth of the 3D panel, degrees, or what they follow from
View = tuple[float, float] | Literal["auto", "camera"]


@dataclass(frozen=True)
class Options:
    """How to analyse a clip. Flags have the same names with dashes, without the unit: `height_m` is `--height`."""

    detector: Literal["auto", "yolo", "mediapipe", "keypoints-file"] = "auto"
    detector_weights: str | None = None
    quality: Literal["fast", "balanced", "best"] = "balanced"
    keypoints: Path | None = None
    feet: Literal["auto", "off", "mediapipe"] = "auto"
    athlete: str = "auto"
    max_gap_s: float = 0.4
    weights: str = "kasf-open-s"
    lifter: str | None = None
    normalisation: Literal["auto", "square-crop", "full-frame", "whole-clip"] = "auto"
    hypotheses: int | None = None
    steps: int | None = None
    seed: int | None = None
    aggregate: Literal["p", "j"] | None = None
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
    fusion: bool = True
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
    opensim_model: Path | None = None
    opensim_markers: Path | None = None
    sport: Literal["skating", "athletics", "gymnastics"] | None = None
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
            choices = _choices(HINTS[field.name])
            if choices and getattr(self, field.name) not in choices:
                what = f"{flag(field.name)} {shown(getattr(self, field.name))} is unknown"
                raise UsageError(what, f"one of {', '.join(c for c in choices if c is not None)}")
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
        if self.opensim_model is not None and "opensim" not in self.export:
            raise UsageError("--opensim-model needs --export opensim", "add opensim to --export, or drop the model")
        if self.opensim_markers is not None and self.opensim_model is None:
            raise UsageError("--opensim-markers needs --opensim-model", "give both, or neither")
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
        """Name to value for the JSON report; options of later versions only if they are not the default, so that
        results of earlier versions stay up to date."""
        every = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {name: value for name, value in every.items() if name not in _IF_GIVEN or value != _IF_GIVEN[name]}


HINTS = get_type_hints(Options)
_IF_GIVEN: dict[str, Any] = {
    "lifter": None,
    "normalisation": "auto",
    "sport": None,
    **dict.fromkeys(("hypotheses", "steps", "seed", "aggregate")),
}
_RANGES = (
    ("max_gap_s", 0, 60),
    ("heads", 1, 1024),
    ("hypotheses", 1, 1000),
    ("steps", 1, 1000),
    ("seed", 0, 2**63 - 1),
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
_UNITS = ("_deg_per_s", "_deg", "_m", "_s", "_hz")


def _choices(hint: Any) -> tuple[str | None, ...]:
    """The values of a Literal, or of one that may be None; else none."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    inside = [kind for kind in get_args(hint) if get_origin(kind) is Literal]
    optional = set(get_args(hint)) == {*inside, type(None)}
    return (*get_args(inside[0]), None) if inside and optional else ()


def flag(name: str) -> str:
    """The flag of a field: `height_m` -> `--height`. `focal_px` keeps its unit, since a lens is sold in mm."""
    for unit in _UNITS:
        if name.endswith(unit):
            return "--" + name.removesuffix(unit).replace("_", "-")
    return "--" + name.replace("_", "-")


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
