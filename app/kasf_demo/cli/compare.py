"""`kasf-demo compare`: read both, align, measure, show, write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from kasf_demo.cli.clip_options import Debug, Overwrite
from kasf_demo.cli.shared import new_app
from kasf_demo.compare.align import Align
from kasf_demo.compare.difference import Comparison, compare
from kasf_demo.compare.page import proxy_video_of
from kasf_demo.compare.repetition import pair_of_repetitions
from kasf_demo.compare.side import SUFFIXES, Side, from_result, from_truth
from kasf_demo.compare.tables import angle_table, doubt_sentence, joint_table, page_of, sentence, write_csv
from kasf_demo.errors import EXIT_OK, UsageError, printable
from kasf_demo.files.atomic import atomic_write_path, check_target, same_file
from kasf_demo.viewer.html import write_page

app = new_app()


@app.command("compare")
def compare_command(
    result: Annotated[
        Path, typer.Argument(metavar="RESULT", help="A file of a run: pose.csv, pose.json, pose.mp4 or pose.npz.")
    ],
    reference: Annotated[
        Path | None, typer.Argument(metavar="[REFERENCE]", help="A file of another run, to compare with.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="Compare with the ground truth of the clip instead: NAME.gt.npz.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with both skeletons in one view.")] = None,
    clip: Annotated[
        Path | None, typer.Option("--clip", help="The clip of RESULT, shown on the page beside the skeletons.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write the differences as a table, one row per joint and angle.")
    ] = None,
    align: Annotated[
        Literal["auto", "time", "event", "dtw"],
        typer.Option(
            "--align",
            help="Align in time: by clock (time), by a kick, throw or take-off found in both (event), or by warping (dtw). auto: the first that applies.",
        ),
    ] = "auto",
    person: Annotated[
        int | None, typer.Option("--person", help="Person id in RESULT.  [default: the one in most frames]")
    ] = None,
    reference_person: Annotated[
        int | None,
        typer.Option("--reference-person", help="Person id in REFERENCE.  [default: the one in most frames]"),
    ] = None,
    repetition: Annotated[
        str | None,
        typer.Option(
            "--repetition", metavar="N|mean", help="Of RESULT only this repetition, or the mean of all; see `reps`."
        ),
    ] = None,
    reference_repetition: Annotated[
        str | None, typer.Option("--reference-repetition", metavar="N|mean", help="The same of REFERENCE.")
    ] = None,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Compare two motions, joint by joint and angle by angle: before and after, athlete and reference, or result and
    ground truth."""
    first, second = (None if n is None else str(n) for n in (person, reference_person))
    code = run_compare(
        result,
        reference,
        truth=truth,
        html=html,
        csv=csv,
        clip=clip,
        align=align,
        person=first,
        reference_person=second,
        overwrite=overwrite,
        repetitions=(repetition, reference_repetition),
    )
    raise typer.Exit(code)


def run_compare(
    a: Path,
    b: Path | None,
    *,
    truth: Path | None,
    html: Path | None,
    csv: Path | None,
    clip: Path | None,
    align: Align,
    person: str | None,
    reference_person: str | None,
    overwrite: bool,
    repetitions: tuple[str | None, str | None] = (None, None),
) -> int:
    """Compares the result `a` with the result `b`, or with the ground truth `truth`; `clip` is the clip of a.
    repetitions: of either only this one, or "mean". Returns 0; raises KasfError."""
    if (b is None) == (truth is None):
        raise UsageError(
            "a comparison needs a second result or a ground truth", "give RESULT RESULT, or RESULT --truth NAME.gt.npz"
        )
    sources = [p.with_suffix(s) for p in (a, b) if p is not None for s in SUFFIXES] + ([truth] if truth else [])
    if clip is not None and html is None:
        raise UsageError("--clip is shown on the page", "give --html PAGE.html too")
    _check_outputs(html, csv, [*sources, *([clip] if clip else [])], overwrite)
    first = from_result(a, person)
    second = from_truth(truth, first) if truth is not None else from_result(b or a, reference_person)
    if b is not None and a.stem == b.stem:
        first, second = _distinct_names(first, second, a, b)
    clock = None
    if any(repetitions):
        if truth is not None or not all(repetitions):
            raise UsageError(
                "repetitions are compared with repetitions", "give --repetition and --reference-repetition"
            )
        if clip is not None:
            raise UsageError("--clip shows the whole clip, not a repetition", "drop --clip")
        first, second, clock = pair_of_repetitions(first, second, *[str(r) for r in repetitions])
    found = compare(
        first,
        second,
        wanted="time" if truth is not None and align == "auto" else align,
        same_size=False if truth else None,
        clock=clock,
    )
    if csv is not None:
        with atomic_write_path(csv, overwrite=overwrite) as part:
            write_csv(part, found)
    if html is not None:
        write_page(html, page_of(found, proxy_video_of(clip, found.a) if clip else None), overwrite=overwrite)
    _print(found)
    return EXIT_OK


def _distinct_names(first: Side, second: Side, a: Path, b: Path) -> tuple[Side, Side]:
    """Distinct names for equal file names, as in a batch: the folder is added; if it is the same too, (a) and (b)."""
    names = [f"{path.absolute().parent.name}/{side.name}" for path, side in ((a, first), (b, second))]
    if names[0] == names[1]:
        names = [f"{names[0]} (a)", f"{names[1]} (b)"]
    return replace(first, name=names[0]), replace(second, name=names[1])


def _check_outputs(html: Path | None, csv: Path | None, sources: list[Path], overwrite: bool) -> None:
    """Check the output paths before any work. Raises UsageError if one would replace an input."""
    if html is not None and html.suffix.lower() not in (".html", ".htm"):
        raise UsageError("a page is an .html file", f"use --html {html.with_suffix('.html').name}", path=html)
    if html is not None and csv is not None and same_file(html, csv):
        raise UsageError("--html and --csv are the same file", "choose two names", path=csv)
    for path in (html, csv):
        if path is None:
            continue
        if any(same_file(path, source) for source in sources):
            raise UsageError("the output would replace what is compared", "choose another name", path=path)
        check_target(path, overwrite)


def _print(found: Comparison) -> None:
    from rich.console import Console

    console = Console()
    console.print(printable(sentence(found)), markup=False, highlight=False)
    if doubt_sentence(found):
        console.print(printable(doubt_sentence(found)), markup=False, highlight=False)
    console.print(joint_table(found))
    console.print(
        f"angles of a, {printable(found.a.name)}, and b, {printable(found.b.name)}", markup=False, highlight=False
    )
    console.print(angle_table(found))
