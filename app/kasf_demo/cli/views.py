"""`kasf-demo views`: clips of several static cameras as one measurement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kasf_demo.cli.clip_options import Debug, Detector, Height, Offline, Overwrite, Quality
from kasf_demo.cli.one_clip import progress_on_stderr, report_files
from kasf_demo.cli.shared import EPILOG, new_app
from kasf_demo.errors import UsageError

app = new_app()


@app.command("views", epilog=EPILOG)
def views_command(
    clips: Annotated[
        list[Path],
        typer.Argument(metavar="CLIP...", help="Two to eight clips of the same event, each of a static camera."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The video, NAME.mp4; all other files take the same stem.  [default: FIRST_views.mp4 here]",
        ),
    ] = None,
    athlete: Annotated[
        list[str] | None,
        typer.Option(
            "--athlete", help="Which person, as for `run`: once for each clip, in their order; auto finds out."
        ),
    ] = None,
    sync_offset: Annotated[
        list[float] | None,
        typer.Option(
            "--sync-offset",
            help="Seconds to add to the first clip's time for that of the next clip; once for each clip after the first.  [default: from the motion]",
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration",
            help="Known cameras, in the clips' order: NAME.session.npz, .qca.txt, Pose2Sim .toml or OpenCV .yml.",
        ),
    ] = None,
    height_m: Height = None,
    keypoints: Annotated[
        list[Path] | None,
        typer.Option("--keypoints", help="2D keypoints from a file, as for `run`; once for each clip."),
    ] = None,
    detector: Detector = "auto",
    detector_weights: Annotated[
        str | None, typer.Option("--detector-weights", help="A file of the detector, or a name from `weights list`.")
    ] = None,
    quality: Quality = "balanced",
    fov_deg: Annotated[
        list[float] | None,
        typer.Option(
            "--fov", help="Field of view along the longer side, degrees: of all cameras, or once for each clip."
        ),
    ] = None,
    export: Annotated[list[str] | None, typer.Option("--export", help="More files, as for `run`; with commas.")] = None,
    plots: Annotated[bool, typer.Option("--plots", help="Angles, path and key moments as images.")] = False,
    overwrite: Overwrite = False,
    offline: Offline = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Measure an athlete with two or more static cameras, without a board: clocks and cameras are found from the motion.
    A session whose cameras are not certain is refused (exit code 4)."""
    from kasf_demo.options import Options
    from kasf_demo.progress import Notes

    kinds = tuple(kind for given in export or [] for kind in given.split(","))
    options = Options(
        detector=detector, detector_weights=detector_weights, quality=quality, height_m=height_m,
        export=kinds, plots=plots, overwrite=overwrite, offline=offline,
    )  # fmt: skip
    if not clips:
        raise UsageError("no clips", "give two to eight")
    with progress_on_stderr(quiet) as progress:
        from kasf_demo.views.run import SessionOptions, measure_views

        asked = SessionOptions(athlete or [], sync_offset or None, keypoints or [], calibration, fov_deg or [])
        target = out or Path(f"{clips[0].stem}_views.mp4")
        report_files(measure_views(clips, target, options, asked, Notes(progress)), progress)
