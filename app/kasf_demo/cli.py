"""The command line: parse, call, print, exit code. Importing it loads neither torch nor cv2.

`kasf-demo CLIP` is short for `kasf-demo run CLIP`.
"""

from __future__ import annotations

import difflib
import errno
import os
import re
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from kasf_demo import cli_results, cli_tools, errors
from kasf_demo.cli.batch import with_options_of
from kasf_demo.errors import KasfError, UsageError, is_out_of_memory, printable
from kasf_demo.options import Options

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A short sports clip in, the athlete in 3D out.",
)

COMMANDS = frozenset({"run", "batch", "demo", "eval", "compare", "weights", "doctor"})
EPILOG = (
    "Other commands: `kasf-demo batch`, `kasf-demo demo`, `kasf-demo eval`, `kasf-demo compare`, `kasf-demo weights list|fetch|verify|convert`, `kasf-demo doctor`, `kasf-demo --version`. "
    "Exit codes: 0 done, 2 usage, 3 some clips of a batch failed, 4 input, 5 model or weights, 6 output, 7 too little memory, 1 a bug, 130/143 interrupted."
)
INPUT, PEOPLE, LIFT, DRAW, WRITE = "Input", "People", "Lifting and scale", "Drawing", "Output and behaviour"


def option(*names: str, panel: str, help: str, **more: Any) -> Any:
    """A typer option in its part of the help page."""
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


@app.command(epilog=EPILOG)
def run(
    ctx: typer.Context,
    clip: Annotated[str, typer.Argument(metavar="CLIP", help="A video file, or a folder of them.")],
    out: Annotated[
        Path | None,
        option(
            "--out",
            "-o",
            panel=WRITE,
            help="Result, NAME.mp4; the tables take the same stem. For a folder: the folder for the results.  [default: CLIP_pose.mp4 here]",
        ),
    ] = None,
    start_s: Annotated[float | None, option("--start", panel=INPUT, help="Use the clip from this time on, seconds.")] = None,
    end_s: Annotated[float | None, option("--end", panel=INPUT, help="Use the clip up to this time, seconds.")] = None,
    stream: Annotated[int | None, option("--stream", panel=INPUT, help="Which video stream of a file with several.")] = None,
    fps: Annotated[
        str | None, option("--fps", panel=INPUT, help="Frame rate for files without time stamps, such as 25 or 30000/1001.")
    ] = None,
    deinterlace: Annotated[
        bool, option("--deinterlace/--no-deinterlace", panel=INPUT, help="Make each field of an interlaced clip a frame.")
    ] = True,
    capture_fps: Annotated[
        str | None, option("--capture-fps", panel=INPUT, help="Rate at which a slow-motion clip was recorded, frames a second.  [default: from the file]")
    ] = None,
    slowmo: Annotated[
        float | None, option("--slowmo", panel=INPUT, help="How many times slower than reality the clip plays; instead of --capture-fps.")
    ] = None,
    shots: Annotated[
        Literal["auto", "off"], option("--shots", panel=INPUT, help="Find cuts and analyse each shot on its own; off: the clip is one shot.")
    ] = "auto",
    detector: Annotated[
        Literal["auto", "yolo", "mediapipe", "keypoints-file"], option("--detector", panel=PEOPLE, help="Who finds the people.")
    ] = "auto",
    detector_weights: Annotated[
        str | None,
        option(
            "--detector-weights", panel=PEOPLE, help="A YOLO-pose .pt, .onnx or exported OpenVINO folder, or a name from `weights list`."
        ),
    ] = None,
    quality: Annotated[
        Literal["fast", "balanced", "best"], option("--quality", panel=PEOPLE, help="Which YOLO pose model: yolo26 n, s or x.")
    ] = "balanced",
    keypoints: Annotated[
        Path | None,
        option(
            "--keypoints", panel=PEOPLE, help="2D keypoints to use instead of a detector: our JSON, COCO JSON, or a folder from OpenPose."
        ),
    ] = None,
    athlete: Annotated[
        str, option("--athlete", panel=PEOPLE, help="auto, largest, center, longest, a number (ID), X,Y in pixels, or all.")
    ] = "auto",
    max_gap_s: Annotated[float, option("--max-gap", panel=PEOPLE, help="Fill gaps of the athlete up to this long, seconds.")] = 0.4,
    weights: Annotated[
        str, option("--weights", panel=LIFT, help="Lifting network: a name from `weights list`, or a .safetensors or official .pth file.")
    ] = "kasf-open-s",
    heads: Annotated[int | None, option("--heads", panel=LIFT, help="Attention heads, for a .pth file that does not say.")] = None,
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], option("--device", panel=LIFT, help="Where the networks run.")] = "auto",
    backend: Annotated[
        Literal["auto", "torch", "openvino"],
        option("--backend", panel=LIFT, help="What runs the lifting network; auto: openvino on a CPU where it is installed."),
    ] = "auto",
    height_m: Annotated[
        float | None, option("--height", panel=LIFT, help="Standing height of the athlete, metres.  [default: 1.75, assumed]")
    ] = None,
    fov_deg: Annotated[
        float | None, option("--fov", panel=LIFT, help="Field of view along the picture's longer side, degrees.  [default: estimated from a wide pan, else 55, assumed]")
    ] = None,
    focal_px: Annotated[float | None, option("--focal-px", panel=LIFT, help="Focal length in pixels, instead of --fov.")] = None,
    tilt_deg: Annotated[
        float | None,
        option("--tilt", panel=LIFT, help="How far the camera looks down, degrees.  [default: estimated from its pan and from who stands]"),
    ] = None,
    axes: Annotated[Literal["world", "camera"], option("--axes", panel=LIFT, help="Axes of the table.")] = "world",
    smooth: Annotated[
        Literal["one-euro", "butterworth", "none"], option("--smooth", panel=LIFT, help="Filter over time, without delay.")
    ] = "one-euro",
    cutoff_hz: Annotated[float, option("--cutoff", panel=LIFT, help="Cut-off of --smooth butterworth, Hz.")] = 8.0,
    refine: Annotated[
        bool, option("--refine/--no-refine", panel=LIFT, help="Fit one body with constant bones to the whole shot.")
    ] = True,
    constant_bones: Annotated[bool, option("--constant-bones", panel=LIFT, help="Give every bone one length for the whole clip.")] = False,
    layout: Annotated[
        Literal["side", "overlay", "3d"], option("--layout", panel=DRAW, help="Picture and 3D side by side, or one of them.")
    ] = "side",
    view: Annotated[
        str, option("--view", panel=DRAW, metavar="auto|camera|ELEV,AZIM", help="The 3D view: camera turns with a panning camera, ELEV,AZIM (degrees, azimuth -90 looks ahead) is fixed; auto: camera if it pans, else 12,-60.")
    ] = "auto",
    orbit_deg_per_s: Annotated[float, option("--orbit", panel=DRAW, help="Turn the 3D view, degrees a second.")] = 0.0,
    video: Annotated[bool, option("--video/--no-video", panel=WRITE, help="Write the video.")] = True,
    csv: Annotated[bool, option("--csv/--no-csv", panel=WRITE, help="Write the table.")] = True,
    csv_layout: Annotated[
        Literal["tidy", "wide"], option("--csv-layout", panel=WRITE, help="17 rows a frame and person, or one.")
    ] = "tidy",
    export: Annotated[
        list[str] | None,
        option("--export", panel=WRITE, help="More files: csv (angles too), npz, trc, c3d, bvh, mot, html, rerun; with commas, or repeated."),
    ] = None,
    html: Annotated[
        Path | None, option("--html", panel=WRITE, help="A page to turn the skeleton beside the clip, one file, offline; as --export html, named.")
    ] = None,
    rerun: Annotated[
        Path | None, option("--rerun", panel=WRITE, help="A recording for the rerun viewer, NAME.rrd; as --export rerun, named.")
    ] = None,
    plots: Annotated[
        bool, option("--plots", panel=WRITE, help="Angles, path and key moments as NAME.angles.png, .svg and so on; see docs/plots-and-comparison.md.")
    ] = False,
    report: Annotated[
        Path | None, option("--report", panel=WRITE, help="All plots and numbers on one page, NAME.pdf or NAME.html.")
    ] = None,
    overwrite: Annotated[bool, option("--overwrite", panel=WRITE, help="Replace existing results.")] = False,
    strict: Annotated[bool, option("--strict", panel=WRITE, help="A damaged or truncated clip is an error (exit 4).")] = False,
    require_person: Annotated[bool, option("--require-person", panel=WRITE, help="A clip without people is an error (exit 4).")] = False,
    offline: Annotated[bool, option("--offline", panel=WRITE, help="Never fetch anything.")] = False,
    config: Annotated[Path | None, option("--config", panel=WRITE, help="TOML file with any of these options; flags win.")] = None,
    quiet: Annotated[bool, option("--quiet", "-q", panel=WRITE, help="Say nothing but errors.")] = False,
    debug: Annotated[bool, option("--debug", panel=WRITE, help="Show a traceback on errors.")] = False,
) -> None:
    """Turn a short sports clip into 3D: a video with the moving skeleton, the joints as CSV, and a JSON report."""
    from kasf_demo.batch import run_clip_or_folder

    raise typer.Exit(run_clip_or_folder(Path(clip), out, _options(ctx, config), quiet=quiet))


def _options(ctx: typer.Context, config: Path | None, without: Sequence[str] = ()) -> Options:
    from kasf_demo.options import Options, from_mapping, from_toml

    names = Options.__dataclass_fields__.keys() - set(without)
    given = {name: value for name, value in ctx.params.items() if name in names and _is_given(ctx, name)}
    return from_mapping(given, from_mapping(from_toml(config)) if config else None)


def _is_given(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


BATCH = "The batch"


@app.command("batch", epilog=EPILOG)
@with_options_of(run, without=["clip"])
def batch(
    ctx: typer.Context,
    inputs: Annotated[list[str], typer.Argument(metavar="IN...", help="Folders (searched with their subfolders), clips, patterns in quotes, manifests (.csv, .jsonl).")],
    out: Annotated[Path | None, option("--out", "-o", panel=BATCH, help="The folder for results, journal, summary and gallery.")] = None,
    workers: Annotated[str, option("--workers", panel=BATCH, help="Clips at the same time: a number, or auto, by cores and memory.")] = "auto",
    threads: Annotated[str, option("--threads", panel=BATCH, help="Threads of each worker: a number, or auto: the cores shared out.")] = "auto",
    timeout: Annotated[str, option("--timeout", panel=BATCH, help="Seconds a clip may take, 0 for ever, or auto, by its length.")] = "auto",
    dry_run: Annotated[bool, option("--dry-run", panel=BATCH, help="Show the plan and do nothing.")] = False,
    retry_failed: Annotated[bool, option("--retry-failed", panel=BATCH, help="Try clips again that failed in an earlier run.")] = False,
    rehash: Annotated[bool, option("--rehash", panel=BATCH, help="Read clips and results to see whether they changed; else size and time tell.")] = False,
    root: Annotated[Path | None, option("--root", panel=BATCH, help="The folder that a manifest's paths are relative to.  [default: the manifest's]")] = None,
    ray: Annotated[str | None, option("--ray", panel=BATCH, metavar="auto|ADDRESS", help="Run on a Ray cluster; auto: the one this machine belongs to.")] = None,
    upload: Annotated[str | None, option("--upload", panel=BATCH, metavar="URL", help="Put the results under an fsspec URL (s3://...) instead of --out.")] = None,
    report: Annotated[
        str | None, option("--report", panel=WRITE, metavar="pdf|html", help="All plots and numbers of each clip on one page, NAME.report.pdf or .html.")
    ] = None,
    html: Annotated[bool, option("--html", panel=WRITE, help="A page for each clip to turn the skeleton beside it, NAME.html.")] = False,
    rerun: Annotated[bool, option("--rerun", panel=WRITE, help="A recording of each clip for the rerun viewer, NAME.rrd.")] = False,
    config: Annotated[Path | None, option("--config", panel=WRITE, help="TOML file with options of the clips; flags win.")] = None,
    quiet: Annotated[bool, option("--quiet", "-q", panel=WRITE, help="Say nothing but errors.")] = False,
) -> None:
    """Analyse many clips: a bad one does not stop the rest, and running it again does only what is missing."""
    from kasf_demo.cli.batch import each_its_own
    from kasf_demo.cli.batch import run as run_batch

    options = each_its_own(_options(ctx, config, without=("report", "html", "rerun")), report, html, rerun)
    code = run_batch(
        inputs, out, options, workers=workers, threads=threads, timeout=timeout, dry_run=dry_run, retry_failed=retry_failed,
        rehash=rehash, root=root, ray=ray, upload=upload, quiet=quiet,
    )  # fmt: skip
    raise typer.Exit(code)


for name, command in (("demo", cli_results.demo), ("eval", cli_results.evaluate), ("compare", cli_results.compare), ("doctor", cli_tools.doctor)):
    app.command(name)(command)
app.add_typer(cli_tools.weights_app, name="weights")


def with_command(args: Sequence[str]) -> list[str]:
    """The arguments with `run` put in where no command is named. A clip called `weights` is passed as ./weights.

    Raises UsageError for an argument that is empty, and for what is neither a command nor a file but almost a command's name.
    """
    _refuse_empty(args)
    if args and args[0] not in COMMANDS and args[0].isalpha() and not os.path.lexists(args[0]):
        near = difflib.get_close_matches(args[0].lower(), COMMANDS, 1)
        if near:
            raise UsageError("neither a command nor a file", f"did you mean `kasf-demo {near[0]}`?", path=args[0])
    if args and args[0] == "batch":
        return _with_kind(args)
    if args and args[0] in COMMANDS:
        return [*args, "--help"] if list(args) == ["weights"] else list(args)
    return ["run", *args] if args else ["run", "--help"]


def _with_kind(args: Sequence[str]) -> list[str]:
    """`batch`'s arguments, where `--report` without a kind is one for a PDF."""
    kind = re.compile(r"(?!-).*(pdf|html?)", re.IGNORECASE | re.DOTALL)
    pairs = zip(args, [*args[1:], ""], strict=True)
    return [f"{word}=pdf" if word == "--report" and not kind.fullmatch(after) else word for word, after in pairs]


def _refuse_empty(args: Sequence[str]) -> None:
    """A path that is empty would mean the working folder: `kasf-demo "$CLIP"` with no CLIP."""
    for before, word in zip(["", *args], args, strict=False):
        name = word[:-1] if word.startswith("--") and word.endswith("=") else before if before.startswith("-") else ""
        if not word.strip() or word == f"{name}=":
            raise UsageError(f"{name} has an empty value" if name else "an argument is empty", "check the variable that it comes from")


class Stopped(BaseException):
    """SIGINT or SIGTERM, raised where the program happens to be, so that every room cleans up. Not a KeyboardInterrupt, which
    typer would turn into a silent exit."""

    def __init__(self, number: int) -> None:
        self.exit_code = errors.EXIT_SIGINT if number == signal.SIGINT else errors.EXIT_SIGTERM


def _stop(number: int, _frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # pressing Ctrl-C twice must not stop the cleaning up
    raise Stopped(number)


def main(args: Sequence[str] | None = None) -> None:
    """The entry point: never shows a traceback for a KasfError, always ends with a documented exit code."""
    args = list(sys.argv[1:] if args is None else args)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
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
            return _fail(f"{e.what}: the memory is used up; {errors.MEMORY_REMEDY}", errors.EXIT_MEMORY)
        return _fail(str(e), e.exit_code)
    except Stopped as e:
        return _fail("interrupted; finished results are kept, nothing partial is left", e.exit_code)
    except BrokenPipeError:
        sys.stdout = None  # nobody listens: what is still buffered cannot be flushed at exit
        return errors.EXIT_OK
    except Exception as e:
        if hasattr(e, "format_message"):  # typer's own: a wrong flag or value
            return _fail(f"{e.format_message()}; see kasf-demo --help", errors.EXIT_USAGE)
        if debug:
            traceback.print_exc()
        if is_out_of_memory(e):
            return _fail(f"the memory is used up ({errors.first_line(e)}); {errors.MEMORY_REMEDY}", errors.EXIT_MEMORY)
        if isinstance(e, OSError) and e.filename and e.errno in _PATH_ERRORS:
            return _fail(f"{os.fsdecode(e.filename)}: {e.strerror}; check the path and its permissions", errors.EXIT_INPUT)
        return _fail(f"a bug in kasf-demo: {type(e).__name__}: {e}; please report it with the output of --debug", errors.EXIT_BUG)


_PATH_ERRORS = (errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENOTDIR)  # of a path that a user named
_LONG_WORD = re.compile(r"\S{1000,}")  # longer than the name of any file that one would type


def _shortened(word: re.Match[str]) -> str:
    return f"{word[0][:60]}... ({len(word[0])} characters)"


def _fail(text: str, code: int) -> int:
    print(f"error: {printable(_LONG_WORD.sub(_shortened, text))}", file=sys.stderr)
    return code
