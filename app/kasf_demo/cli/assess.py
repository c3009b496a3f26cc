"""`kasf-demo assess TEST CLIP`: a test that coaches run, from a clip or from a result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

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
from kasf_demo.cli.output_files import check_outputs, check_page, files_of, write_csv, write_json
from kasf_demo.cli.recordings import about, open_recording, pictures_of
from kasf_demo.cli.shared import EPILOG, new_app, options_given
from kasf_demo.errors import printable
from kasf_demo.files.atomic import atomic_write_path

app = new_app()
NOT_OF_CLIP = ("csv", "html")  # names that mean something else here


@app.command("assess", epilog=EPILOG)
def assess_command(
    ctx: typer.Context,
    test: Annotated[
        Literal["cmj", "sj", "dj", "sprint", "squat", "gait", "cod"],
        typer.Argument(
            metavar="TEST",
            help="cmj, sj, dj: countermovement, squat and drop jump; sprint: running, over ground or on a treadmill; squat; gait: walking; cod: change of direction.",
        ),
    ],
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A clip, or a result: pose.json, pose.csv or pose.npz.")],
    json: Annotated[Path | None, typer.Option("--json", help="Write the numbers as JSON.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the numbers as a table.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page: every number beside the image of its moment.")
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
    feet: Annotated[
        Literal["auto", "off", "mediapipe"], typer.Option("--feet", help="Heels and toes, which contact times need.")
    ] = "auto",
    keypoints: KeypointsFile = None,
    athlete: Athlete = "auto",
    start_s: Annotated[float | None, typer.Option("--start", help="Use the clip from this time on, seconds.")] = None,
    end_s: Annotated[float | None, typer.Option("--end", help="Use the clip up to this time, seconds.")] = None,
    slowmo: Annotated[float | None, typer.Option("--slowmo", help="How many times slower the clip plays.")] = None,
    capture_fps: Annotated[str | None, typer.Option("--capture-fps", help="Rate of recording of slow motion.")] = None,
    offline: Offline = False,
    config: Annotated[Path | None, typer.Option("--config", help="TOML file with options of a run.")] = None,
    overwrite: Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    debug: Debug = False,
) -> None:
    """Measure a test: each number with its unit, its source, and how far it can be trusted at this frame rate. A clip
    that does not show the test is refused (exit code 8)."""
    options = options_given(ctx, config, without=NOT_OF_CLIP)
    check_page(html, images)
    check_outputs([p for p in (json, csv, html) if p is not None], files_of(clip, images), overwrite)
    with progress_on_stderr(quiet) as progress:
        opened = open_recording(clip, person, images, options, progress)
        from kasf_demo.assess import TESTS, assess

        found = assess(test, opened.recording)
        heading = TESTS[test][0]
        if html is not None:
            progress.say("reading the images")
            _write_page(html, opened, found, heading, overwrite)
    from kasf_demo.results.assessment_record import COLUMNS, assessment_record, assessment_rows

    if json is not None:
        record = assessment_record(found, printable(clip.name), about(clip, images, options, opened))
        write_json(json, record, overwrite)
    if csv is not None:
        write_csv(csv, COLUMNS, assessment_rows(found), overwrite)
    _print(opened.name, heading, found)
    for line in opened.footage:
        print(printable(line))


def _write_page(path: Path, opened: Any, found: Any, heading: str, overwrite: bool) -> None:
    from kasf_demo import third_party

    third_party.prepare_matplotlib()
    from kasf_demo.plots.assess_html import write_assessment

    pictures = pictures_of(opened, found.moments)
    notes = [
        *opened.footage, "Lengths and speeds follow from the athlete's height. Numbers are of one camera: docs/sports.md."
    ]  # fmt: skip
    with atomic_write_path(path, overwrite=overwrite) as part:
        write_assessment(part, opened.name, heading, found, pictures, notes)


def _print(name: str, heading: str, found: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=printable(f"{heading}: {name}, {found.rate_hz:.3g} frames/s"), title_justify="left")
    for column in ("number", "value", "unit", "trust", "at, s", "note"):
        table.add_column(column, justify="right" if column in ("value", "at, s") else "left", overflow="fold")
    for v in found.values:
        d = v.definition
        shown = "-" if v.value is None else f"{v.value:.{d.digits}f}"
        style = {"good": "", "rough": "yellow", "no": "red"}[v.trust]
        at = "" if v.at_s is None else f"{v.at_s:.2f}"
        table.add_row(v.label, shown, d.unit, v.trust, at, printable(v.note), style=style)
    console = Console()
    console.print(table)
    for note in found.notes:
        console.print(printable(note), markup=False, highlight=False)
