"""`kasf-demo eval`: read, measure, show, write."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Annotated

import typer

from kasf_demo import evaluate, third_party
from kasf_demo.cli.clip_options import Debug, Overwrite
from kasf_demo.cli.shared import new_app
from kasf_demo.errors import EXIT_OK, InputError, UsageError, printable
from kasf_demo.evaluate.columns import csv_rows
from kasf_demo.evaluate.estimate import SUFFIXES, Estimate
from kasf_demo.evaluate.explain import explain
from kasf_demo.evaluate.ground_truth import Truth
from kasf_demo.evaluate.measure import Evaluation
from kasf_demo.evaluate.tables import as_json, screen_table
from kasf_demo.files.atomic import atomic_write_path, check_target, same_file

app = new_app()


@app.command("eval")
def evaluate_command(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A file of a run: pose.csv, pose.json or pose.mp4.")],
    truth: Annotated[
        Path, typer.Option("--truth", help="Ground truth of the clip: NAME.gt.npz, see docs/ground-truth-format.md.")
    ],
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the numbers as a table, a row per athlete.")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw the errors over time and per joint: .png or .svg.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, with the errors of every frame and joint.")] = False,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Measure a result against the ground truth of its clip: 2D and 3D errors, foot skate, missing frames, identity
    switches."""
    raise typer.Exit(run_eval(result, truth, csv_path=csv, plot_path=plot, json_wanted=json, overwrite=overwrite))


PLOTS = (".png", ".svg")


def run_eval(
    result: Path, truth: Path, *, csv_path: Path | None, plot_path: Path | None, json_wanted: bool, overwrite: bool
) -> int:
    """Measures the run that wrote `result`, prints it and writes what was asked for. Returns 0; raises KasfError."""
    _check_outputs(result, truth, csv_path, plot_path, overwrite)
    evaluation = measure(Estimate.from_files(result), evaluate.load_truth(truth), result)
    if csv_path is not None:
        _write_csv(csv_path, evaluation, overwrite)
    if plot_path is not None:
        _write_plot(plot_path, evaluation, f"{printable(result.name)} against {printable(truth.name)}", overwrite)
    print_evaluation(evaluation, title=result.name, json_wanted=json_wanted)
    return EXIT_OK


def measure(estimate: Estimate, truth: Truth, result: Path) -> Evaluation:
    """The evaluation of a result. Raises InputError, with the path `result`."""
    try:
        return evaluate.evaluate(estimate, truth)
    except InputError as e:
        raise InputError(e.what, e.remedy, path=result) from None


def print_evaluation(evaluation: Evaluation, *, title: str = "", json_wanted: bool = False) -> None:
    """Print JSON, or a heading (`title`, detector, lifter) and a table, to stdout."""
    if json_wanted:
        print(json.dumps(as_json(evaluation), indent=2, allow_nan=False))
        return
    from rich.console import Console

    console = Console()
    heading = ", ".join(printable(text) for text in (title, evaluation.detector, evaluation.lifter) if text)
    console.print(heading, markup=False, highlight=False)
    console.print(screen_table(evaluation))


def print_explanation(evaluation: Evaluation) -> None:
    """The main numbers of each athlete in words, on stdout."""
    for errors in evaluation.athletes:
        if len(evaluation.athletes) > 1:
            print(f"athlete {errors.athlete}:")
        for line in explain(errors):
            print(f"- {line}")


def _check_outputs(result: Path, truth: Path, csv_path: Path | None, plot_path: Path | None, overwrite: bool) -> None:
    """Check the output paths before any work. Raises UsageError if one would replace an input."""
    if plot_path is not None and plot_path.suffix.lower() not in PLOTS:
        raise UsageError(
            "a plot is a .png or .svg file", f"use --plot {plot_path.with_suffix('.png').name}", path=plot_path
        )
    if csv_path is not None and plot_path is not None and same_file(csv_path, plot_path):
        raise UsageError("--csv and --plot are the same file", "choose two names", path=csv_path)
    for path in (csv_path, plot_path):
        if path is None:
            continue
        if any(same_file(path, source) for source in (truth, *(result.with_suffix(s) for s in SUFFIXES))):
            raise UsageError("the output would replace what is measured", "choose another name", path=path)
        check_target(path, overwrite)


def _write_csv(path: Path, evaluation: Evaluation, overwrite: bool) -> None:
    with atomic_write_path(path, overwrite=overwrite) as part, open(part, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\r\n").writerows(csv_rows(evaluation.athletes))


def _write_plot(path: Path, evaluation: Evaluation, title: str, overwrite: bool) -> None:
    third_party.prepare_matplotlib()
    from kasf_demo.evaluate.plot import draw

    with atomic_write_path(path, overwrite=overwrite) as part:
        draw(evaluation, part, kind=path.suffix.lower()[1:], title=title)
