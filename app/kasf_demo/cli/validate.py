"""`kasf-demo validate`: angles and speeds of results against measured motions."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kasf_demo.cli.clip_options import Debug, Overwrite
from kasf_demo.cli.shared import new_app
from kasf_demo.errors import EXIT_OK, InputError, UsageError, printable
from kasf_demo.files.atomic import atomic_write_path, check_target, same_file

if TYPE_CHECKING:
    from kasf_demo.validate.pairs import MeasuredPair

app = new_app()
SUFFIXES = {"--html": (".html", ".htm"), "--csv": (".csv",), "--markdown": (".md",)}


@app.command("validate")
def validate_command(
    results: Annotated[
        list[Path],
        typer.Argument(metavar="RESULT...", help="Results (pose.csv, .json, .mp4, .npz), or folders of them."),
    ],
    truth: Annotated[
        Path,
        typer.Option("--truth", help="Folder of NAME.gt.npz, or one such file; NAME is the start of the result's."),
    ],
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the report with all figures: one file that works offline.")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the numbers, a row per quantity and curve.")] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", help="Write the tables as Markdown.")] = None,
    overwrite: Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Validate angles and speeds against measured motions: correlation, RMSE, bias, limits of agreement, SPM."""
    outputs = {name: path for name, path in (("--html", html), ("--csv", csv), ("--markdown", markdown)) if path}
    raise typer.Exit(run_validate(results, truth, outputs, overwrite=overwrite, quiet=quiet))


def run_validate(results: list[Path], truth: Path, outputs: dict[str, Path], *, overwrite: bool, quiet: bool) -> int:
    """Pairs results and truth, measures, prints and writes `outputs` (by option). Returns 0; raises KasfError."""
    from kasf_demo.validate.pairs import find_pairs

    pairs, without = find_pairs(results, truth)
    _check_outputs(outputs, [path for pair in pairs for path in pair], overwrite)
    if without and not quiet:
        names = ", ".join(without[:3]) + (", ..." if len(without) > 3 else "")
        print(f"no ground truth for {len(without)} results: {printable(names)}", file=sys.stderr)
    measured = _load(pairs)
    from kasf_demo.results.report_table import print_tables
    from kasf_demo.validate.tables import tables
    from kasf_demo.validate.validation import validate

    found = validate(measured)
    all_tables = tables(found)
    if "--html" in outputs:
        from kasf_demo.validate.page import page

        clips = len({p.name for p in measured})
        text = page(found, f"Kinematic validation, {clips} clip{'s' * (clips > 1)}")
        with atomic_write_path(outputs["--html"], overwrite=overwrite) as part:
            part.write_text(text, encoding="utf-8")
    if "--csv" in outputs:
        _write_csv(outputs["--csv"], found, overwrite)
    if "--markdown" in outputs:
        with atomic_write_path(outputs["--markdown"], overwrite=overwrite) as part:
            part.write_text("\n".join(t.markdown() for t in all_tables), encoding="utf-8")
    if not quiet:
        print_tables(all_tables)
    return EXIT_OK


def _load(pairs: list[tuple[Path, Path]]) -> list[MeasuredPair]:
    from kasf_demo.validate.pairs import load_pairs

    measured = [one for result, truth in pairs for one in load_pairs(result, truth)]
    names = [one.name for one in measured]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"two results are called {twice[0]}", "give each clip's result once")
    return measured


def _check_outputs(outputs: dict[str, Path], sources: list[Path], overwrite: bool) -> None:
    """Checks the output paths before any work. Raises UsageError, OutputError."""
    for name, path in outputs.items():
        if path.suffix.lower() not in SUFFIXES[name]:
            suffix = SUFFIXES[name][0]
            raise UsageError(f"{name} writes a {suffix} file", f"use {name} {path.with_suffix(suffix).name}", path=path)
        if any(same_file(path, source) for source in sources):
            raise UsageError("the output would replace what is validated", "choose another name", path=path)
        check_target(path, overwrite)


def _write_csv(path: Path, found: object, overwrite: bool) -> None:
    from kasf_demo.validate.tables import csv_rows
    from kasf_demo.validate.validation import Validation

    assert isinstance(found, Validation)
    with atomic_write_path(path, overwrite=overwrite) as part, part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(csv_rows(found))
