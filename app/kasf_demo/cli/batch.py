"""`kasf-demo batch`: analyse many clips. It accepts the options of `run`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from kasf_demo.cli.run import run
from kasf_demo.cli.shared import EPILOG, WRITE, PanelCommand, new_app, option, options_given
from kasf_demo.errors import UsageError, shown
from kasf_demo.options import Options

app = new_app()


def with_options_of(
    other: Callable[..., None], *, without: Sequence[str]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorator that adds the parameters of the typer command `other`, except `without`, to a command.

    The command does not receive them as arguments; they are in its context."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        mine = list(inspect.signature(command, eval_str=True).parameters.values())
        named = {p.name for p in mine} | set(without)
        theirs = [p for p in inspect.signature(other, eval_str=True).parameters.values() if p.name not in named]
        own = {p.name for p in mine}

        def wrapped(**given: Any) -> None:
            command(**{name: value for name, value in given.items() if name in own})

        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in [*mine, *theirs]]
        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
        wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
        return wrapped

    return decorate


BATCH = "The batch"


@app.command("batch", cls=PanelCommand, epilog=EPILOG)
@with_options_of(run, without=["clip"])
def batch(
    ctx: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="IN...",
            help="Folders (searched with their subfolders), clips, patterns in quotes, manifests (.csv, .jsonl: a row"
            " for each clip, with columns such as height, start, end, capture_fps or slowmo).",
        ),
    ],
    out: Annotated[
        Path | None, option("--out", "-o", panel=BATCH, help="The folder for results, journal, summary and gallery.")
    ] = None,
    workers: Annotated[
        str,
        option(
            "--workers",
            panel=BATCH,
            help="Clips processed at the same time: a number, or auto (from cores and memory).",
        ),
    ] = "auto",
    threads: Annotated[
        str,
        option(
            "--threads", panel=BATCH, help="Threads per worker: a number, or auto (the cores divided by the workers)."
        ),
    ] = "auto",
    timeout: Annotated[
        str,
        option("--timeout", panel=BATCH, help="Time limit per clip in seconds, 0 for none, or auto (from its length)."),
    ] = "auto",
    dry_run: Annotated[bool, option("--dry-run", panel=BATCH, help="Show the plan and do nothing.")] = False,
    retry_failed: Annotated[
        bool, option("--retry-failed", panel=BATCH, help="Process clips again that failed in an earlier run.")
    ] = False,
    rehash: Annotated[
        bool,
        option("--rehash", panel=BATCH, help="Detect changes by content hash instead of size and modification time."),
    ] = False,
    root: Annotated[
        Path | None,
        option(
            "--root", panel=BATCH, help="The folder that a manifest's paths are relative to.  [default: the manifest's]"
        ),
    ] = None,
    ray: Annotated[
        str | None,
        option(
            "--ray",
            panel=BATCH,
            metavar="auto|ADDRESS",
            help="Run on a Ray cluster; auto: the cluster of this machine.",
        ),
    ] = None,
    upload: Annotated[
        str | None,
        option(
            "--upload",
            panel=BATCH,
            metavar="URL",
            help="Write the results to an fsspec URL (s3://...) instead of --out.",
        ),
    ] = None,
    report: Annotated[
        str | None,
        option(
            "--report",
            panel=WRITE,
            metavar="pdf|html",
            help="All plots and numbers of each clip on one page, NAME.report.pdf or .html.",
        ),
    ] = None,
    html: Annotated[
        bool,
        option(
            "--html",
            panel=WRITE,
            help="Write a page with the clip and a rotatable 3D skeleton for each clip, NAME.html.",
        ),
    ] = False,
    rerun: Annotated[
        bool, option("--rerun", panel=WRITE, help="Write a recording for the rerun viewer for each clip, NAME.rrd.")
    ] = False,
    config: Annotated[
        Path | None, option("--config", panel=WRITE, help="TOML file with the options; flags override it.")
    ] = None,
    quiet: Annotated[bool, option("--quiet", "-q", panel=WRITE, help="Print errors only.")] = False,
) -> None:
    """Analyse many clips. A failed clip does not stop the others, and the same command again processes only what is
    missing."""
    options = each_its_own(options_given(ctx, config, without=("report", "html", "rerun")), report, html, rerun)
    code = start_batch(
        inputs,
        out,
        options,
        workers=workers,
        threads=threads,
        timeout=timeout,
        dry_run=dry_run,
        retry_failed=retry_failed,
        rehash=rehash,
        root=root,
        ray=ray,
        upload=upload,
        quiet=quiet,
    )
    raise typer.Exit(code)


def count_or_auto(text: str, name: str) -> int | None:
    """A number of workers, threads or seconds; None for `auto`. Raises UsageError."""
    if text == "auto":
        return None
    try:
        return int(text)
    except ValueError:
        raise UsageError(
            f"{name} {text!r} is neither a whole number nor auto", f"give {name} auto or a number"
        ) from None


def each_its_own(options: Options, report: str | None, html: bool, rerun: bool) -> Options:
    """The options of each clip with its own extra files: NAME.report.pdf, NAME.html, NAME.rrd. Raises UsageError."""
    more = [*options.export, *["html"] * html, *["rerun"] * rerun]
    kind = None if report is None else report.lower().rpartition(".")[2]
    if kind not in (None, "pdf", "html", "htm"):
        raise UsageError(
            f"--report {shown(report)} is neither pdf nor html", "give --report pdf: each clip gets its NAME.report.pdf"
        )
    place = None if kind is None else Path("each.pdf" if kind == "pdf" else "each.html")
    return replace(options, export=tuple(dict.fromkeys(more)), report=place or options.report)


def start_batch(
    inputs: Sequence[str], out: Path | None, options: Options, *, workers: str, threads: str, timeout: str, **more: Any
) -> int:
    """Runs the batch. Returns the exit code; raises KasfError."""
    if out is None:
        raise UsageError("a batch needs a folder for the results", "give --out DIR")
    from kasf_demo.batch.run import BatchOptions, run_batch

    numbers = [
        count_or_auto(text, name)
        for name, text in (("--workers", workers), ("--threads", threads), ("--timeout", timeout))
    ]
    return run_batch(inputs, out, options, BatchOptions(numbers[0], numbers[1], numbers[2], **more))
