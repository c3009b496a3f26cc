"""`kasf-demo reps CLIP`: the repetitions of an exercise, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from kasf_demo.cli.clip_options import (
    Athlete,
    Debug,
    DetectorOrFile,
    Height,
    KeypointsFile,
    Offline,
    Overwrite,
    Quality,
)
from kasf_demo.cli.one_clip import progress_on_stderr
from kasf_demo.cli.output_files import check_outputs, check_page, check_plot, files_of, write_csv, write_json
from kasf_demo.cli.recordings import about, is_result, open_recording, pictures_of
from kasf_demo.cli.shared import EPILOG, new_app, options_given
from kasf_demo.errors import printable
from kasf_demo.files.atomic import atomic_write_path

app = new_app()
NOT_OF_CLIP = ("csv", "html")  # names that mean something else here
MAX_LINES = 30


@app.command("reps", epilog=EPILOG)
def reps_command(
    ctx: typer.Context,
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A clip, or a result: pose.json, pose.csv or pose.npz.")],
    json: Annotated[Path | None, typer.Option("--json", help="Write repetitions, curves and changes as JSON.")] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write a table: a row for each number of each repetition.")
    ] = None,
    curves: Annotated[
        Path | None, typer.Option("--curves", help="Write a table of the curves: mean, SD, repetitions, 0 to 100 %.")
    ] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw mean and SD of the angles, .png or .svg.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page: table, images, bands, change over the set.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option("--clip", help="The clip of a result, for the images of --html.")
    ] = None,
    person: Annotated[
        int | None, typer.Option("--person", help="Person id.  [default: the one in most frames]")
    ] = None,
    height_m: Height = None,
    detector: DetectorOrFile = "auto",
    quality: Quality = "balanced",
    keypoints: KeypointsFile = None,
    athlete: Athlete = "auto",
    start_s: Annotated[float | None, typer.Option("--start", help="Use the clip from this time on, seconds.")] = None,
    end_s: Annotated[float | None, typer.Option("--end", help="Use the clip up to this time, seconds.")] = None,
    offline: Offline = False,
    config: Annotated[Path | None, typer.Option("--config", help="TOML file with options of a run.")] = None,
    overwrite: Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    debug: Debug = False,
) -> None:
    """Find the repetitions of an exercise (squats, chair rises, strides, kicks), put them side by side, and tell which
    is nearest to their mean, which is farthest, and what changes over the set. Exit code 8 if nothing is repeated."""
    options = options_given(ctx, config, without=NOT_OF_CLIP)
    check_page(html, images)
    check_plot(plot)
    outputs = [p for p in (json, csv, curves, plot, html) if p is not None]
    check_outputs(outputs, files_of(clip, images), overwrite)
    with progress_on_stderr(quiet) as progress:
        opened = open_recording(clip, person, images, options, progress)
        from kasf_demo.assess.repetitions import find_set

        found = find_set(_part(opened.recording, start_s, end_s) if is_result(clip) else opened.recording)
        known = about(clip, images, options, opened) if json is not None else None
        _write_tables(found, printable(clip.name), known, json, csv, curves, overwrite)
        if plot is not None or html is not None:
            _draw(opened, found, plot, html, overwrite)
    for line in [*sentences(found), *opened.footage]:
        print(printable(line))
    _print(found)


def _part(recording: Any, start_s: float | None, end_s: float | None) -> Any:
    """A result's frames outside of the span count as unseen."""
    if start_s is None and end_s is None:
        return recording
    from dataclasses import replace

    t = recording.times_s
    seen = recording.pose.valid & (t >= (start_s or 0.0)) & (t <= (float("inf") if end_s is None else end_s))
    return replace(recording, pose=replace(recording.pose, valid=seen))


def _write_tables(
    found: Any, name: str, known: Any, json: Path | None, csv: Path | None, curves: Path | None, overwrite: bool
) -> None:
    from kasf_demo.results.repetitions_record import COLUMNS, curve_rows, repetition_rows, repetitions_record

    if json is not None:
        write_json(json, repetitions_record(found, name, known), overwrite, indent=None)
    if csv is not None:
        write_csv(csv, COLUMNS, repetition_rows(found), overwrite)
    if curves is not None:
        write_csv(curves, *curve_rows(found), overwrite)


def _draw(opened: Any, found: Any, plot: Path | None, html: Path | None, overwrite: bool) -> None:
    from kasf_demo import third_party

    third_party.prepare_matplotlib()
    from kasf_demo.plots.repetitions import write_bands, write_repetitions_page

    if plot is not None:
        with atomic_write_path(plot, overwrite=overwrite) as part:
            write_bands(part, found, opened.name, plot.suffix[1:].lower())
    if html is not None:
        moments = [[(r.start_s, "start"), (r.turn_s, "turn"), (r.end_s, "end")] for r in found.each]
        both = [moments[found.nearest], moments[found.farthest]]
        pictures = pictures_of(opened, [moment for own in both for moment in own])
        strips = [[p for p in pictures if _of(p.time_s, own)] for own in both]
        with atomic_write_path(html, overwrite=overwrite) as part:
            write_repetitions_page(part, opened.name, found, strips, [*sentences(found), *opened.footage])


def _of(time_s: float, moments: Sequence[tuple[float, str]]) -> bool:
    return moments[0][0] - 0.05 <= time_s <= moments[-1][0] + 0.05


def sentences(found: Any) -> list[str]:
    """What a coach reads first."""
    from kasf_demo.plots.repetitions import in_words, title_of

    count, lasts = len(found.each), found.lasts_s
    lines = [
        f"{count} repetitions from {found.each[0].start_s:.2f} to {found.each[-1].end_s:.2f} s, {lasts.mean():.2f} s"
        f" each (SD {lasts.std(ddof=1):.2f}), one every {found.period_s:.3f} s ({60 / found.period_s:.1f} a minute)"
    ]
    for n, how in ((found.nearest, "nearest to"), (found.farthest, "farthest from")):
        name, off, share = found.largest_difference(n)
        lines.append(
            f"number {n + 1} is {how} the mean of the others ({found.off_deg[n]:.1f}° in the mean); most in the"
            f" {in_words(name)}, {off:+.0f}° at {100 * share:.0f} %"
        )
    sure = [c for c in found.changes if c.sure]
    for c in sorted(sure, key=lambda c: -abs(c.per_rep) / c.sigma if c.sigma else 0.0)[:4]:
        digits = 3 if c.unit == "s" else 2
        unit = " s" if c.unit == "s" else c.unit
        lines.append(f"{title_of(c)} changes by {c.per_rep:+.{digits}f} ± {c.sigma:.{digits}f}{unit} a repetition")
    if not sure:
        lines.append("no change over the set that is sure" + (": too few repetitions" if count <= 3 else ""))
    lines.append("Nearest and farthest are distances from the mean, no verdict on what is right.")
    return lines


def _print(found: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    from kasf_demo.assess.repetitions import SHOWN
    from kasf_demo.plots.repetitions import in_words

    table = Table()
    top = found.exercised[:3]
    for column in ("", "start, s", "time, s", *(f"{in_words(name)}, °" for name in top), "off, °", ""):
        table.add_column(column, justify="right")
    for n, r in list(enumerate(found.each))[:MAX_LINES]:
        own = [found.curves[n, :, SHOWN.index(name)] for name in top]
        mark = "nearest" if n == found.nearest else "farthest" if n == found.farthest else ""
        ranges = [f"{c.min():.0f} to {c.max():.0f}" for c in own]
        table.add_row(
            str(n + 1), f"{r.start_s:.2f}", f"{r.end_s - r.start_s:.2f}", *ranges, f"{found.off_deg[n]:.1f}", mark
        )
    Console().print(table)
    if len(found.each) > MAX_LINES:
        print(f"and {len(found.each) - MAX_LINES} more")
