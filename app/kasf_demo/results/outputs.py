"""The output files of a run, checked before anything heavy is loaded."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from kasf_demo.errors import InputError, OutputError, UsageError, printable
from kasf_demo.files.atomic import is_special, same_file
from kasf_demo.files.text import check_file
from kasf_demo.options import FORMATS, Options
from kasf_demo.system import WINDOWS
from kasf_demo.system.names import unusable_part

PLOTS = ("angles.png", "angles.svg", "path.png", "path.svg", "moments.png", "moments.svg")
PER_PERSON = tuple(file for name, form in FORMATS.items() if form.per_person for file in (name, *form.more))
MAX_NAME_BYTES, MAX_PATH_BYTES = 255, 4000  # Linux takes paths of 4095 bytes; temporary names need some of them


@dataclass(frozen=True)
class Outputs:
    """The files of one clip: the same stem, one suffix each; None is not written.

    exports: format of --export to file, besides the joints' table and the JSON. plots: "angles.png" and so on to file.
    With `everybody`, plots and formats of one person have a file for each, NAME.p2.trc: see `of_person`.
    """

    video: Path | None
    csv: Path | None
    json: Path
    exports: dict[str, Path] = field(default_factory=dict)
    everybody: bool = False
    plots: dict[str, Path] = field(default_factory=dict)
    report: Path | None = None

    def all(self) -> list[Path]:
        """The files with names known before the clip is read, in the order of writing."""
        exports = [p for kind, p in self.exports.items() if not (self.everybody and kind in PER_PERSON)]
        plots = [] if self.everybody else list(self.plots.values())
        return [p for p in (self.video, self.csv, *exports, *plots, self.report, self.json) if p is not None]

    def of_person(self, kind: str, person: int) -> Path:
        """The file of one person in a format that holds one, or a plot: numbered with --athlete all, however many were
        found."""
        path = self.plots[kind] if kind in self.plots else self.exports[kind]
        return path.with_name(f"{path.stem}.p{person}{path.suffix}") if self.everybody else path

    def numbered(self) -> list[Path]:
        """Existing files that `of_person` may name."""
        found: list[Path] = []
        for kind, path in [*self.exports.items(), *self.plots.items()]:
            if self.everybody and kind in (*PER_PERSON, *self.plots):
                name = re.compile(re.escape(path.stem) + r"\.p[0-9]+" + re.escape(path.suffix))
                found += sorted(p for p in path.absolute().parent.iterdir() if name.fullmatch(p.name))
        return found


def default_out(clip: Path) -> Path:
    """`NAME_pose.mp4` in the working folder."""
    return Path(f"{clip.stem}_pose.mp4")


def refuse_nowhere(options: Options) -> None:
    """Raises UsageError if files are requested without `out`, from which their names are made."""
    asked = [name for name in ("html", "rerun", "report") if getattr(options, name) is not None]
    asked += ["plots"] * options.plots + ["export"] * bool(options.export)
    if asked:
        what = f"{' and '.join(f'{name}=' for name in asked)} asked for, but no place for the results"
        raise UsageError(what, 'give out="NAME.mp4" (with video=False and csv=False if only those are wanted)')


def plan_outputs(clip: Path, out: Path, options: Options) -> Outputs:
    """The files for `clip` under `out` (NAME.mp4).

    Raises UsageError for another extension or when an output is an input, OutputError when the folder is missing or not
    writable, or when a file exists and --overwrite was not given.
    """
    for path in (out, options.html, options.rerun, options.report):
        if path is not None:
            check_name(path)
    if out.suffix.lower() != ".mp4":
        name = out / default_out(clip) if os.path.isdir(out) else out.name.strip(".") and out.with_suffix(".mp4").name
        raise UsageError("the result is an .mp4 file", f"use --out {printable(name or default_out(clip))}", path=out)
    if options.opensim_model or options.opensim_markers:
        from kasf_demo.results.opensim_markers import check_opensim  # numpy, which `--help` can do without

        check_opensim(options)
    check_packages(options)
    outputs = named(out, options)
    if outputs.report is not None and any(
        same_file(outputs.report, path) for path in outputs.all() if path is not outputs.report
    ):
        raise UsageError("another output has that name", "give --report another one", path=outputs.report)
    for path in outputs.all():
        for source in (clip, options.keypoints, options.opensim_model, options.opensim_markers):
            if source is not None and same_file(path, source):
                raise UsageError("the output would replace the input", "choose another name for --out", path=path)
    for folder in dict.fromkeys(path.absolute().parent for path in (out, *outputs.all())):
        check_folder(folder)
    _check_names(outputs)
    for path in (*outputs.all(), *outputs.numbered()):
        if path.is_dir():
            raise OutputError("is a folder", "give --out a file name", path=path)
        if is_special(path):
            raise OutputError("is a pipe or a device", "give --out a file name", path=path)
        if not options.overwrite and os.path.lexists(path):
            raise OutputError("already exists", "pass --overwrite to replace it", path=path)
    return outputs


def check_packages(options: Options) -> None:
    """Raises UsageError if a format that is asked for needs a package that is not installed."""
    if "c3d" in options.export and importlib.util.find_spec("ezc3d") is None:
        raise UsageError("--export c3d needs the package ezc3d", "pip install 'kasf-demo[formats]', or leave c3d out")
    if "opensim" in options.export and importlib.util.find_spec("opensim") is None:
        what = "--export opensim needs the package opensim"
        raise UsageError(what, "pip install 'kasf-demo[opensim]', or leave opensim out")
    if ("rerun" in options.export or options.rerun) and importlib.util.find_spec("rerun") is None:
        raise UsageError("--rerun needs the package rerun-sdk", "pip install 'kasf-demo[rerun]', or leave it out")


def named(out: Path, options: Options) -> Outputs:
    """The files for `out` (NAME.mp4), unchecked."""
    exports: dict[str, Path] = {}
    for kind in options.export:
        form = FORMATS[kind]
        beside = {form.with_format: FORMATS[form.with_format].suffix} if form.with_format else {}
        for name, suffix in ({kind: form.suffix} | dict(form.more) | beside if kind != "json" else {}).items():
            exports[name] = out.with_name(out.stem + suffix)
    if options.html is not None:
        exports["html"] = options.html
    if options.rerun is not None:
        exports["rerun"] = options.rerun
    video, csv = out if options.video else None, out.with_suffix(".csv") if options.csv else None
    plots = {kind: out.with_name(f"{out.stem}.{kind}") for kind in PLOTS} if options.plots else {}
    return Outputs(video, csv, out.with_suffix(".json"), exports, options.athlete == "all", plots, options.report)


def check_name(path: Path) -> None:
    """Raises OutputError if `path` or a part of it is longer than the file system allows, or no name on Windows."""
    if why := unusable_part(path):
        raise OutputError(why, "choose another name", path=path)
    folder = path.absolute().parent
    most = MAX_NAME_BYTES
    if not WINDOWS:
        with contextlib.suppress(OSError, ValueError, StopIteration):
            most = os.pathconf(next(p for p in (folder, *folder.parents) if os.path.isdir(p)), "PC_NAME_MAX")
    longest = max((os.fsencode(part) for part in path.absolute().parts), key=len)
    if len(longest) > most or len(os.fsencode(path.absolute())) >= MAX_PATH_BYTES:
        what = f"the name of a result has {len(longest)} bytes, more than the {most} of a file name"
        if len(longest) <= most:
            what = f"the path of a result has more than {MAX_PATH_BYTES} bytes"
        raise OutputError(what, "give --out a shorter name", path=path)


def _check_names(outputs: Outputs) -> None:
    """Check the length of all result names, also per person with --athlete all, before detection."""
    for path in outputs.all():
        check_name(path)
    if outputs.everybody:
        for kind in (*outputs.plots, *(k for k in outputs.exports if k in PER_PERSON)):
            check_name(outputs.of_person(kind, 9999))


def check_folder(folder: Path) -> None:
    """Raises OutputError unless files can be made in `folder`."""
    if not os.path.isdir(folder):
        what = "is not a folder" if os.path.lexists(folder) else "the output folder does not exist"
        raise OutputError(what, "create it or choose another --out", path=folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(
            "the output folder is not writable", "change its permissions or choose another --out", path=folder
        )


def make_folder(folder: Path) -> None:
    """Makes the folder for the results of many clips, if its parent is there. Raises OutputError unless files can be
    made in it."""
    check_name(folder)
    if not os.path.lexists(folder) and os.path.isdir(folder.parent):
        check_folder(folder.parent)
        folder.mkdir()
    check_folder(folder)


def check_clip(clip: Path) -> None:
    """Raises InputError before models are loaded if `clip` is not a file; the reader checks the rest."""
    try:
        os.lstat(clip)
    except (OSError, ValueError) as error:  # ValueError: a NUL, or half a surrogate pair
        missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
        what = "no such file" if missing else f"cannot be read: {getattr(error, 'strerror', 'not a file name')}"
        raise InputError(what, "check the path", path=clip) from None
    if os.path.isdir(clip):
        raise InputError("is a folder", "pass a clip, or a folder with --out DIR", path=clip)
    if not os.path.exists(clip):
        raise InputError("a symbolic link to a file that does not exist", "check where it leads", path=clip)
    if not clip.is_file():  # before it is opened: a pipe would block forever
        raise InputError("not a regular file", "pass a video file", path=clip)


def check_keypoints(path: Path | None) -> None:
    """Raises InputError early for a path of --keypoints that is neither a file nor a folder: a device would never reach
    its end."""
    if path is not None and not os.path.isdir(path):
        check_file(path, "the keypoints file", InputError)
