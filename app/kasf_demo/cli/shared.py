"""What several commands share: how options are declared and read. Importing it loads nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from kasf_demo.options import Options

EPILOG = (
    "Other commands: `kasf-demo batch`, `kasf-demo demo`, `kasf-demo eval`, `kasf-demo compare`, `kasf-demo weights list|fetch|verify|convert`, `kasf-demo doctor`, `kasf-demo --version`. "
    "Exit codes: 0 done, 2 usage, 3 some clips of a batch failed, 4 input, 5 model or weights, 6 output, 7 too little memory, 1 a bug, 130/143 interrupted."
)
INPUT, PEOPLE, LIFT, DRAW, WRITE = "Input", "People", "Lifting and scale", "Drawing", "Output and behaviour"


def new_app(help: str | None = None) -> typer.Typer:
    """A typer app of one command, or of several with a `help` of their own."""
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=help is not None, help=help)


def option(*names: str, panel: str, help: str, **more: Any) -> Any:
    """A typer option in its part of the help page."""
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


def options_given(ctx: typer.Context, config: Path | None, without: Sequence[str] = ()) -> Options:
    """The fields of Options that were given as flags, over those of the TOML file `config`; the fields `without` are left alone."""
    from kasf_demo.options import Options, from_mapping, from_toml

    names = Options.__dataclass_fields__.keys() - set(without)
    given = {name: value for name, value in ctx.params.items() if name in names and _is_given(ctx, name)}
    return from_mapping(given, from_mapping(from_toml(config)) if config else None)


def _is_given(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
