"""Write the files of `--export` for other programs. `options/formats.py` lists what a new format touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from kasf_demo.errors import printable
from kasf_demo.export.bvh import write_bvh
from kasf_demo.export.c3d import write_c3d
from kasf_demo.export.csv_angles import write_angles_csv
from kasf_demo.export.csv_feet import write_feet_csv
from kasf_demo.export.csv_jumps import write_jumps_csv
from kasf_demo.export.glb import write_glb
from kasf_demo.export.mot import mot_angles, mot_values, write_mot
from kasf_demo.export.npz import write_npz
from kasf_demo.export.opensim.write import write_opensim
from kasf_demo.export.resample import EvenMotion, even_motion
from kasf_demo.export.trc import write_trc
from kasf_demo.files.atomic import Writing
from kasf_demo.options import Options
from kasf_demo.results.opensim_markers import read_opensim_markers
from kasf_demo.results.outputs import Outputs
from kasf_demo.types.people import Person
from kasf_demo.types.result import Result

GAPLESS = ("bvh", "mot", "opensim")  # formats that cannot leave gaps: values are interpolated


class _Writer(Protocol):
    def __call__(self, path: Path, motion: EvenMotion, *, name: str) -> None: ...


WRITERS: dict[str, _Writer] = {"trc": write_trc, "c3d": write_c3d, "bvh": write_bvh, "mot": write_mot}


def write_exports(
    outputs: Outputs,
    result: Result,
    standing: Sequence[Person],
    writing: Writing,
    about: Mapping[str, str | float | bool | None],
    options: Options,
) -> tuple[list[Path], list[dict[str, Any]]]:
    """Writes what `outputs.exports` plans through `writing` (OutputSet.writing, files.atomic_write_path). Returns the
    files, and JSON records of the files per person.

    about: origin of the numbers, see `npz.origin`. standing: the people in world axes. People without any pose get no
    file of their own, and a GLB is not written if nobody has one. Raises OutputError.
    """
    files = _write_whole(outputs, result, standing, writing, about)
    single = {kind: path for kind, path in outputs.exports.items() if kind in WRITERS}
    opensim = {kind: path for kind, path in outputs.exports.items() if kind.startswith("opensim")}
    record: list[dict[str, Any]] = []
    for person, motion in zip(standing, result.motion, strict=True):
        if not (single or opensim) or not person.pose.valid.any():
            continue
        even = even_motion(
            person.pose, motion.angles, motion.events,
            nominal_hz=float(result.video.fps), foot_angles=motion.foot_angles,
        )  # fmt: skip
        if not even.valid.any():  # single frames between gaps of an uneven clip: nothing to interpolate between
            continue
        for kind in single:
            path = outputs.of_person(kind, person.id)
            with writing(path) as part:
                WRITERS[kind](part, even, name=printable(path.name))
            files.append(path)
            record.append(_record(kind, person, even))
        if opensim:
            paths = {kind: outputs.of_person(kind, person.id) for kind in opensim}
            said = _write_opensim(paths, even, writing, options, float(about["height_m"] or 0))
            files += paths.values()
            record.append(_record("opensim", person, even) | said)
    return files, record


def _write_whole(
    outputs: Outputs,
    result: Result,
    standing: Sequence[Person],
    writing: Writing,
    about: Mapping[str, str | float | bool | None],
) -> list[Path]:
    """Writes the formats with one file for all people."""
    times_s, angles = result.times_s, [p.angles for p in result.people]
    whole: dict[str, Callable[[Path], None]] = {
        "csv": lambda part: write_angles_csv(
            part,
            [(p.id, a) for p, a in zip(result.people, angles, strict=True)],
            times_s,
            [p.measured.foot_angles for p in result.people],
        ),
        "feet": lambda part: write_feet_csv(part, result.people, times_s),
        "jumps": lambda part: write_jumps_csv(part, [(p.id, p.measured) for p in result.people]),
        "npz": lambda part: write_npz(part, result.people, angles, times_s, result.camera, about, result.played_s),
    }
    files: list[Path] = []
    if any(person.pose.valid.any() for person in standing):
        whole["glb"] = lambda part: write_glb(part, standing, about)
    for kind, path in outputs.exports.items():
        if kind in whole:
            with writing(path) as part:
                whole[kind](part)
            files.append(path)
    return files


def _write_opensim(
    paths: Mapping[str, Path], even: EvenMotion, writing: Writing, options: Options, height_m: float
) -> dict[str, Any]:
    """The three files of one person, beside the TRC."""
    places = None if options.opensim_markers is None else read_opensim_markers(options.opensim_markers)
    with ExitStack() as stack:
        parts = {kind.rpartition(".")[2]: stack.enter_context(writing(path)) for kind, path in paths.items()}
        parts = {"mot" if kind == "opensim" else kind: path for kind, path in parts.items()}
        name = printable(paths["opensim"].name)
        return write_opensim(
            parts, even, name=name, height_m=height_m, users_model=options.opensim_model, users_markers=places
        )


def _record(kind: str, person: Person, even: EvenMotion) -> dict[str, Any]:
    """JSON record of a file at a constant rate. Gaps are filled in GAPLESS formats, and left empty in the others."""
    record = {
        "file": kind, "person": person.id, "rate_hz": even.rate_hz, "resampled": even.resampled,
        "frames_without_pose": int((~even.valid).sum()), "filled": kind in GAPLESS and not even.valid.all(),
    }  # fmt: skip
    return record | (_mot_record(even) if kind == "mot" else {})


def _mot_record(even: EvenMotion) -> dict[str, Any]:
    """For MOT: number of filled-in frames per angle, and angles without a column because they have no value."""
    names = mot_angles(even)
    missing = mot_values(even)[1][:, -len(names) :].sum(0)
    counts = {name: int(n) for name, n in zip(names, missing, strict=True)}
    filled = {name: n for name, n in counts.items() if 0 < n < len(even.xyz)}
    return {
        "filled": bool(filled) or not even.valid.all(), "filled_frames": filled,
        "without_column": [name for name, n in counts.items() if n == len(even.xyz)],
    }  # fmt: skip
