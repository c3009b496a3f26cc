"""One clip, or a folder of them one after another: a clip that fails does not stop the rest."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from kasf_demo.errors import EXIT_BUG, EXIT_OK, EXIT_SOME_FAILED, InputError, KasfError, UsageError, printable
from kasf_demo.options import Options
from kasf_demo.outputs import check_clip, default_out, make_folder, plan_outputs
from kasf_demo.progress import Bars, Lines, Progress, Quiet


def run_clip_or_folder(clip: Path, out: Path | None, options: Options, *, quiet: bool) -> int:
    """Analyses `clip`, or every clip of the folder `clip` into the folder `out`. Returns the exit code; raises KasfError."""
    with _progress(quiet) as progress:
        if clip.is_dir():
            return run_folder(clip, out, options, progress)
        check_clip(clip)
        return _run_clip(clip, out or default_out(clip), options, progress)


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Progress]:
    if quiet:
        yield Quiet()
    elif sys.stderr.isatty():
        with Bars() as bars:
            yield bars
    else:
        yield Lines()


def _run_clip(clip: Path, out: Path, options: Options, progress: Progress) -> int:
    plan_outputs(clip, out, options)  # before torch is loaded: a wrong --out answers at once
    from kasf_demo.pipeline import analyse

    result = analyse(clip, out, options=options, progress=progress)
    progress.say("wrote " + ", ".join(printable(f) for f in result.files))
    return EXIT_OK


def run_folder(folder: Path, out: Path | None, options: Options, progress: Progress) -> int:
    """One result per clip of `folder` (not its subfolders) in `out`. Returns 0, or 3 with the failures listed."""
    if out is None:
        raise UsageError("a folder of clips needs a folder for the results", "give --out DIR", path=folder)
    if options.report is not None:
        raise UsageError("--report names one file, but the input is a folder of clips", "use --plots, or run clip by clip", path=folder)
    for name, path in (("html", options.html), ("rerun", options.rerun)):
        if path is not None:
            what = f"--{name} names one file, but the input is a folder of clips"
            raise UsageError(what, f"use --export {name}: one for each", path=folder)
    clips = list(iter_clips(folder))
    if not clips:
        raise InputError("no clips in this folder", "it is searched for video files, not its subfolders", path=folder)
    _refuse_collisions(clips, options)
    make_folder(out)
    from kasf_demo.engine import Engine

    failed: list[tuple[Path, str]] = []
    with Engine(options, progress) as engine:
        for n, clip in enumerate(clips, 1):
            progress.say(f"[{n}/{len(clips)}] {printable(clip)}")
            try:
                _analyse_one(clip, out, options, engine, progress)
            except KasfError as e:
                failed.append((clip, str(e)))
            except Exception as e:
                failed.append((clip, f"{printable(clip)}: a bug ({EXIT_BUG}): {type(e).__name__}: {e}"))
    for _, why in failed:
        print(f"error: {printable(why)}", file=sys.stderr)
    progress.say(f"{len(clips) - len(failed)} of {len(clips)} clips done" + (f", {len(failed)} failed" if failed else ""))
    return EXIT_SOME_FAILED if failed else EXIT_OK


def _analyse_one(clip: Path, out: Path, options: Options, engine: object, progress: Progress) -> None:
    from kasf_demo.engine import Engine
    from kasf_demo.pipeline import analyse

    assert isinstance(engine, Engine)
    analyse(clip, out / f"{clip.stem}.mp4", options=options, engine=engine, progress=progress)


CLIP_SUFFIXES = frozenset(
    [
        ".mp4",
        ".mov",
        ".m4v",
        ".mkv",
        ".webm",
        ".avi",
        ".mpg",
        ".mpeg",
        ".ts",
        ".mts",
        ".m2ts",
        ".wmv",
        ".flv",
        ".3gp",
        ".gif",
        ".ogv",
        ".mxf",
    ]
)


def iter_clips(folder: Path) -> Iterator[Path]:
    """The clips directly in `folder`, by name; hidden files and other file types are passed over. What looks like a clip and
    is not one (a folder, a pipe, a dangling link) is kept: it fails with its own line."""
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".") and path.suffix.lower() in CLIP_SUFFIXES:
            yield path


def _refuse_collisions(clips: list[Path], options: Options) -> None:
    """Raises UsageError where two clips would write the same file: a.mp4 and a.mov, or with --export a.mp4 and a.p1.mp4."""
    stems: dict[str, Path] = {}
    for clip in clips:
        other = stems.setdefault(clip.stem.casefold(), clip)
        if other is not clip:
            raise UsageError(f"and {other.name} would both become {clip.stem}.mp4", "rename one of them", path=clip)
    for stem, clip in stems.items() if options.export or options.plots else ():
        plain = re.sub(r"(\.(angles|path|moments))?(\.p[0-9]+)?$", "", stem)
        if plain != stem and plain in stems:
            raise UsageError(f"its files would have the names of those of {stems[plain].name}", "rename one of them", path=clip)
