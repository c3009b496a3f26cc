"""`kasf-demo CLIP`: one clip, in this process. A folder is a batch of the clips directly in it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from kasf_demo.errors import EXIT_OK, UsageError, printable
from kasf_demo.options import Options
from kasf_demo.progress import Bars, Lines, Progress, Quiet
from kasf_demo.results.outputs import check_clip, check_keypoints, default_out, plan_outputs


def run_clip_or_folder(clip: Path, out: Path | None, options: Options, *, quiet: bool) -> int:
    """Analyses `clip`, or every clip of the folder `clip` into the folder `out`. Returns the exit code; raises KasfError."""
    if os.path.isdir(clip):
        return _run_folder(clip, out, options, quiet)
    with _progress(quiet) as progress:
        check_clip(clip)
        check_keypoints(options.keypoints)
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


def _run_folder(folder: Path, out: Path | None, options: Options, quiet: bool) -> int:
    if out is None:
        raise UsageError("a folder of clips needs a folder for the results", "give --out DIR", path=folder)
    from kasf_demo.batch.run import BatchOptions, run_batch

    return run_batch([str(folder)], out, options, BatchOptions(recursive=False, quiet=quiet))
