"""The commands about the installation: doctor and weights. Importing this loads nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

weights_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The networks' files: list, fetch, verify, convert.")


def doctor(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """What is installed, which detectors and weights are usable, and what to do about the rest."""
    from kasf_demo.cli.doctor_checks import print_report

    raise typer.Exit(print_report(as_json=json))


@weights_app.command("list")
def weights_list() -> None:
    """The files that kasf-demo knows, and which are on this disk."""
    from kasf_demo.cli.weights import print_list

    print_list()


@weights_app.command("fetch")
def weights_fetch(names: Annotated[list[str], typer.Argument(metavar="NAME...")]) -> None:
    """Download weights into the cache."""
    from kasf_demo.cli.weights import fetch

    fetch(names)


@weights_app.command("verify")
def weights_verify(names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]")] = None) -> None:
    """Check the files on this disk against their hashes (all of them, or those named)."""
    from kasf_demo.cli.weights import verify

    verify(names or [])


@weights_app.command("convert")
def weights_convert(
    source: Annotated[Path, typer.Argument(metavar="SOURCE.pth")],
    target: Annotated[Path, typer.Argument(metavar="TARGET.safetensors")],
    heads: Annotated[int | None, typer.Option("--heads", help="Attention heads; a .pth does not say.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
) -> None:
    """Rewrite an official checkpoint as .safetensors: smaller, and no code can hide in it."""
    from kasf_demo.cli.weights import convert

    convert(source, target, heads=heads, overwrite=overwrite)
