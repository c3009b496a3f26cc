"""The page of one analysed clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from kasf_demo.files.output_set import RECORDING, OutputSet
from kasf_demo.options import FORMATS
from kasf_demo.types.people import Person
from kasf_demo.types.result import Result
from kasf_demo.viewer.html import page_html
from kasf_demo.viewer.scene import Lens, Page, ProxyVideo, ShownCard, Take

LARGE_BYTES = 50_000_000  # larger pages open slowly on a phone


def page_of(
    result: Result,
    standing: Sequence[Person],
    picture: ProxyVideo | None,
    notes: Sequence[str],
    cards: Mapping[int, Sequence[ShownCard]] | None = None,
) -> Page:
    """`standing`: the people of `result` in world axes. notes: sentences for the reader. cards: of jumps and spins, by
    a person's id. ValueError for a result without a scene."""
    scene = result.scene
    if scene is None:
        raise ValueError("the result has no scene")
    takes = [
        Take.of(
            person,
            motion,
            camera_height_m=round(scene.floors[person.id].camera_height_m, 3),
            path_reliable=scene.motion.reliable,
            cards=(cards or {}).get(person.id, ()),
        )
        for person, motion in zip(standing, result.motion, strict=True)
    ]
    lens = Lens(scene.camera.focal_px, scene.orientation.tilt.deg)
    return Page(
        result.video.path.name, takes, picture, lens, np.asarray(result.times_s, np.float64), list(notes), result.cuts_s
    )


KINDS = tuple(name for name, form in FORMATS.items() if form.page)


def write_result_pages(
    paths: Mapping[str, Path],
    result: Result,
    standing: Sequence[Person],
    picture: ProxyVideo | None,
    notes: Sequence[str],
    files: OutputSet,
    cards: Mapping[int, Sequence[ShownCard]] | None = None,
    extended: Callable[[Page], Page] = lambda page: page,
) -> tuple[list[Path], list[str]]:
    """Writes the page of `result`, and the rerun recording into `files`, for the KINDS in `paths`. notes: sentences for
    the reader. cards: see `page_of`. extended: the page with what a command knows besides.

    Returns the files and warnings. Raises OutputError.
    """
    written = [paths[kind] for kind in KINDS if kind in paths]
    if not written:
        return [], []
    page = extended(page_of(result, standing, picture, notes, cards))
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
    """Warnings for a page of `size` bytes."""
    if size <= LARGE_BYTES:
        return []
    return [
        f"the page is {size / 1e6:.0f} MB: choose a part of the clip with --start and --end, or leave the video out"
        " with --no-video"
    ]
