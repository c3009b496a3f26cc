"""Names of results: no two clips may write the same file, and none may overwrite a batch file or an input."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kasf_demo.errors import UsageError, printable
from kasf_demo.files.atomic import same_file
from kasf_demo.options import Options
from kasf_demo.results.outputs import PER_PERSON, Outputs, named
from kasf_demo.system.names import unusable_part

STATE = "batch_files"  # the folder in the results' folder that holds journal, lock and posters
PDF, HTML = Path("each.pdf"), Path("each.html")  # --report of a batch: only the kind; the name follows from each result
_OWN = re.compile(r"summary\.(csv|json)|failures\.txt|index(-[0-9]+)?\.html")


def options_of(out: Path, options: Options) -> Options:
    """The options of the clip with the result `out` (NAME.mp4): where the batch's ask for a report, it is
    NAME.report.pdf or .html."""
    if options.report is None:
        return options
    return replace(options, report=out.with_name(f"{out.stem}.report{options.report.suffix.lower()}"))


def planned(out: Path, options: Options) -> Outputs:
    """The files of one clip."""
    return named(out, options_of(out, options))


def refuse_collisions(clips: Sequence[tuple[str, Path, Options]], folder: Path) -> None:
    """Raises UsageError if two of (name, clip, options) would write the same file in `folder`, upper and lower case
    being the same: a.mp4 and a.mov, or with --export a.mp4 and a.p1.mp4; where one would write a file of the batch
    itself; or replace an input."""
    owner: dict[str, Path] = {}
    numbered: dict[str, Path] = {}
    for name, clip, options in clips:
        _refuse_one_file(options, clip)
        outputs = planned(folder / f"{name}.mp4", options)
        for path in outputs.all():
            key = path.relative_to(folder).as_posix().casefold()
            if why := unusable_part(path.relative_to(folder)):
                raise UsageError(f"its result cannot have a name made from it: {why}", "rename the clip", path=clip)
            if _OWN.fullmatch(key) or key.split("/", 1)[0] == STATE:
                raise UsageError(
                    f"its result {key} would have the name of a file of the batch", "rename the clip", path=clip
                )
            other = owner.setdefault(key, clip)
            if other is not clip:
                raise UsageError(
                    f"and {printable(other)} would both become {printable(key)}", "rename one of them", path=clip
                )
            if same_file(path, clip):
                raise UsageError("its result would replace it", "choose another folder for --out", path=clip)
        for kind, file in [*outputs.exports.items(), *outputs.plots.items()] if outputs.everybody else ():
            if kind in (*PER_PERSON, *outputs.plots):
                path = file.relative_to(folder)
                numbered[f"{path.with_suffix('').as_posix()}|{path.suffix}".casefold()] = clip
    _refuse_numbered(owner, numbered)


def _refuse_one_file(options: Options, clip: Path) -> None:
    """Options that name a file, where every clip needs one of its own; of --report only the kind is left, see
    `each_its_own`."""
    if options.report is not None and options.report not in (PDF, HTML):
        what = "--report names one file, and there are many clips"
        raise UsageError(what, "use `kasf-demo batch ... --report pdf` for one of each", path=clip)
    for name, path in (("html", options.html), ("rerun", options.rerun)):
        if path is not None:
            raise UsageError(
                f"--{name} names one file, and there are many clips", f"use --export {name}: one for each", path=clip
            )


def _refuse_numbered(owner: Mapping[str, Path], numbered: Mapping[str, Path]) -> None:
    """How many files NAME.p1.trc, NAME.p2.trc there will be is not known: no other clip may have any."""
    for key, clip in owner.items() if numbered else ():
        match = re.fullmatch(r"(.+)\.p[0-9]+(\.[^.]+)", key)
        other = numbered.get(f"{match[1]}|{match[2]}") if match else None
        if other is not None and other is not clip:
            raise UsageError(
                f"its files would have the names of those of {printable(other)}", "rename one of them", path=clip
            )
