"""`kasf-demo check CLIP`: is this clip fit for analysis, and what should be done about it?"""

from __future__ import annotations

import json as json_text
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from kasf_demo.cli.clip_options import Debug, Detector, Offline, Overwrite, Quality
from kasf_demo.cli.one_clip import progress_on_stderr
from kasf_demo.cli.shared import EPILOG, new_app, options_given
from kasf_demo.errors import EXIT_NOT_SHOWN, EXIT_OK, UsageError, printable
from kasf_demo.files.atomic import atomic_write_path, check_target, same_file
from kasf_demo.types.findings import Finding

app = new_app()
SECONDS = 20.0  # of the clip that are looked at


@app.command("check", epilog=EPILOG)
def check_command(
    ctx: typer.Context,
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A video file.")],
    test: Annotated[
        Literal["cmj", "sj", "dj", "sprint", "squat", "gait", "cod"] | None,
        typer.Option("--for", help="The test that the clip is to show, as of `assess`: is its frame rate enough?"),
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the findings as JSON.")] = None,
    start_s: Annotated[float | None, typer.Option("--start", help="Look from this time on, seconds.")] = None,
    end_s: Annotated[
        float | None, typer.Option("--end", help="Look up to this time, seconds.  [default: 20 s from the start]")
    ] = None,
    detector: Detector = "auto",
    quality: Quality = "balanced",
    offline: Offline = False,
    overwrite: Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    debug: Debug = False,
) -> None:
    """Look over a clip in seconds: the athlete's size, sharpness, light and feet, frame rate, camera and cuts. Exit
    code 8 if something is a problem."""
    from dataclasses import replace

    options = options_given(ctx, None, without=("json",))
    if options.end_s is None:
        options = replace(options, end_s=(options.start_s or 0.0) + SECONDS)
    if json is not None:
        if same_file(json, clip):
            raise UsageError("the output would replace the clip", "choose another name", path=json)
        check_target(json, overwrite)
    from kasf_demo.results.outputs import check_clip

    check_clip(clip)
    with progress_on_stderr(quiet) as progress:
        from kasf_demo.engine import Engine
        from kasf_demo.passes.look_over import look_over
        from kasf_demo.progress import Notes
        from kasf_demo.results.findings import find_findings, findings_record
        from kasf_demo.video.reader import VideoReader

        reader = VideoReader(clip, start_s=options.start_s, end_s=options.end_s)
        with Engine(options, progress) as engine:
            footage = look_over(reader, engine, options, Notes(progress))
    found = find_findings(footage, test)
    if json is not None:
        with atomic_write_path(json, overwrite=overwrite) as part:
            record = {"schema": 1, "input": printable(clip.name), "for": test, "findings": findings_record(found)}
            part.write_text(json_text.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    _print(found)
    raise typer.Exit(EXIT_NOT_SHOWN if any(f.level == "problem" for f in found) else EXIT_OK)


def _print(found: Sequence[Finding]) -> None:
    from rich.console import Console

    console = Console()
    styles = {"ok": "green", "warning": "yellow", "problem": "red"}
    for f in found:
        console.print(f"{f.level:8s}", style=styles[f.level], end="")
        console.print(printable(f.sentence), markup=False, highlight=False)
