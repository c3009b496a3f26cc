"""The files of a result: video, tables, exports, plots, pages, and the JSON last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from kasf_demo.errors import printable
from kasf_demo.export.csv_joints import write_csv
from kasf_demo.export.npz import origin
from kasf_demo.export.write import write_exports
from kasf_demo.files.output_set import OutputSet, earlier_files, removal_line
from kasf_demo.options import Options
from kasf_demo.passes.draw import draw_video
from kasf_demo.passes.moment_images import shown_card
from kasf_demo.plots import from_result
from kasf_demo.progress import Notes
from kasf_demo.reconstruct.clip import ClipBodies
from kasf_demo.reconstruct.person import height_of
from kasf_demo.results.json_file import write_json
from kasf_demo.results.jump_cards import none_found
from kasf_demo.results.messages import caption, page_notes
from kasf_demo.results.outputs import Outputs
from kasf_demo.results.report import ReportSources, build_report, footage_findings, versions
from kasf_demo.types.result import Result
from kasf_demo.video.reader import VideoReader
from kasf_demo.viewer.from_result import KINDS, write_result_pages
from kasf_demo.viewer.scene import Page, ProxyVideo, ShownCard


class OwnFiles(Protocol):
    """What a command that measures more than one clip does otherwise than `kasf-demo CLIP`."""

    def draw(self, path: Path, caption: str, files: OutputSet, *, for_page: bool) -> ProxyVideo | None:
        """Draws the video into `files` as `path`; returns the small video of the clip if it is wanted `for_page`."""

    def page(self, page: Page) -> Page:
        """The page of the result with what is known besides."""

    def write(self, files: OutputSet, about: dict[str, Any]) -> list[Path]:
        """Writes more files; about: metadata of arrays."""

    def record(self, report: dict[str, Any]) -> dict[str, Any]:
        """The JSON report with what is known besides."""


def write_files(
    outputs: Outputs,
    bodies: ClipBodies,
    made: ReportSources,
    reader: VideoReader,
    camera_line: str,
    notes: Notes,
    own: OwnFiles | None = None,
) -> None:
    """Writes the files that `outputs` plans, and sets `report`, `files` and `replaced` of the result.

    They get their names together, the JSON last: its presence means that the result is complete. camera_line: of the
    camera, for plots. own: what is done otherwise. The clip is read again to draw it, and as far as plots need images.
    Raises OutputError.
    """
    result, options, engine = bodies.result, made.options, made.engine
    under = caption(engine.detector_name, engine.lifter_name, options)
    proxy, written = None, dict[str, Any]()
    findings = footage_findings(result, made)
    with OutputSet(overwrite=options.overwrite) as files:
        if outputs.video is not None:
            for_page = any(kind in outputs.exports for kind in KINDS)
            if own is not None:
                proxy = own.draw(outputs.video, under, files, for_page=for_page)
            else:
                proxy = draw_video(outputs.video, bodies, reader, under, options, files, notes, for_page=for_page)
        if outputs.csv is not None:
            with files.writing(outputs.csv) as part:
                written["table_content_sha256"] = write_csv(
                    part, result.people, result.times_s, layout=options.csv_layout
                )
        about = _origin(result, options, made.source[2])
        exports, records = write_exports(outputs, result, bodies.standing, files.writing, about, options)
        if outputs.exports:
            written["exports"] = records
        if outputs.plots or outputs.report is not None:
            found = [f.sentence for f in findings if f.level != "ok"]
            lines = [text for text in (under, camera_line, *found, *notes.warnings) if text]
            exports += _write_plots(outputs, bodies, reader, lines, files, options)
        for_readers = page_notes(result, options, str(engine.detector_record["name"]), engine.lifter_name, findings)
        for_readers += [text for text in {none_found(m, options.sport) for m in result.motion} if text]
        cards = _cards_of_page(outputs, bodies, reader, options)
        extended = own.page if own is not None else lambda page: page
        pages, warnings = write_result_pages(
            outputs.exports, result, bodies.standing, proxy, for_readers, files, cards, extended
        )
        notes.warn(*warnings)
        pages += [] if own is None else own.write(files, about)
        folder = outputs.json.absolute().parent
        result.report = build_report(result, made) | written | {"files": files.identities(folder)}
        if own is not None:
            result.report = own.record(result.report)
        with files.writing(outputs.json) as part:
            write_json(part, result.report)
        result.files = [p for p in (outputs.video, outputs.csv, *exports, *pages, outputs.json) if p is not None]
        result.replaced = _publish(files, outputs.json, result.files, reader.path, options)
    if result.replaced:
        notes.say(result.replaced)


def _origin(result: Result, options: Options, sha256: str) -> dict[str, str | float | bool | None]:
    """Metadata of an array file; sha256: of the clip."""
    clip, assumed = printable(result.video.path.name), options.height_m is None
    fps = float(result.video.fps)
    return origin(versions()["kasf-demo"], clip, sha256, height_of(options), assumed, result.times_s, fps)


def _write_plots(
    outputs: Outputs, bodies: ClipBodies, reader: VideoReader, lines: list[str], files: OutputSet, options: Options
) -> list[Path]:
    """The files of --plots and --report; the clip is read again up to the last frame that they show."""
    subjects = from_result.subjects_of(bodies.result, bodies.standing, lines, options.sport)
    subjects = from_result.with_pictures(subjects, lambda: reader)
    subjects = [replace(s, raw=bodies.rough.get(s.person.id)) for s in subjects]
    return from_result.write_plots(outputs, bodies.result, subjects, files.writing)


def _cards_of_page(
    outputs: Outputs, bodies: ClipBodies, reader: VideoReader, options: Options
) -> dict[int, list[ShownCard]]:
    """The cards of jumps and spins by person; with images unless the video is left out."""
    if "html" not in outputs.exports:
        return {}
    subjects = from_result.subjects_of(bodies.result, bodies.standing, (), options.sport)
    if outputs.video is not None and any(s.cards for s in subjects):
        subjects = from_result.with_pictures(subjects, lambda: reader, cards_only=True)
    return {s.person.id: [shown_card(placed) for placed in s.cards] for s in subjects}


def _publish(files: OutputSet, report: Path, written: list[Path], clip: Path, options: Options) -> str:
    """Gives all files their final names; files of the earlier result that this one lacks are removed. Returns a line on
    those."""
    removed: list[Path] = []
    changed: list[Path] = []
    if options.overwrite:
        inputs = [p for p in (clip, options.keypoints, options.opensim_model, options.opensim_markers) if p is not None]
        removed, changed = earlier_files(report, [*written, *inputs])
    files.publish(last=report, obsolete=removed)
    return removal_line(removed, changed)
