"""Declaring and reading options, shared by several commands. Importing it loads nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand

from kasf_demo.options import Options

EPILOG = (
    "Exit codes: 0 done, 2 usage, 3 some clips of a batch failed, 4 input, 5 model or weights, 6 output, 7 out of memory, "
    "8 the clip does not show the test, 1 a bug, 130/143 interrupted."
)
# grouped by task: shown at the end of the help of `run` and `batch`; a command's own --help has its options
COMMAND_GROUPS = {
    "Commands to analyse": {
        "check CLIP": "Is a clip fit for analysis? In seconds, with what to do.",
        "run CLIP": "One clip, or a folder; `kasf-demo CLIP` is short for it.",
        "batch IN...": "Many clips, resumable.",
        "live": "A camera, analysed while it films.",
        "views CLIP CLIP...": "Two to eight static cameras as one measurement.",
        "serve": "A web app for the browser, also of phones in the network.",
    },
    "Commands to measure": {
        "eval RESULT": "Errors of a result against ground truth.",
        "compare RESULT [RESULT]": "Two results, or a result and ground truth, joint by joint.",
        "lifters CLIP": "Several lifting networks on one clip, side by side.",
        "assess TEST CLIP": "A test that coaches run: jumps, running, squats, ...",
        "shot CLIP": "A kick or a throw: the shooter, numbers, style, a page.",
        "reps CLIP": "Repetitions of an exercise, side by side.",
        "trend RESULT...": "Sessions of one athlete over days.",
        "demo [NAME]": "Run an included clip and measure the result.",
        "validate RESULT...": "Angles and speeds against measured motions, clip by clip.",
        "benchmark SET DATA": "Lifting networks on a data set, by the published protocol.",
    },
    "Commands for data and models": {
        "import SET ROOT": "Raw data sets as clips with ground truth.",
        "shots build|list|import-3dsp": "Libraries of shots, for `shot`.",
        "adapt SESSION...": "A lifting network learns from sessions of several views.",
        "weights list|fetch|verify|convert": "Weights of the networks.",
    },
    "Tools": {"doctor": "Check the installation and list remedies.", "--version": "The version."},
}
INPUT, PEOPLE, LIFT, DRAW, WRITE = "Input", "People", "Lifting and scale", "Drawing", "Output and behaviour"


class PanelCommand(TyperCommand):
    """A command whose help has its options in panels, and all commands in groups at the end."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, then a section for each panel."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                panel = (
                    "Arguments"
                    if isinstance(parameter, TyperArgument)
                    else getattr(parameter, "rich_help_panel", None) or "Options"
                )
                sections.setdefault(panel, []).append(record)
        for panel, records in sections.items():
            with formatter.section(panel):
                formatter.write_dl(records)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The groups of commands, then the epilog."""
        for group, commands in COMMAND_GROUPS.items():
            with formatter.section(group):
                formatter.write_dl(list(commands.items()))
        super().format_epilog(ctx, formatter)


def new_app(help: str | None = None) -> typer.Typer:
    """A typer app of one command, or of several with a `help` of their own."""
    return typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        no_args_is_help=help is not None,
        help=help,
    )


def option(*names: str, panel: str, help: str, **more: Any) -> Any:
    """A typer option in a panel of the help page."""
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


def options_given(ctx: typer.Context, config: Path | None, without: Sequence[str] = ()) -> Options:
    """Options from flags, then from the TOML file `config`, then defaults; flags of the fields `without` are
    ignored."""
    from kasf_demo.options import Options, from_mapping, from_toml

    names = Options.__dataclass_fields__.keys() - set(without)
    given = {name: value for name, value in ctx.params.items() if name in names and _is_given(ctx, name)}
    return from_mapping(given, from_mapping(from_toml(config)) if config else None)


def _is_given(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
