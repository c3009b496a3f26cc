"""The command line: parse, call, print, exit code. Importing it loads neither torch nor cv2.

`kasf-demo CLIP` is short for `kasf-demo run CLIP`. Each command is a file of this package.
"""

from __future__ import annotations

import difflib
import errno
import os
import re
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from kasf_demo import errors
from kasf_demo.errors import KasfError, UsageError, is_out_of_memory, printable
from kasf_demo.system import signals
from kasf_demo.system.pipes import print_utf8

COMMANDS = {
    "run": "kasf_demo.cli.run",
    "batch": "kasf_demo.cli.batch",
    "live": "kasf_demo.cli.live",
    "demo": "kasf_demo.cli.demo",
    "lifters": "kasf_demo.cli.lifters",
    "views": "kasf_demo.cli.views",
    "serve": "kasf_demo.cli.serve",
    "adapt": "kasf_demo.cli.adapt",
    "eval": "kasf_demo.cli.evaluate",
    "compare": "kasf_demo.cli.compare",
    "assess": "kasf_demo.cli.assess",
    "shot": "kasf_demo.cli.shot",
    "shots": "kasf_demo.cli.shots",
    "reps": "kasf_demo.cli.reps",
    "trend": "kasf_demo.cli.trend",
    "validate": "kasf_demo.cli.validate",
    "benchmark": "kasf_demo.cli.benchmark",
    "import": "kasf_demo.cli.import_data",
    "check": "kasf_demo.cli.check",
    "doctor": "kasf_demo.cli.doctor",
    "weights": "kasf_demo.cli.weights",
}


class Commands(TyperGroup):
    """The commands, each imported when it is asked for: its module holds a typer `app`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(COMMANDS[cmd_name]).app)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments name; `run` where a shell completes those of a clip."""
        if ctx.resilient_parsing and args and args[0] not in COMMANDS:
            return "run", self.get_command(ctx, "run"), args
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="3D human pose and motion from short sports clips.",
)


@app.callback()
def _program() -> None:
    pass


def with_command(args: Sequence[str]) -> list[str]:
    """The arguments, with `run` inserted if no command is named. A clip called `weights` is passed as ./weights.

    Raises UsageError for an empty argument, and for a misspelt command if no such file exists.
    """
    _refuse_empty(args)
    if args and args[0] not in COMMANDS and args[0].isalpha() and not os.path.lexists(args[0]):
        near = difflib.get_close_matches(args[0].lower(), COMMANDS, 1)
        if near:
            raise UsageError("neither a command nor a file", f"did you mean `kasf-demo {near[0]}`?", path=args[0])
    if args and args[0].partition("=")[0] in ("--install-completion", "--show-completion"):
        return list(args)
    if args and args[0] == "batch":
        return _with_kind(args)
    if args and args[0] in COMMANDS:
        return [*args, "--help"] if len(args) == 1 and args[0] in ("weights", "shots") else list(args)
    return ["run", *args] if args else ["run", "--help"]


def _with_kind(args: Sequence[str]) -> list[str]:
    """Arguments of `batch`; `--report` without a kind means PDF."""
    kind = re.compile(r"(?!-).*(pdf|html?)", re.IGNORECASE | re.DOTALL)
    pairs = zip(args, [*args[1:], ""], strict=True)
    return [f"{word}=pdf" if word == "--report" and not kind.fullmatch(after) else word for word, after in pairs]


def _refuse_empty(args: Sequence[str]) -> None:
    """Raises UsageError for an empty path, which would mean the working folder: `kasf-demo "$CLIP"` with CLIP unset."""
    for before, word in zip(["", *args], args, strict=False):
        name = word[:-1] if word.startswith("--") and word.endswith("=") else before if before.startswith("-") else ""
        if not word.strip() or word == f"{name}=":
            raise UsageError(
                f"{name} has an empty value" if name else "an argument is empty",
                "check the variable that it comes from",
            )


class Stopped(BaseException):
    """SIGINT or SIGTERM, raised in the running code so that every context manager cleans up. Not a KeyboardInterrupt,
    which typer would turn into a silent exit."""

    def __init__(self, number: int) -> None:
        self.exit_code = errors.EXIT_SIGINT if signals.is_ctrl_c(number) else errors.EXIT_SIGTERM


def _stop(number: int, _frame: object) -> None:
    signals.ignore_stop(number)  # pressing Ctrl-C twice must not stop the cleaning up
    raise Stopped(number)


def main(args: Sequence[str] | None = None) -> None:
    """The entry point: never shows a traceback for a KasfError, always ends with a documented exit code."""
    args = list(sys.argv[1:] if args is None else args)
    signals.on_stop(_stop)
    print_utf8()
    sys.exit(_guarded(args))


def _guarded(args: list[str]) -> int:
    if args == ["--version"]:
        from importlib.metadata import version

        print(f"kasf-demo {version('kasf-demo')}")
        return errors.EXIT_OK
    debug = "--debug" in args
    try:
        return int(app(with_command(args), prog_name="kasf-demo", standalone_mode=False) or 0)
    except KasfError as e:
        if debug:
            traceback.print_exc()
        if is_out_of_memory(e.__cause__):
            return _fail(f"{e.what}: out of memory; {errors.MEMORY_REMEDY}", errors.EXIT_MEMORY)
        return _fail(str(e), e.exit_code)
    except Stopped as e:
        if args[:1] == ["serve"]:  # the usual way to end it
            print("The server has ended.", file=sys.stderr)
            return e.exit_code
        return _fail("interrupted; finished results are kept, nothing partial is left", e.exit_code)
    except BrokenPipeError:
        sys.stdout = None  # the reader of the pipe is gone, so buffered output cannot be flushed at exit
        return errors.EXIT_OK
    except Exception as e:
        if hasattr(e, "format_message"):  # typer's own: a wrong flag or value
            return _fail(
                f"{e.format_message().replace('Value error, ', '').removesuffix('.')}; see kasf-demo --help",
                errors.EXIT_USAGE,
            )
        if debug:
            traceback.print_exc()
        if isinstance(e, ModuleNotFoundError) and e.name in _LEFT_OUT:
            return _fail(f"{e.name} is not installed, which this needs; pip install {e.name}", errors.EXIT_MODEL)
        if is_out_of_memory(e):
            return _fail(f"out of memory ({errors.first_line(e)}); {errors.MEMORY_REMEDY}", errors.EXIT_MEMORY)
        if isinstance(e, OSError) and e.filename and e.errno in _PATH_ERRORS:
            return _fail(
                f"{os.fsdecode(e.filename)}: {e.strerror}; check the path and its permissions", errors.EXIT_INPUT
            )
        return _fail(
            f"a bug in kasf-demo: {type(e).__name__}: {e}; please report it with the output of --debug", errors.EXIT_BUG
        )


_LEFT_OUT = ("torch", "ultralytics", "gdown")  # of a small installation (docs/install.md)
# of a path that a user named
_PATH_ERRORS = (errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENOTDIR)
_LONG_WORD = re.compile(r"\S{1000,}")  # longer than any file name that a user would type


def _shortened(word: re.Match[str]) -> str:
    return f"{word[0][:60]}... ({len(word[0])} characters)"


def _fail(text: str, code: int) -> int:
    print(f"error: {printable(_LONG_WORD.sub(_shortened, text))}", file=sys.stderr)
    return code
