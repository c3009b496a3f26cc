"""`kasf-demo adapt`: a lifting network learns from sessions of several views."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kasf_demo.cli.clip_options import Debug, Offline, Overwrite
from kasf_demo.cli.one_clip import progress_on_stderr
from kasf_demo.cli.shared import EPILOG, new_app
from kasf_demo.errors import UsageError, printable

app = new_app()


@app.command("adapt", epilog=EPILOG)
def adapt_command(
    sessions: Annotated[
        list[Path], typer.Argument(metavar="SESSION...", help="NAME.session.npz of `kasf-demo views`, one or more.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The new weights, NAME.safetensors.")],
    start: Annotated[str, typer.Option("--from", help="Network to begin from: a name, or a file.")] = "kasf-open-s",
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of 16 windows each.")] = 300,
    rate: Annotated[float, typer.Option("--rate", help="Highest learning rate.")] = 5e-4,
    overwrite: Overwrite = False,
    offline: Offline = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the result and errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Adapt a lifting network to what several cameras measured, so that one camera sees such movements better. The last
    sessions given are kept aside; a network that is not better on them is not written (exit code 5)."""
    if not 0 < rate <= 0.01:
        raise UsageError(f"--rate {rate:g}", "give a number above 0, at most 0.01")
    with progress_on_stderr(quiet) as progress:
        from kasf_demo.adapt.run import adapt
        from kasf_demo.progress import Notes

        found = adapt(
            sessions, out, start, steps=steps, rate=rate, overwrite=overwrite, offline=offline, notes=Notes(progress)
        )
    rows = ("kept aside", found.before, found.after), ("captured", found.captured_before, found.captured_after)
    for name, before, after in rows:
        print(
            f"{name}: MPJPE {before.mpjpe:.1f} -> {after.mpjpe:.1f} mm, P-MPJPE {before.p_mpjpe:.1f} ->"
            f" {after.p_mpjpe:.1f} mm"
        )
    print(f"wrote {printable(out)}; use it with --weights {printable(out)}")
