"""`kasf-demo CLIP`: one clip, in this process. A folder is a batch of the clips directly in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from kasf_demo.cli.lifter_options import (  # fmt: skip
    Aggregate,
    Backend,
    Device,
    Heads,
    Hypotheses,
    LifterName,
    Normalise,
    Seed,
    Steps,
    WeightsFile,
)
from kasf_demo.cli.one_clip import check, progress_on_stderr, report_files
from kasf_demo.cli.shared import DRAW, EPILOG, INPUT, LIFT, PEOPLE, WRITE, PanelCommand, new_app, option, options_given
from kasf_demo.errors import UsageError
from kasf_demo.options import Options
from kasf_demo.results.outputs import default_out

app = new_app()


@app.command("run", cls=PanelCommand, epilog=EPILOG)
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
    start_s: Annotated[
        float | None, option("--start", panel=INPUT, help="Use the clip from this time on, seconds.")
    ] = None,
    end_s: Annotated[float | None, option("--end", panel=INPUT, help="Use the clip up to this time, seconds.")] = None,
    stream: Annotated[
        int | None, option("--stream", panel=INPUT, help="Which video stream of a file with several.")
    ] = None,
    fps: Annotated[
        str | None,
        option("--fps", panel=INPUT, help="Frame rate for files without time stamps, such as 25 or 30000/1001."),
    ] = None,
    deinterlace: Annotated[
        bool,
        option(
            "--deinterlace/--no-deinterlace", panel=INPUT, help="Make one frame from each field of an interlaced clip."
        ),
    ] = True,
    capture_fps: Annotated[
        str | None,
        option(
            "--capture-fps",
            panel=INPUT,
            help="Rate at which a slow-motion clip was recorded, frames per second.  [default: from the file]",
        ),
    ] = None,
    slowmo: Annotated[
        float | None,
        option(
            "--slowmo", panel=INPUT, help="How many times slower than reality the clip plays; instead of --capture-fps."
        ),
    ] = None,
    shots: Annotated[
        Literal["auto", "off"],
        option("--shots", panel=INPUT, help="Find cuts and analyse each shot on its own; off: the clip is one shot."),
    ] = "auto",
    detector: Annotated[
        Literal["auto", "yolo", "mediapipe", "keypoints-file"],
        option("--detector", panel=PEOPLE, help="2D keypoint detector."),
    ] = "auto",
    detector_weights: Annotated[
        str | None,
        option(
            "--detector-weights",
            panel=PEOPLE,
            help="A YOLO-pose .pt, .onnx or exported OpenVINO folder, or a name from `weights list`.",
        ),
    ] = None,
    quality: Annotated[
        Literal["fast", "balanced", "best"],
        option("--quality", panel=PEOPLE, help="Which network: yolo26 n, s or x; of mediapipe, best is the heavy one."),
    ] = "balanced",
    keypoints: Annotated[
        Path | None,
        option(
            "--keypoints", panel=PEOPLE, help="2D keypoints from a file: our JSON, COCO JSON, an OpenPose folder, ..."
        ),
    ] = None,
    feet: Annotated[
        Literal["auto", "off", "mediapipe"],
        option(
            "--feet", panel=PEOPLE, help="Heels and toes: the source's, none, or those that MediaPipe's network finds."
        ),
    ] = "auto",
    athlete: Annotated[
        str,
        option(
            "--athlete",
            panel=PEOPLE,
            help="auto, largest, center, longest, a number (ID), X,Y in pixels, X,Y@SECONDS, or all.",
        ),
    ] = "auto",
    max_gap_s: Annotated[
        float, option("--max-gap", panel=PEOPLE, help="Fill gaps of the athlete up to this long, seconds.")
    ] = 0.4,
    weights: WeightsFile = "kasf-open-s",
    lifter: LifterName = None,
    normalisation: Normalise = "auto",
    hypotheses: Hypotheses = None,
    steps: Steps = None,
    seed: Seed = None,
    aggregate: Aggregate = None,
    heads: Heads = None,
    device: Device = "auto",
    backend: Backend = "auto",
    height_m: Annotated[
        float | None,
        option("--height", panel=LIFT, help="Standing height of the athlete, metres.  [default: 1.75, assumed]"),
    ] = None,
    fov_deg: Annotated[
        float | None,
        option(
            "--fov",
            panel=LIFT,
            help="Field of view along the longer side of the image, degrees.  [default: estimated from a wide pan, else 65, assumed]",
        ),
    ] = None,
    focal_px: Annotated[
        float | None, option("--focal-px", panel=LIFT, help="Focal length in pixels, instead of --fov.")
    ] = None,
    tilt_deg: Annotated[
        float | None,
        option(
            "--tilt",
            panel=LIFT,
            help="Camera pitch below horizontal, degrees.  [default: estimated from lines, people and panning]",
        ),
    ] = None,
    roll_deg: Annotated[
        float | None,
        option(
            "--roll",
            panel=LIFT,
            help="Camera roll, degrees, positive if the image is turned clockwise.  [default: estimated]",
        ),
    ] = None,
    axes: Annotated[Literal["world", "camera"], option("--axes", panel=LIFT, help="Axes of the table.")] = "world",
    smooth: Annotated[
        Literal["one-euro", "butterworth", "none"], option("--smooth", panel=LIFT, help="Zero-lag smoothing filter.")
    ] = "one-euro",
    cutoff_hz: Annotated[float, option("--cutoff", panel=LIFT, help="Cut-off of --smooth butterworth, Hz.")] = 8.0,
    refine: Annotated[
        bool, option("--refine/--no-refine", panel=LIFT, help="Fit one body with constant bones to the whole shot.")
    ] = True,
    fusion: Annotated[
        bool, option("--fusion/--no-fusion", panel=LIFT, help="Average in the detector's own depth (mediapipe).")
    ] = True,
    constant_bones: Annotated[
        bool, option("--constant-bones", panel=LIFT, help="Give every bone one length for the whole clip.")
    ] = False,
    layout: Annotated[
        Literal["side", "overlay", "3d"],
        option("--layout", panel=DRAW, help="Video and 3D view side by side, or one of them."),
    ] = "side",
    view: Annotated[
        str,
        option(
            "--view",
            panel=DRAW,
            metavar="auto|camera|ELEV,AZIM",
            help="3D view. camera: follows a panning camera. ELEV,AZIM: fixed, degrees; azimuth -90 looks ahead. auto: camera if it pans, else 12,-60.",
        ),
    ] = "auto",
    orbit_deg_per_s: Annotated[
        float, option("--orbit", panel=DRAW, help="Rotation speed of the 3D view, degrees per second.")
    ] = 0.0,
    video: Annotated[bool, option("--video/--no-video", panel=WRITE, help="Write the video.")] = True,
    csv: Annotated[bool, option("--csv/--no-csv", panel=WRITE, help="Write the table.")] = True,
    csv_layout: Annotated[
        Literal["tidy", "wide"],
        option("--csv-layout", panel=WRITE, help="tidy: 17 rows per frame and person; wide: one."),
    ] = "tidy",
    export: Annotated[
        list[str] | None,
        option(
            "--export",
            panel=WRITE,
            help="More files: csv (angles too), feet, jumps, npz, trc, c3d, bvh, mot, glb, opensim, html, rerun; with commas.",
        ),
    ] = None,
    opensim_model: Annotated[
        Path | None,
        option("--opensim-model", panel=WRITE, help="Your own scaled model, FILE.osim, for --export opensim."),
    ] = None,
    opensim_markers: Annotated[
        Path | None, option("--opensim-markers", panel=WRITE, help="TOML: where our joints are in --opensim-model.")
    ] = None,
    html: Annotated[
        Path | None,
        option(
            "--html",
            panel=WRITE,
            help="Write a page with the clip and a rotatable 3D skeleton (one file, works offline) under this name; see --export html.",
        ),
    ] = None,
    rerun: Annotated[
        Path | None,
        option(
            "--rerun",
            panel=WRITE,
            help="Write a recording for the rerun viewer, NAME.rrd, under this name; see --export rerun.",
        ),
    ] = None,
    sport: Annotated[
        Literal["skating", "athletics", "gymnastics"] | None,
        option(
            "--sport",
            panel=LIFT,
            help="Whose jumps to look for and name: a card of each on --html and --report; skating: after gliding.",
        ),
    ] = None,
    plots: Annotated[
        bool,
        option(
            "--plots",
            panel=WRITE,
            help="Angles, path and key moments as NAME.angles.png, .svg and so on; see docs/plots-and-comparison.md.",
        ),
    ] = False,
    report: Annotated[
        Path | None, option("--report", panel=WRITE, help="All plots and numbers on one page, NAME.pdf or NAME.html.")
    ] = None,
    overwrite: Annotated[bool, option("--overwrite", panel=WRITE, help="Replace existing results.")] = False,
    strict: Annotated[
        bool, option("--strict", panel=WRITE, help="A damaged or truncated clip is an error (exit 4).")
    ] = False,
    require_person: Annotated[
        bool, option("--require-person", panel=WRITE, help="A clip without people is an error (exit 4).")
    ] = False,
    offline: Annotated[bool, option("--offline", panel=WRITE, help="Never download anything.")] = False,
    config: Annotated[
        Path | None, option("--config", panel=WRITE, help="TOML file with any of these options; flags override it.")
    ] = None,
    quiet: Annotated[bool, option("--quiet", "-q", panel=WRITE, help="Print errors only.")] = False,
    debug: Annotated[bool, option("--debug", panel=WRITE, help="Show a traceback on errors.")] = False,
) -> None:
    """Estimate 3D motion from a short sports clip: a video with the 3D skeleton, the joints as CSV, and a JSON
    report."""
    options, source = options_given(ctx, config), Path(clip)
    if os.path.isdir(source):
        raise typer.Exit(_run_folder(source, out, options, quiet))
    with progress_on_stderr(quiet) as progress:
        out = out or default_out(source)
        check(source, out, options, progress)
        from kasf_demo.pipeline import analyse

        report_files(analyse(source, out, options=options, progress=progress), progress)


def _run_folder(folder: Path, out: Path | None, options: Options, quiet: bool) -> int:
    if out is None:
        raise UsageError("a folder of clips needs a folder for the results", "give --out DIR", path=folder)
    from kasf_demo.batch.run import BatchOptions, run_batch

    return run_batch([str(folder)], out, options, BatchOptions(recursive=False, quiet=quiet))
