"""The page of one analysed clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.files.output_set import RECORDING, OutputSet
from kasf_demo.types.people import Person
from kasf_demo.types.result import Result
from kasf_demo.viewer.html import page_html
from kasf_demo.viewer.scene import Lens, Page, Picture, Take

LARGE_BYTES = 50_000_000  # a page above it opens slowly on a phone


def page_of(result: Result, standing: Sequence[Person], picture: Picture | None) -> Page:
    """`standing`: the people of `result` in world axes. The report of `result` gives lens, camera heights and notes."""
    report = result.report
    people = zip(standing, result.motion, report["people"], strict=True)
    reliable = result.camera.reliable if result.camera else None
    takes = [
        Take.of(person, motion, camera_height_m=said["floor"]["camera_height_m"], path_reliable=reliable) for person, motion, said in people
    ]
    lens = Lens(report["camera"]["focal_px"], report["camera"]["tilt_deg"])
    return Page(result.video.path.name, takes, picture, lens, np.asarray(result.times_s, np.float64), notes_of(report), result.cuts_s)


KINDS = ("html", "rerun")  # of --export


def write_result_pages(paths: Mapping[str, Path], result: Result, standing: Sequence[Person], picture: Picture | None,
                       files: OutputSet) -> tuple[list[Path], list[str]]:  # fmt: skip
    """Writes the page of `result`, and the same for rerun, into `files`: those of KINDS that `paths` names.

    Returns the files and warnings. Raises OutputError.
    """
    written = [paths[kind] for kind in KINDS if kind in paths]
    if not written:
        return [], []
    page = page_of(result, standing, picture)
    warnings = []
    if "html" in paths:
        content = page_html(page).encode()
        with files.writing(paths["html"]) as part:
            part.write_bytes(content)
        warnings += size_warnings(len(content))
    if "rerun" in paths:
        from kasf_demo.viewer.rerun import recording_id, save_recording

        with files.writing(paths["rerun"], identity=RECORDING + recording_id(page)) as part:
            save_recording(part, page)
    return written, warnings


def size_warnings(size: int) -> list[str]:
    """What a user should know of a page of so many bytes."""
    if size <= LARGE_BYTES:
        return []
    return [f"the page has {size / 1e6:.0f} MB: choose a part of the clip with --start and --end, or leave the picture out with --no-video"]


def notes_of(report: dict[str, Any]) -> list[str]:
    """What a reader must know to trust the numbers no further than they go."""
    scale, camera, video = report["scale"], report["camera"], report["video"]
    height = f"{scale['height_m']:.2f} m"
    told = f"Lengths follow from the athlete's height, given as {height}." if scale["kind"] == "given" else (
        f"Lengths follow from an assumed height of {height}: with --height they are the athlete's own."
    )  # fmt: skip
    seconds = video["end_s"] - video["start_s"]
    return [
        f"{report['counts']['frames']} frames, {seconds:.2f} s, {video['width']} × {video['height']} px. "
        f"Detector: {report['detector']['name']}; lifting network: {report['lifter']['name']}.",
        told,
        f"Camera motion: {camera['motion']['meaning'] if isinstance(camera['motion'], dict) else camera['motion']}.",
        "Joints estimated from one camera are off by centimetres, most of all in depth. Pale limbs have low scores, are in an implausible "
        "place or were filled in; a "
        "dashed curve or a number with ? rests on such a joint.",
        *(f"Warning: {text}" for text in report["warnings"]),
    ]  # fmt: skip
