"""`kasf-demo lifters`: several lifting networks on one clip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kasf_demo.cli.clip_options import (
    Athlete,
    Debug,
    DetectorOrFile,
    Height,
    KeypointsFile,
    Offline,
    Overwrite,
    Quality,
)
from kasf_demo.cli.lifter_options import Aggregate, Backend, Device, Hypotheses, Seed, Steps
from kasf_demo.cli.one_clip import progress_on_stderr
from kasf_demo.cli.shared import new_app
from kasf_demo.errors import EXIT_OK, UsageError, printable

app = new_app()


@app.command("lifters")
def lifters_command(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A video file.")],
    lifter: Annotated[
        list[str] | None,
        typer.Option("--lifter", help="A name from `weights list` or a weights file; once for each network."),
    ] = None,
    truth: Annotated[Path | None, typer.Option("--truth", help="Ground truth of the clip, NAME.gt.npz.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The video, NAME.mp4; page and tables take the same stem.  [default: CLIP_lifters.mp4 here]",
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option("--threshold", help="Ring joints that are farther off than this, millimetres.")
    ] = 100.0,
    fit: Annotated[
        bool, typer.Option("--fit", help="Show the whole program's result, not the poses as the networks give them.")
    ] = False,
    keypoints: KeypointsFile = None,
    detector: DetectorOrFile = "auto",
    quality: Quality = "balanced",
    athlete: Athlete = "auto",
    height_m: Height = None,
    fov_deg: Annotated[
        float | None, typer.Option("--fov", help="Field of view along the longer side of the image, degrees.")
    ] = None,
    hypotheses: Hypotheses = None,
    steps: Steps = None,
    seed: Seed = None,
    aggregate: Aggregate = None,
    device: Device = "auto",
    backend: Backend = "auto",
    overwrite: Overwrite = False,
    offline: Offline = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the table and errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Lift a clip with several networks: a video and a page with every skeleton, and a table of what can be
    measured."""
    if not 0 < threshold < 1e6:
        raise UsageError(f"--threshold {threshold:g} is out of range", "give millimetres above 0")
    from kasf_demo.options import Options
    from kasf_demo.progress import Notes

    options = Options(
        keypoints=keypoints, detector=detector, quality=quality, athlete=athlete, height_m=height_m, fov_deg=fov_deg,
        hypotheses=hypotheses, steps=steps, seed=seed, aggregate=aggregate, device=device, backend=backend,
        overwrite=overwrite, offline=offline,
    )  # fmt: skip
    with progress_on_stderr(quiet) as progress:
        from kasf_demo.lifters.run import compare_lifters
        from kasf_demo.lifters.tables import markdown

        rows, files = compare_lifters(
            clip, lifter or [], out or Path(f"{clip.stem}_lifters.mp4"), options, Notes(progress), truth=truth,
            threshold_m=threshold / 1000, fitted=fit,
        )  # fmt: skip
        progress.say("wrote " + ", ".join(printable(f) for f in files))
    print(markdown(rows), end="")
    raise typer.Exit(EXIT_OK)
