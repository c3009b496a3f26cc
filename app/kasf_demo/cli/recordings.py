"""What the commands for coaches work on: a clip, which is analysed, or a result of an earlier run; and its images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kasf_demo.assess.values import Recording
from kasf_demo.errors import InputError, UsageError, printable
from kasf_demo.options import Options
from kasf_demo.progress import Progress
from kasf_demo.types.arrays import FloatArray

if TYPE_CHECKING:
    from kasf_demo.compare.side import Side
    from kasf_demo.plots.moment_picture import Picture

RESULTS = (".json", ".csv", ".npz")


@dataclass(frozen=True)
class Opened:
    """One person of a clip: name for titles; uv (T, 17, 2) px; played_s (T,): times of the clip as played; clip: where
    images come from, None without; options: with which it is read. findings: on the footage, as in the JSON of a run;
    empty if the result has none."""

    name: str
    recording: Recording
    uv: FloatArray
    played_s: FloatArray
    clip: Path | None
    options: Options
    deinterlaced: bool
    source: str | None = None
    findings: tuple[dict[str, Any], ...] = ()

    @property
    def footage(self) -> list[str]:
        """What is wrong with the footage, and what to do about it."""
        bad = [f for f in self.findings if f.get("level") != "ok"]
        return [f"Footage: {f.get('text')}" + (f"; {f['remedy']}" if f.get("remedy") else "") + "." for f in bad]


def is_result(path: Path) -> bool:
    """Whether a path names a result of an earlier run, not a clip."""
    return path.suffix.lower() in RESULTS


def open_recording(path: Path, person: int | None, clip: Path | None, options: Options, progress: Progress) -> Opened:
    """From a result, with `clip` for its images, or from a clip, which is analysed. Raises KasfError."""
    if is_result(path):
        return _from_result(path, None if person is None else str(person), clip, options)
    if clip is not None:
        raise UsageError("--clip goes with a result", "drop it: the images are of the clip that is analysed")
    return _from_clip(path, person, options, progress)


def _from_result(path: Path, person: str | None, clip: Path | None, options: Options) -> Opened:
    from kasf_demo.compare.side import from_result

    arrays = path.with_suffix(".npz")  # it has heels and toes, and uncertainties
    opened = _of_side(from_result(arrays if arrays.is_file() else path, person), clip, options)
    return replace(opened, findings=_findings_beside(path))


def _findings_beside(path: Path) -> tuple[dict[str, Any], ...]:
    """Of the report of a result; none without one."""
    from kasf_demo.results.read_report import read_report

    report = path.with_suffix(".json")
    found = read_report(report).get("findings") if report.is_file() else None
    return tuple(f for f in found if isinstance(f, dict)) if isinstance(found, list) else ()


def _of_side(side: Side, clip: Path | None, options: Options) -> Opened:
    reliable = np.ones(len(side.pose), bool) if side.reliable is None else side.reliable
    played_s = side.pose.times_s if side.media_s is None else side.media_s
    recording = Recording(side.pose, side.motion, reliable)
    return Opened(side.name, recording, side.uv, played_s, clip, options, side.deinterlaced, side.source)


def open_people(path: Path, clip: Path | None, options: Options, progress: Progress) -> dict[int, Opened]:
    """Everybody in a result, or in a clip (with --athlete, those that it names), by id. Raises KasfError."""
    if is_result(path):
        from kasf_demo.compare.side import everybody

        arrays = path.with_suffix(".npz")
        sides = everybody(arrays if arrays.is_file() else path)
        return {int(name): _of_side(side, clip, options) for name, side in sides.items()}
    if clip is not None:
        raise UsageError("--clip goes with a result", "drop it: the images are of the clip that is analysed")
    athlete = "all" if options.athlete == "auto" else options.athlete
    return _people_of_clip(path, replace(options, athlete=athlete), progress)


def _from_clip(path: Path, person: int | None, options: Options, progress: Progress) -> Opened:
    people = _people_of_clip(path, options, progress)
    if person is not None and person not in people:
        ids = ", ".join(str(p) for p in people)
        raise UsageError(f"there is no person {person}", f"one of {ids}", path=path)
    longest = max(people, key=lambda p: int(people[p].recording.pose.valid.sum()))
    return people[longest if person is None else person]


def _people_of_clip(path: Path, options: Options, progress: Progress) -> dict[int, Opened]:
    from kasf_demo.pipeline import analyse
    from kasf_demo.results.outputs import check_clip, check_keypoints

    check_clip(path)
    check_keypoints(options.keypoints)
    options = replace(options, axes="world")
    result = analyse(path, options=options, progress=progress)
    people = [p for p in result.people if p.pose.valid.any()]
    if not people:
        raise InputError("no person is in this clip", "kasf-demo check CLIP says what to do", path=path)
    camera, frames = result.camera, len(result.times_s)
    carried = camera is None or camera.kind == "moves"
    known = np.ones(frames, bool) if camera is None or camera.kind == "unknown" else camera.reliable
    reliable = np.zeros(frames, bool) if carried else known
    fields = options.deinterlace and options.keypoints is None
    return {
        p.id: Opened(
            printable(path.name) + (f", person {p.id}" if len(people) > 1 else ""),
            Recording(p.pose, p.measured, reliable), p.h36m.xy, result.played_s, path, options, fields,
            findings=tuple(result.report.get("findings", ())),
        )
        for p in people
    }  # fmt: skip


def about(path: Path, clip: Path | None, options: Options, opened: Opened) -> dict[str, Any]:
    """What a later comparison of sessions must know: `scale` (the athlete's height), the day on which the clip was
    `recorded` (None if they are not known), and the `findings` on the footage."""
    from kasf_demo.reconstruct.person import height_of
    from kasf_demo.results.read_report import read_report
    from kasf_demo.video.creation import recorded_on

    scale: dict[str, Any] | None = {
        "kind": "assumed" if options.height_m is None else "given", "height_m": height_of(options)
    }  # fmt: skip
    if is_result(path):
        report = path.with_suffix(".json")
        scale = read_report(report).get("scale") if report.is_file() else None
    filmed = clip if is_result(path) else path
    return {
        "scale": scale,
        "recorded": None if filmed is None else recorded_on(filmed),
        "findings": list(opened.findings),
    }


def pictures_of(opened: Opened, moments: Sequence[tuple[float, str]]) -> list[Picture]:
    """The moments with their images, if there is a clip. Raises InputError if it is not the result's."""
    from kasf_demo.plots.key_moments import boxes
    from kasf_demo.plots.moment_picture import Picture

    recording = opened.recording
    named = dict[int, str]()
    for time_s, name in sorted(moments):
        named.setdefault(recording.frame(time_s), name)
    frames = sorted(named)
    around = boxes(opened.uv[frames]) if frames else []
    found = [
        Picture(float(recording.times_s[f]), named[f], opened.uv[f], np.asarray(recording.pose.xyz[f], float),
                recording.pose.in_doubt[f], box)
        for f, box in zip(frames, around, strict=True)
    ]  # fmt: skip
    return _with_images(opened, frames, found) if opened.clip is not None else found


def _with_images(opened: Opened, frames: list[int], pictures: list[Picture]) -> list[Picture]:
    from kasf_demo.video.reader import VideoReader
    from kasf_demo.weights.hashing import sha256_of

    assert opened.clip is not None
    if opened.source is not None and sha256_of(opened.clip) != opened.source:
        raise InputError("not the clip of this result", "give the clip that was analysed", path=opened.clip)
    wanted = {round(float(opened.played_s[f]), 3): n for n, f in enumerate(frames)}
    o, out = opened.options, list(pictures)
    with VideoReader(
        opened.clip, start_s=o.start_s, end_s=o.end_s, stream=o.stream, fps=o.fps, deinterlace=opened.deinterlaced
    ) as reader:
        for frame in reader:
            n = next((n for s, n in wanted.items() if abs(s - frame.time_s) <= 2e-3), None)
            if n is not None:
                out[n] = replace(out[n], cut=out[n].box.cut(frame.image))
            if frame.time_s > max(wanted, default=0.0):
                break
    return out
