"""`kasf-demo demo`: list the included demo clips, or run them and measure the result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from kasf_demo.cli.clip_options import Debug, Detector, Offline
from kasf_demo.cli.shared import new_app
from kasf_demo.demo_clips import Demo, demos, find_demo, options_for
from kasf_demo.errors import EXIT_OK, EXIT_SOME_FAILED, InputError, KasfError, UsageError, printable
from kasf_demo.options import Options, from_mapping
from kasf_demo.results.outputs import default_out, make_folder

app = new_app()


@app.command("demo")
def demo_command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A demo clip, or `all`. Without a name, the clips are listed."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Result, NAME.mp4; with `all` a folder.  [default: NAME_pose.mp4 here]"),
    ] = None,
    detector: Detector = "auto",
    quality: Annotated[
        Literal["fast", "balanced", "best"],
        typer.Option("--quality", help="Which network: yolo26 n, s or x; of mediapipe, best is the heavy one."),
    ] = "balanced",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing results.")] = False,
    offline: Offline = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Run an included demo clip with the athlete's true height and report the errors against its ground truth."""
    if name is None:
        raise typer.Exit(list_demos())
    options = Options(detector=detector, quality=quality, overwrite=overwrite, offline=offline)
    raise typer.Exit(run_demos(name, out, options, quiet=quiet))


ALL = "all"


def list_demos() -> int:
    """A table of the clips on stdout. Returns 0; raises InputError where none are installed."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    from kasf_demo.video.reader import VideoReader

    known = demos()
    if not known:
        raise InputError("no demo clips are installed", "install kasf-demo again")
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    for title in ("name", "what it shows", "seconds", "size", "camera"):
        table.add_column(title, justify="right" if title == "seconds" else "left", no_wrap=title == "name")
    for demo in known.values():
        with VideoReader(demo.clip) as reader:
            info = reader.info
        table.add_row(demo.name, demo.title, f"{info.duration_s or 0:.1f}", f"{info.width}x{info.height}", demo.camera)
    console = Console()
    console.print(table)
    console.print("kasf-demo demo NAME runs one of them, kasf-demo demo all --out DIR all.", highlight=False)
    return EXIT_OK


def run_demos(name: str, out: Path | None, options: Options, *, quiet: bool) -> int:
    """Runs the clip `name`, or all of them into the folder `out`, with the athlete's true height; prints the errors of
    each.

    Returns 0, or 3 when some of all failed; raises KasfError.
    """
    if name != ALL:
        demo = find_demo(name)
        _run(demo, out or default_out(demo.clip), options, quiet=quiet)
        return EXIT_OK
    if out is None:
        raise UsageError("all demo clips need a folder for the results", "give --out DIR")
    make_folder(out)
    failed = False
    for demo in demos().values():
        try:
            _run(demo, out / default_out(demo.clip), options, quiet=quiet)
        except KasfError as e:
            failed = True
            print(f"error: {printable(str(e))}", file=sys.stderr)
    return EXIT_SOME_FAILED if failed else EXIT_OK


def _run(demo: Demo, out: Path, options: Options, *, quiet: bool) -> None:
    from kasf_demo.cli.evaluate import measure, print_evaluation, print_explanation
    from kasf_demo.cli.one_clip import check, progress_on_stderr, report_files
    from kasf_demo.evaluate.estimate import Estimate

    truth = demo.load_truth()
    options = from_mapping(options_for(truth), options)
    with progress_on_stderr(quiet) as progress:
        check(demo.clip, out, options, progress)
        from kasf_demo.pipeline import analyse

        result = analyse(demo.clip, out, options=options, progress=progress)
        report_files(result, progress)
    if not quiet:
        evaluation = measure(Estimate.from_result(result), truth, out)
        print_evaluation(evaluation, title=demo.name)
        print_explanation(evaluation)
