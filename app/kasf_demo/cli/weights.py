"""`kasf-demo weights`: list, fetch, verify and convert the networks' files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from kasf_demo import weights
from kasf_demo.cli.shared import new_app
from kasf_demo.errors import ModelError, printable

app = new_app("Weights of the networks: list, fetch, verify, convert.")


@app.command("list")
def weights_list() -> None:
    """List the known weights, and which are on disk."""
    print_list()


@app.command("fetch")
def weights_fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names from `weights list`.")],
) -> None:
    """Download weights into the cache."""
    fetch(names)


@app.command("verify")
def weights_verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Names from `weights list`; all without any.")
    ] = None,
) -> None:
    """Check files on disk against their hashes."""
    verify(names or [])


@app.command("convert")
def weights_convert(
    source: Annotated[Path, typer.Argument(metavar="SOURCE.pth", help="The official checkpoint.")],
    target: Annotated[
        Path, typer.Argument(metavar="TARGET.safetensors", help="The new file: smaller, and without code.")
    ],
    heads: Annotated[
        int | None, typer.Option("--heads", help="Attention heads; a .pth file does not record them.")
    ] = None,
    lifter: Annotated[
        str | None, typer.Option("--lifter", help="The network of `weights list` that it is, such as motionbert-lite.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
) -> None:
    """Convert an official checkpoint to .safetensors."""
    convert(source, target, heads=heads, lifter=lifter, overwrite=overwrite)


def print_list() -> None:
    """A line for each known file: name, kind, state, size, licence; then where they lie."""
    rows = weights.rows()
    wide = max(len(r.name) for r in rows)
    for r in rows:
        print(f"{r.name:<{wide}}  {r.kind:<8}  {r.state:<11}  {r.size_text:<13}  {r.licence}")
        print(f"{'':<{wide}}  {r.description}")
    print(f"shipped: {weights.shipped_dir()}\ncache:   {weights.cache_dir()} (set KASF_CACHE to move it)")


def fetch(names: Sequence[str]) -> None:
    """Downloads each name unless it is on this disk; prints path and hash."""
    for name in names:
        got = weights.fetch(name, say=_print_err, progress=_megabytes() if sys.stderr.isatty() else None)
        print(f"{got.name}: {printable(got.path)}, sha256 {got.sha256}")


def verify(names: Sequence[str]) -> None:
    """Hashes what is on this disk. Raises ModelError if a hash differs from the expected one."""
    rows = weights.verify(names)
    wide = max(len(r.name) for r in rows)
    for r in rows:
        print(f"{r.name:<{wide}}  {r.state:<11}  {r.sha256 or ''}")
    if bad := [r for r in rows if r.failed]:
        first = bad[0]
        what = f"{len(bad)} of {len(rows)} files failed: {', '.join(r.name for r in bad)}"
        raise ModelError(what, "delete the file and fetch it again, or install kasf-demo again", path=first.path)


def convert(source: Path, target: Path, *, heads: int | None, lifter: str | None, overwrite: bool) -> None:
    """Rewrites a checkpoint and prints the new file's path and hash."""
    written = weights.convert(source, target, heads=heads, lifter=lifter, overwrite=overwrite)
    print(f"wrote {printable(written)}, sha256 {weights.sha256_of(written)}")


def _print_err(text: str) -> None:
    print(text, file=sys.stderr)


def _megabytes() -> Callable[[int, int | None], None]:
    """A counter on the terminal's last line."""

    def show(done: int, total: int | None) -> None:
        print(
            f"\r{done / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB" if total else ""),
            end="",
            file=sys.stderr,
            flush=True,
        )

    return show
