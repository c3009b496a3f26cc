"""`kasf-demo benchmark`: lifting networks on the field's data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kasf_demo.cli.clip_options import Debug, Offline
from kasf_demo.cli.shared import new_app
from kasf_demo.errors import EXIT_OK, UsageError

app = new_app()


@app.command("benchmark")
def benchmark_command(
    data_set: Annotated[
        Literal["sportspose", "worldpose", "h36m", "athletepose3d"],
        typer.Argument(metavar="SET", help="sportspose, worldpose, h36m or athletepose3d."),
    ],
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="Its *_source*.pkl (athletepose3d: valid.pkl), or the folder of it."),
    ],
    lifter: Annotated[
        list[str] | None,
        typer.Option(
            "--lifter", help="Weights by name, FILE, or NAME=FILE; may be given several times.  [default: kasf-open-s]"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for benchmark.md, .csv, .png; finished parts are kept there too."),
    ] = None,
    protocol: Annotated[
        Literal["published", "crop"],
        typer.Option("--protocol", help="published: as the papers do. crop: each network gets its own kind of input."),
    ] = "published",
    frames: Annotated[
        int | None,
        typer.Option("--frames", help="Frames per window, for networks that take any.  [default: the published ones]"),
    ] = None,
    hypotheses: Annotated[int | None, typer.Option("--hypotheses", help="D3DP: poses that are drawn.")] = None,
    steps: Annotated[int | None, typer.Option("--steps", help="D3DP: steps of the sampler.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="D3DP: seed of the noise.")] = None,
    workers: Annotated[
        str, typer.Option("--workers", help="Parts measured at the same time: a number, or auto (one per core).")
    ] = "auto",
    ray: Annotated[
        str | None,
        typer.Option("--ray", metavar="auto|ADDRESS", help="Run on a Ray cluster; auto: the one of this machine."),
    ] = None,
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"], typer.Option("--device", help="Where the networks run.")
    ] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are not of a benchmark.")] = False,
    offline: Offline = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Measure lifting networks on a data set by its published protocol, beside the published table."""
    from kasf_demo.benchmark.run import BenchmarkOptions, run_benchmark
    from kasf_demo.benchmark.tables import main_tables
    from kasf_demo.cli.batch import count_or_auto
    from kasf_demo.cli.one_clip import progress_on_stderr
    from kasf_demo.results.report_table import print_tables

    if out is not None and out.exists() and not out.is_dir():
        raise UsageError("the output is a file", "give --out DIR", path=out)
    drawn = {"hypotheses": hypotheses, "steps": steps, "seed": seed}
    options = BenchmarkOptions(
        protocol, frames, count_or_auto(workers, "--workers"), ray, device, offline, overwrite,
        {name: value for name, value in drawn.items() if value is not None},
    )  # fmt: skip
    with progress_on_stderr(quiet) as progress:
        found = run_benchmark(data_set, data, lifter or ["kasf-open-s"], out, options, progress)
        if out is not None:
            progress.say(f"wrote {out}/benchmark.md, benchmark.csv, benchmark.png")
    if not quiet:
        print_tables(main_tables(found))
    raise typer.Exit(EXIT_OK)
