"""What `kasf-demo batch` does with its arguments, and how it takes the options of `run` as its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kasf_demo.errors import UsageError, shown
from kasf_demo.options import Options


def with_options_of(other: Callable[..., None], *, without: Sequence[str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator for a typer command: it has the parameters of the command `other` as well, but those named. The command itself does
    not get them: they are in its context."""

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


def count_or_auto(text: str, name: str) -> int | None:
    """A number of workers, threads or seconds; None for `auto`. Raises UsageError."""
    if text == "auto":
        return None
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{name} {text!r} is neither a whole number nor auto", f"give {name} auto or a number") from None


def each_its_own(options: Options, report: str | None, html: bool, rerun: bool) -> Options:
    """The options of a batch's clips with the files that each of them gets: NAME.report.pdf, NAME.html, NAME.rrd. Raises UsageError."""
    more = [*options.export, *["html"] * html, *["rerun"] * rerun]
    kind = None if report is None else report.lower().rpartition(".")[2]
    if kind not in (None, "pdf", "html", "htm"):
        raise UsageError(f"--report {shown(report)} is neither pdf nor html", "give --report pdf: each clip gets its NAME.report.pdf")
    place = None if kind is None else Path("each.pdf" if kind == "pdf" else "each.html")
    return replace(options, export=tuple(dict.fromkeys(more)), report=place or options.report)


def run(inputs: Sequence[str], out: Path | None, options: Options, *, workers: str, threads: str, timeout: str, **more: Any) -> int:
    """Runs the batch. Returns the exit code; raises KasfError."""
    if out is None:
        raise UsageError("a batch needs a folder for the results", "give --out DIR")
    from kasf_demo.batch.run import BatchOptions, run_batch

    numbers = [count_or_auto(text, name) for name, text in (("--workers", workers), ("--threads", threads), ("--timeout", timeout))]
    return run_batch(inputs, out, options, BatchOptions(numbers[0], numbers[1], numbers[2], **more))
