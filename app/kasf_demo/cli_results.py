"""The commands that judge results: demo, eval, compare. Importing this loads nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def demo(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A demo clip, or `all`. Without: list them.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Result, NAME.mp4; with `all` a folder.  [default: NAME_pose.mp4 here]")
    ] = None,
    detector: Annotated[Literal["auto", "yolo", "mediapipe"], typer.Option("--detector", help="Who finds the people.")] = "auto",
    quality: Annotated[
        Literal["fast", "balanced", "best"], typer.Option("--quality", help="Which YOLO pose model: yolo26 n, s or x.")
    ] = "balanced",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing results.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Never fetch anything.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.")] = False,
) -> None:
    """Run a clip that comes with kasf-demo, with the athlete's true height, and say how far the result is from the truth."""
    from kasf_demo.cli.demo import list_demos, run_demos
    from kasf_demo.options import Options

    if name is None:
        raise typer.Exit(list_demos())
    options = Options(detector=detector, quality=quality, overwrite=overwrite, offline=offline)
    raise typer.Exit(run_demos(name, out, options, quiet=quiet))


def evaluate(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A file of a run: pose.csv, pose.json or pose.mp4.")],
    truth: Annotated[Path, typer.Option("--truth", help="Where everything really was: NAME.gt.npz, see docs/ground-truth-format.md.")],
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the numbers as a table, a row per athlete.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw the errors over time and per joint: .png or .svg.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, with the errors of every frame and joint.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.")] = False,
) -> None:
    """Measure a result against the truth of its clip: 2D and 3D errors, foot skate, missing frames, mixed-up people."""
    from kasf_demo.cli.evaluate import run_eval

    raise typer.Exit(run_eval(result, truth, csv_path=csv, plot_path=plot, json_wanted=json, overwrite=overwrite))


def compare(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A file of a run: pose.csv, pose.json, pose.mp4 or pose.npz.")],
    reference: Annotated[Path | None, typer.Argument(metavar="[REFERENCE]", help="A file of another run, to compare with.")] = None,
    truth: Annotated[Path | None, typer.Option("--truth", help="Compare with the truth of the clip instead: NAME.gt.npz.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with both skeletons in one view.")] = None,
    clip: Annotated[Path | None, typer.Option("--clip", help="The clip that RESULT is of, shown on the page beside the skeletons.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the differences as a table, a row a joint and angle.")] = None,
    align: Annotated[
        Literal["auto", "time", "event", "dtw"],
        typer.Option("--align", help="In time: by the clock, a kick, throw or take-off of both, or warping. auto: the first that fits."),
    ] = "auto",
    person: Annotated[int | None, typer.Option("--person", help="Number of the person in RESULT.  [default: seen longest]")] = None,
    reference_person: Annotated[
        int | None, typer.Option("--reference-person", help="Number of the person in REFERENCE.  [default: seen longest]")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.")] = False,
) -> None:
    """Compare two motions: before and after, athlete and reference, or a result and the truth, joint by joint and angle by angle."""
    from kasf_demo.cli.compare import run_compare

    first, second = (None if n is None else str(n) for n in (person, reference_person))
    code = run_compare(
        result, reference, truth=truth, html=html, csv=csv, clip=clip, align=align, person=first, reference_person=second,
        overwrite=overwrite,
    )  # fmt: skip
    raise typer.Exit(code)
