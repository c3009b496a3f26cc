"""Files of other formats, made from the arrays of a result (NAME.npz): the same as those of a run with `--export`."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.compare.side import Side, everybody
from kasf_demo.errors import InputError, UsageError, printable
from kasf_demo.export.glb import write_glb
from kasf_demo.export.npz import origin
from kasf_demo.export.resample import even_motion
from kasf_demo.export.write import WRITERS
from kasf_demo.files.output_set import OutputSet
from kasf_demo.options import FORMATS
from kasf_demo.results.read_report import read_report
from kasf_demo.types.people import Keypoints2D, Person


def export_result(out: Path, kind: str) -> list[Path]:
    """Writes the files of a format for the result `out` (NAME.mp4); existing ones are replaced. Returns them.

    A file for each person if the result is of everybody, as in a run. Raises KasfError.
    """
    report = read_report(out.with_suffix(".json"))
    sides = everybody(out.with_suffix(".npz"))
    try:
        numbered = report["options"]["athlete"] == "all"
        nominal_hz = float(Fraction(str(report["video"]["fps"])))
        about = _about(report, sides, nominal_hz)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise InputError(f"not a report of this version: {error}", "analyse the clip again", path=out) from None
    path = out.with_name(out.stem + FORMATS[kind].suffix)
    files: list[Path] = []
    with OutputSet(overwrite=True) as writing:
        if kind == "glb":
            with writing.writing(path) as part:
                write_glb(part, [_person(int(name), side) for name, side in sides.items()], about)
            files.append(path)
        for name, side in sides.items() if kind in WRITERS else ():
            own = path.with_name(f"{out.stem}.p{name}{path.suffix}") if numbered else path
            if _write(writing, own, kind, side, nominal_hz):
                files.append(own)
        if not files:
            raise UsageError(f"nobody has a pose to write as {kind}", "analyse the clip again", path=out)
        writing.publish(last=files[-1])
    return files


def _write(files: OutputSet, path: Path, kind: str, side: Side, nominal_hz: float) -> bool:
    """One person in a format that holds one; False if there is nothing to write."""
    if not side.pose.valid.any():
        return False
    even = even_motion(
        side.pose, side.motion.angles, side.motion.events, nominal_hz=nominal_hz, foot_angles=side.motion.foot_angles
    )
    if not even.valid.any():
        return False
    with files.writing(path) as part:
        WRITERS[kind](part, even, name=printable(path.name))
    return True


def _person(number: int, side: Side) -> Person:
    pose = side.pose
    t = len(pose)
    nothing = Keypoints2D(np.full((t, 17, 2), np.nan), np.zeros((t, 17)), np.zeros(t, bool), np.zeros(t, bool), "coco")
    seen = Keypoints2D(side.uv, pose.score, pose.valid, pose.interpolated, "h36m")
    return Person(number, nothing, seen, pose, side.motion)


def _about(report: Mapping[str, Any], sides: Mapping[str, Side], nominal_hz: float) -> dict[str, Any]:
    times_s = next(iter(sides.values())).pose.times_s
    scale, clip = report["scale"], report["input"]
    return origin(
        str(report["versions"]["kasf-demo"]), printable(str(clip["name"])), str(clip["sha256"]),
        float(scale["height_m"]), scale["kind"] == "assumed", times_s, nominal_hz,
    )  # fmt: skip
