"""`kasf-demo trend RESULTS...`: sessions of one athlete over days."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from kasf_demo.cli.clip_options import Debug, Overwrite
from kasf_demo.cli.output_files import check_outputs, check_page, check_plot, write_csv, write_json
from kasf_demo.cli.shared import EPILOG, new_app
from kasf_demo.errors import UsageError, printable, shown
from kasf_demo.files.atomic import atomic_write_path, same_file

app = new_app()


@app.command("trend", epilog=EPILOG)
def trend_command(
    results: Annotated[
        list[Path],
        typer.Argument(metavar="RESULTS...", help="A JSON file for each session: of assess, of reps, or of a run."),
    ],
    dates: Annotated[
        str | None,
        typer.Option(
            "--dates",
            help="Days of the sessions in the order given, as 2026-12-01, with commas.  [default: from the file, or from its name]",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The athlete, for titles.  [default: the test]")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write a row for each number of each session.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write values and changes as JSON.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw each number over the days, .png or .svg.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page: table and plot.")] = None,
    other_heights: Annotated[
        bool, typer.Option("--other-heights", help="Take sessions that were measured with different heights.")
    ] = False,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Put sessions of one athlete and one test over days: values with their uncertainty, and which of them changed by
    more than that."""
    check_page(html)
    check_plot(plot)
    check_outputs([p for p in (json, csv, plot, html) if p is not None], results, overwrite)
    _check_once(results)
    from kasf_demo.results.sessions import read_session
    from kasf_demo.results.trend import COLUMNS, trend_of, trend_record, trend_rows

    sessions = [read_session(path) for path in results]
    if dates is not None:
        days = _days(dates, len(sessions))
        sessions = [replace(s, day=day) for s, day in zip(sessions, days, strict=True)]
    trend = trend_of(sessions, other_heights=other_heights)
    title = name or trend.kind
    if csv is not None:
        write_csv(csv, COLUMNS, trend_rows(trend), overwrite)
    if json is not None:
        write_json(json, trend_record(trend), overwrite)
    if plot is not None or html is not None:
        _draw(trend, title, plot, html, overwrite)
    _print(trend, title)


def _check_once(results: list[Path]) -> None:
    """Raises UsageError for a session that is given twice."""
    for n, path in enumerate(results):
        if any(same_file(path, other) for other in results[:n]):
            raise UsageError("is given twice", "give each session once", path=path)


def _days(text: str, count: int) -> list[str]:
    """Raises UsageError unless there is a day for each session."""
    days = [part.strip() for part in text.split(",")]
    for day in days:
        try:
            if datetime.date.fromisoformat(day).isoformat() != day:
                raise ValueError(day)
        except ValueError:
            raise UsageError(f"--dates: {shown(day)} is no day", "give days as 2026-12-01, with commas") from None
    if len(days) != count:
        raise UsageError(f"--dates has {len(days)} days for {count} sessions", "give one for each, in the same order")
    return days


def _draw(trend: Any, title: str, plot: Path | None, html: Path | None, overwrite: bool) -> None:
    from kasf_demo import third_party

    third_party.prepare_matplotlib()
    from kasf_demo.plots.trend import write_trend_page, write_trend_plot

    if plot is not None:
        with atomic_write_path(plot, overwrite=overwrite) as part:
            write_trend_plot(part, trend, plot.suffix[1:].lower())
    if html is not None:
        with atomic_write_path(html, overwrite=overwrite) as part:
            write_trend_page(part, printable(title), trend)


def _print(trend: Any, title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from kasf_demo.results.trend import CHANGES

    table = Table(title=printable(f"{title}: {len(trend.sessions)} sessions"), title_justify="left")
    for column in ("number", "unit", str(trend.sessions[0].day), str(trend.sessions[-1].day), "change", ""):
        table.add_column(column, justify="left" if column in ("number", "unit", "") else "right", overflow="fold")
    for line in trend.lines:
        first, last = line.values[0], line.values[-1]
        change = "-" if line.change is None else f"{line.change:+.3g}"
        if line.change_sigma is not None:
            change += f" ± {line.change_sigma:.2g}"
        verdict = "not to be trusted" if line.change is None else CHANGES[line.changed]
        table.add_row(printable(line.label), line.unit, f"{first:.4g}", f"{last:.4g}", change, verdict)
    console = Console()
    console.print(table)
    for note in trend.notes:
        console.print(printable(note), markup=False, highlight=False)
