"""Write the files of `--export` for other programs. `options/formats.py` lists what a new format touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from kasf_demo.errors import printable
from kasf_demo.export.bvh import write_bvh
from kasf_demo.export.c3d import write_c3d
from kasf_demo.export.csv_angles import write_angles_csv
from kasf_demo.export.glb import write_glb
from kasf_demo.export.mot import mot_values, write_mot
from kasf_demo.export.npz import write_npz
from kasf_demo.export.resample import EvenMotion, even_motion
from kasf_demo.export.trc import write_trc
from kasf_demo.files.atomic import Writing
from kasf_demo.results.outputs import Outputs
from kasf_demo.types.motion import ANGLES
from kasf_demo.types.people import Person
from kasf_demo.types.result import Result

GAPLESS = ("bvh", "mot")  # formats that cannot leave gaps: values are interpolated


class _Writer(Protocol):
    def __call__(self, path: Path, motion: EvenMotion, *, name: str) -> None: ...


WRITERS: dict[str, _Writer] = {"trc": write_trc, "c3d": write_c3d, "bvh": write_bvh, "mot": write_mot}


def write_exports(
    outputs: Outputs,
    result: Result,
    standing: Sequence[Person],
    writing: Writing,
    about: Mapping[str, str | float | bool | None],
) -> tuple[list[Path], list[dict[str, Any]]]:
    """Writes what `outputs.exports` plans through `writing` (OutputSet.writing, files.atomic_write_path). Returns the
    files, and JSON records of the files per person.

    about: origin of the numbers, see `npz.origin`. standing: the people in world axes. People without any pose get no
    file of their own, and a GLB is not written if nobody has one. Raises OutputError.
    """
    times_s, angles = result.times_s, [p.angles for p in result.people]
    whole: dict[str, Callable[[Path], None]] = {
        "csv": lambda part: write_angles_csv(
            part, [(p.id, a) for p, a in zip(result.people, angles, strict=True)], times_s
        ),
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
    single = {kind: path for kind, path in outputs.exports.items() if kind in WRITERS}
    record: list[dict[str, Any]] = []
    for person, motion in zip(standing, result.motion, strict=True):
        if not single or not person.pose.valid.any():
            continue
        even = even_motion(person.pose, motion.angles, motion.events, nominal_hz=float(result.video.fps))
        if not even.valid.any():  # single frames between gaps of an uneven clip: nothing to interpolate between
            continue
        for kind in single:
            path = outputs.of_person(kind, person.id)
            with writing(path) as part:
                WRITERS[kind](part, even, name=printable(path.name))
            files.append(path)
            record.append(_record(path, person, even))
    return files, record


def _record(path: Path, person: Person, even: EvenMotion) -> dict[str, Any]:
    """JSON record of a file at a constant rate. Gaps are filled in BVH and MOT, and left empty in the other formats."""
    kind = path.suffix[1:]
    record = {
        "file": kind, "person": person.id, "rate_hz": even.rate_hz, "resampled": even.resampled,
        "frames_without_pose": int((~even.valid).sum()), "filled": kind in GAPLESS and not even.valid.all(),
    }  # fmt: skip
    return record | (_mot_record(even) if kind == "mot" else {})


def _mot_record(even: EvenMotion) -> dict[str, Any]:
    """For MOT: number of filled-in frames per angle, and angles without a column because they have no value."""
    missing = mot_values(even)[1][:, -len(ANGLES) :].sum(0)
    counts = {name: int(n) for name, n in zip(ANGLES, missing, strict=True)}
    filled = {name: n for name, n in counts.items() if 0 < n < len(even.xyz)}
    return {
        "filled": bool(filled) or not even.valid.all(), "filled_frames": filled,
        "without_column": [name for name, n in counts.items() if n == len(even.xyz)],
    }  # fmt: skip
