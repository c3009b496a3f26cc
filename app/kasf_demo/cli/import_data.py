"""`kasf-demo import`: raw data sets as clips with ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kasf_demo.cli.clip_options import Debug
from kasf_demo.cli.shared import new_app
from kasf_demo.errors import EXIT_OK, printable

app = new_app()
MAX_SHOWN = 20


@app.command("import")
def import_command(
    data_set: Annotated[
        Literal["sportspose", "worldpose", "athletepose3d", "fsjump3d"],
        typer.Argument(metavar="SET", help="sportspose, worldpose, athletepose3d or fsjump3d."),
    ],
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Its raw folder; of fsjump3d a file will do.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for NAME.gt.npz, links to videos, manifest.csv.")],
    videos: Annotated[
        Path | None,
        typer.Option("--videos", help="Folder of the videos (SportsPose: their root; WorldPose: of GAME.mov)."),
    ] = None,
    camera: Annotated[
        list[str] | None, typer.Option("--camera", help="Only this camera; may be given several times.")
    ] = None,
    smpl: Annotated[
        Path | None, typer.Option("--smpl", help="WorldPose: the neutral SMPL model, .pkl or .npz.")
    ] = None,
    joints: Annotated[
        Literal["remapped", "published"],
        typer.Option("--joints", help="SportsPose's trunk and head: as kasf-demo makes them, or the published map."),
    ] = "remapped",
    hips: Annotated[
        Literal["published", "joint"],
        typer.Option("--hips", help="FS-Jump3D's hips: iliac spines as published, or the hip joints."),
    ] = "published",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files; else they are kept.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Turn a raw data set into clips with ground truth that eval, compare, validate and batch take."""
    from kasf_demo.cli.one_clip import progress_on_stderr
    from kasf_demo.datasets.run import ImportOptions, run_import

    options = ImportOptions(videos, tuple(camera or ()), smpl, joints, hips, overwrite)
    with progress_on_stderr(quiet) as progress:
        rows = run_import(data_set, root, out, options, progress)
    if not quiet:
        for row in rows[:MAX_SHOWN]:
            clip = row.clip
            people, frames = clip.joints_m.shape[:2]
            about = f"{people} athlete{'s' * (people > 1)}, {frames} frames, {'with' if row.video else 'no'} video"
            print(printable(f"{row.truth.name}: {about}" + (f"; {clip.note}" if clip.note else "")))
        if len(rows) > MAX_SHOWN:
            print(f"and {len(rows) - MAX_SHOWN} more")
    raise typer.Exit(EXIT_OK)
