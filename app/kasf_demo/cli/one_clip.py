"""What the commands that analyse one clip do alike: progress, the checks beforehand, the line at the end."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kasf_demo.errors import printable
from kasf_demo.files.restore import tidy_up
from kasf_demo.options import Options
from kasf_demo.progress import Bars, Lines, Progress, Quiet
from kasf_demo.results.outputs import check_clip, check_keypoints, named, plan_outputs

if TYPE_CHECKING:  # numpy, which `--help` can do without
    from kasf_demo.types.result import Result


@contextlib.contextmanager
def progress_on_stderr(quiet: bool) -> Iterator[Progress]:
    """Bars on a terminal, lines elsewhere, nothing if `quiet`."""
    if quiet:
        yield Quiet()
    elif sys.stderr.isatty():
        with Bars() as bars:
            yield bars
    else:
        yield Lines()


def check(clip: Path, out: Path, options: Options, progress: Progress) -> None:
    """Raises KasfError for what is wrong with the clip, the keypoints or `out`, before torch is loaded. What a killed
    run left under the names of the results is cleaned up."""
    check_clip(clip)
    check_keypoints(options.keypoints)
    if out.suffix.lower() == ".mp4":
        planned = named(out, options)
        for line in tidy_up(planned.json, planned.all()):
            progress.say(line)
    plan_outputs(clip, out, options)


def report_files(result: Result, progress: Progress) -> None:
    """A line with the files that were written."""
    progress.say("wrote " + ", ".join(printable(f) for f in result.files))
