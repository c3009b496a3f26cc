"""`kasf-demo live`: a camera of this machine, analysed while it films."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kasf_demo.cli.clip_options import Debug, Height, Offline, Overwrite, Quality
from kasf_demo.cli.one_clip import check, progress_on_stderr, report_files
from kasf_demo.cli.shared import EPILOG, new_app, options_given
from kasf_demo.errors import UsageError
from kasf_demo.options import Options, from_mapping
from kasf_demo.progress import Lines, Progress, Quiet
from kasf_demo.results.outputs import default_out, make_folder

if TYPE_CHECKING:
    from kasf_demo.live.picture import LiveView

app = new_app()


@app.command("live", epilog=EPILOG)
def live_command(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A clip to play as a camera, instead of one.")
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Play FILE again and again.")] = False,
    camera: Annotated[int, typer.Option("--camera", min=0, max=99, help="Number of the camera.")] = 0,
    size: Annotated[str, typer.Option("--size", metavar="WxH", help="Image size to ask the camera for.")] = "1280x720",
    rate: Annotated[float, typer.Option("--rate", min=1, max=240, help="Frames/s to ask the camera for.")] = 30.0,
    detector: Annotated[
        Literal["mediapipe", "yolo"], typer.Option("--detector", help="2D keypoint detector.")
    ] = "mediapipe",
    detector_weights: Annotated[
        str | None, typer.Option("--detector-weights", help="A YOLO-pose network, as for `run`.")
    ] = None,
    quality: Quality = "balanced",
    height_m: Height = None,
    fov_deg: Annotated[
        float | None,
        typer.Option(
            "--fov", help="Field of view along the longer side of the image, degrees.  [default: 65, assumed]"
        ),
    ] = None,
    tilt_deg: Annotated[
        float | None,
        typer.Option("--tilt", help="Camera pitch below horizontal, degrees.  [default: 0, assumed]"),
    ] = None,
    layout: Annotated[
        Literal["side", "overlay", "3d"],
        typer.Option("--layout", help="Video and 3D view side by side, or one of them."),
    ] = "side",
    view: Annotated[
        str, typer.Option("--view", metavar="ELEV,AZIM", help="3D view, degrees; azimuth -90 looks as the camera does.")
    ] = "12,-60",
    show: Annotated[
        Literal["auto", "window", "page", "none"],
        typer.Option("--show", help="A window, or a page for a browser; auto: a page where there is no display."),
    ] = "auto",
    host: Annotated[
        str, typer.Option("--host", help="Address of the page; 0.0.0.0 lets phones in, with an access token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the page; 0 takes a free one.")] = 8001,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write what would be shown into this video instead, NAME.mp4.")
    ] = None,
    folder: Annotated[Path, typer.Option("--dir", help="Folder of recordings.")] = Path(),
    record: Annotated[bool, typer.Option("--record", help="Record from the start; `r` stops and starts.")] = False,
    analyse: Annotated[bool, typer.Option("--analyse", help="Analyse recordings at the end, as `run` does.")] = False,
    seconds: Annotated[float | None, typer.Option("--seconds", min=0.1, help="End after so long.")] = None,
    overwrite: Overwrite = False,
    offline: Offline = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Show a camera with the skeleton and the 3D view while it films. `r` records, `q` or Esc ends."""
    options = from_mapping({"detector": detector}, options_given(ctx, None, without=("view", "layout", "detector")))
    from kasf_demo.live.open import LiveOptions, open_session

    make_folder(folder)
    live = LiveOptions(
        options, camera, file, loop, *_size(size), rate, layout, _view(view), show, out, folder, record, seconds, host,
        port,
    )  # fmt: skip
    progress: Progress = Quiet() if quiet else Lines()
    with open_session(live, progress) as session:
        session.run()
    for path in session.recordings:
        if analyse:
            _analyse(path, options, quiet=quiet)
        else:
            words = f" --height {options.height_m:g}" if options.height_m is not None else ""
            progress.say(f"analyse with: kasf-demo {path}{words}")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and 16 <= int(width) <= 8192 and 16 <= int(height) <= 8192):
        raise UsageError(f"--size {text!r} is no image size", "give WIDTHxHEIGHT, such as 1280x720")
    return int(width), int(height)


def _view(text: str) -> LiveView:
    from kasf_demo.live.picture import LiveView

    view = from_mapping({"view": text}).view
    if isinstance(view, str):
        raise UsageError(f"--view {text} is not for a live camera", "give ELEV,AZIM, such as 12,-60")
    return LiveView(*view)


def _analyse(path: Path, options: Options, *, quiet: bool) -> None:
    """As `kasf-demo PATH` does, with the options of the live view that it has too."""
    out = path.parent / default_out(path)
    options = from_mapping({"offline": options.offline, "overwrite": options.overwrite}, options)
    with progress_on_stderr(quiet) as progress:
        check(path, out, options, progress)
        from kasf_demo.pipeline import analyse

        report_files(analyse(path, out, options=options, progress=progress), progress)
