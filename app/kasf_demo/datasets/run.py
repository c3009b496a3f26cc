"""`import`: a data set's folder to clips with ground truth in one folder, and a manifest for `kasf-demo batch`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kasf_demo.datasets.imported import ImportedClip, link_video, write_motion, write_truth
from kasf_demo.errors import InputError, UsageError
from kasf_demo.files.atomic import atomic_write_path
from kasf_demo.progress import Progress
from kasf_demo.results.outputs import make_folder

RawSet = Literal["sportspose", "worldpose", "athletepose3d", "fsjump3d"]
MANIFEST = "manifest.csv"


@dataclass(frozen=True)
class ImportOptions:
    """videos: the root of the videos, if they are elsewhere. cameras: only these. smpl: WorldPose's model file. joints
    and hips: see docs/datasets.md."""

    videos: Path | None = None
    cameras: tuple[str, ...] = ()
    smpl: Path | None = None
    joints: Literal["remapped", "published"] = "remapped"
    hips: Literal["published", "joint"] = "published"
    overwrite: bool = False


@dataclass(frozen=True)
class ImportedRow:
    """What was written of a clip."""

    clip: ImportedClip
    truth: Path
    video: Path | None


def run_import(name: RawSet, root: Path, out: Path, options: ImportOptions, progress: Progress) -> list[ImportedRow]:
    """Writes NAME.gt.npz of every clip (existing ones are kept without `overwrite`), a link to its video, and
    manifest.csv of those with a video. Raises KasfError."""
    if not root.exists():
        raise InputError("no such folder", "check the path", path=root)
    clips = _clips(name, root, options)
    first = next(clips)  # refuses another kind of folder before anything is written
    make_folder(out)
    rows: list[ImportedRow] = []

    def written() -> Iterator[ImportedRow]:
        yield _write(first, out, options, motion=name == "fsjump3d")
        for clip in clips:
            yield _write(clip, out, options, motion=name == "fsjump3d")

    for row in progress.track(written(), "importing", None):
        rows.append(row)
    _write_manifest(out, rows, options.overwrite)
    return rows


def _clips(name: RawSet, root: Path, options: ImportOptions) -> Iterator[ImportedClip]:
    """The clips; at least one, else InputError."""
    if name == "sportspose":
        from kasf_demo.datasets.sportspose import read_sportspose

        clips = read_sportspose(
            root, videos=options.videos, cameras=options.cameras, published=options.joints == "published"
        )
    elif name == "athletepose3d":
        from kasf_demo.datasets.athletepose3d import read_athletepose3d

        clips = read_athletepose3d(root, cameras=options.cameras)
    elif name == "fsjump3d":
        from kasf_demo.datasets.fsjump3d import read_fsjump3d

        clips = read_fsjump3d(root, hips=options.hips)
    else:
        from kasf_demo.datasets.smpl import load_smpl
        from kasf_demo.datasets.worldpose import read_worldpose

        if options.smpl is None:
            raise UsageError("WorldPose has SMPL parameters and no joints", "give --smpl SMPL_NEUTRAL.pkl")
        clips = read_worldpose(root, load_smpl(options.smpl), videos=options.videos)
    found = False
    for clip in clips:
        found = True
        yield clip
    if not found:
        raise InputError(
            "no recording is in this folder, or none of these cameras", "check ROOT and --camera", path=root
        )


def _write(clip: ImportedClip, out: Path, options: ImportOptions, *, motion: bool) -> ImportedRow:
    path = out / f"{clip.name}.gt.npz"
    if options.overwrite or not path.exists():
        path = write_truth(clip, out, overwrite=options.overwrite)
    if motion and (options.overwrite or not (out / f"{clip.name}.npz").exists()):
        write_motion(clip, out, overwrite=options.overwrite)
    video = None
    if clip.video is not None:
        video = out / f"{clip.name}{clip.video.suffix.lower()}"
        if options.overwrite or not video.exists():
            video = link_video(clip.video, out, clip.name, overwrite=options.overwrite)
    return ImportedRow(clip, path, video)


def _write_manifest(out: Path, rows: list[ImportedRow], overwrite: bool) -> None:
    """clip and height of each video; nothing if there are none, or if it exists."""
    with_video = [row for row in rows if row.video is not None]
    if not with_video or ((out / MANIFEST).exists() and not overwrite):
        return
    with (
        atomic_write_path(out / MANIFEST, overwrite=overwrite) as part,
        part.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(["clip", "height"])
        for row in with_video:
            assert row.video is not None
            writer.writerow([row.video.name, f"{float(row.clip.stature[0]):.3f}"])
