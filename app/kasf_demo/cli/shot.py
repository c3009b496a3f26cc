"""`kasf-demo shot CLIP --out DIR`: who shot, how, and like whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

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
from kasf_demo.cli.one_clip import progress_on_stderr
from kasf_demo.cli.output_files import write_csv, write_json
from kasf_demo.cli.recordings import Opened, open_people, pictures_of
from kasf_demo.cli.shared import EPILOG, new_app, options_given
from kasf_demo.errors import UsageError, printable
from kasf_demo.files.atomic import atomic_write_path, check_target, output_error

app = new_app()
FILES = {"json": "shot.json", "csv": "shot.csv", "npz": "shot.npz", "html": "shot.html", "motion": "motion.html"}
NEAR_S = 0.055  # moments nearer than this are one picture, with the numbers of both


@app.command("shot", epilog=EPILOG)
def shot_command(
    ctx: typer.Context,
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A clip, or a result: pose.json, pose.csv or pose.npz.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for shot.html, motion.html, shot.json, shot.csv and shot.npz.")],
    library: Annotated[str | None, typer.Option("--library", metavar="LIB.npz", help="Library of `shots build`; none: no style.  [default: the one that comes along]")] = None,
    kind: Annotated[Literal["auto", "kick", "throw"], typer.Option("--kind", help="A kick or a throw. auto: a kick if there is one.")] = "auto",
    at_s: Annotated[float | None, typer.Option("--at", help="About when the shot is, seconds: instead of searching.")] = None,
    person: Annotated[int | None, typer.Option("--person", help="Person id.  [default: the shooter among all]")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Accept a clip that does not show all of the window.")] = False,
    autoencoder: Annotated[Path | None, typer.Option("--autoencoder", help="Weights of AutoSoccerPose's autoencoder: adds its code to the JSON.")] = None,
    images: Annotated[Path | None, typer.Option("--clip", help="The clip of a result, for the images of the page.")] = None,
    height_m: Height = None,
    detector: DetectorOrFile = "auto",
    quality: Quality = "balanced",
    keypoints: KeypointsFile = None,
    athlete: Athlete = "auto",
    start_s: Annotated[float | None, typer.Option("--start", help="Use the clip from this time on, seconds.")] = None,
    end_s: Annotated[float | None, typer.Option("--end", help="Use the clip up to this time, seconds.")] = None,
    slowmo: Annotated[float | None, typer.Option("--slowmo", help="How many times slower the clip plays.")] = None,
    offline: Offline = False,
    config: Annotated[Path | None, typer.Option("--config", help="TOML file with options of a run.")] = None,
    overwrite: Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    debug: Debug = False,
) -> None:  # fmt: skip
    """A kick or a throw: the shooter among everybody, numbers with their frames, style and nearest examples from a
    library, and a page. A clip that does not show the shot is refused (exit code 8)."""
    options = options_given(ctx, config, without=("out", "html", "csv"))
    _check(out, clip, images, overwrite)
    with progress_on_stderr(quiet) as progress:
        code = _encoder(autoencoder)
        known = _libraries(library)
        people = open_people(clip, images, options, progress)
        if person is not None and person not in people:
            raise UsageError(f"there is no person {person}", f"one of {', '.join(map(str, people))}", path=clip)
        chosen = {person: people[person]} if person is not None else people
        report, opened = _measure(chosen, len(people), None if kind == "auto" else kind, at_s, partial, known)
        report = code(report)
        progress.say("writing the page")
        _write(out, clip, opened, report, overwrite)
    _print(opened, report, out)


def _check(out: Path, clip: Path, images: Path | None, overwrite: bool) -> None:
    """Raises KasfError for outputs that cannot be written, before any work. Makes the folder."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(error, out) from error
    for name in FILES.values():
        if any(p is not None and (out / name).absolute() == p.absolute() for p in (clip, images)):
            raise UsageError("the output would replace an input", "choose another folder", path=out / name)
        check_target(out / name, overwrite)


def _libraries(given: str | None) -> Any:
    """A function from kind to library or None; a file that was given is read now. Raises InputError, UsageError."""
    from kasf_demo.strikes.library_file import SHIPPED, load_library

    if given == "none":
        return lambda kind: None
    if given is None:
        return lambda kind: load_library(SHIPPED[kind])
    library = load_library(Path(given))

    def of(kind: str) -> Any:
        if library.kind != kind:
            raise UsageError(f"the library holds {library.kind}s, this is a {kind}", f"--kind {library.kind}")
        return library

    return of


def _encoder(path: Path | None) -> Any:
    """A function that adds the code of the published autoencoder to a report. Raises ModelError."""
    if path is None:
        return lambda report: report
    from dataclasses import replace

    from kasf_demo.errors import ModelError
    from kasf_demo.strikes.published import as_3dsp, published_posture
    from lifting.tensorfile import CheckpointError
    from shotstyle import load_model

    try:
        model = load_model(path)
    except CheckpointError as e:
        raise ModelError(e.what, e.remedy, path=path) from None

    def encoded(report: Any) -> Any:
        import torch

        poses = torch.tensor(published_posture(as_3dsp(report.shot.posture)), dtype=torch.float32)
        with torch.no_grad():
            return replace(report, code=tuple(model.encode(poses[None])[0].tolist()))

    return encoded


def _measure(
    people: dict[int, Opened], count: int, kind: Literal["kick", "throw"] | None, at_s: float | None, partial: bool,
    libraries: Any,
) -> tuple[Any, Opened]:  # fmt: skip
    from kasf_demo.strikes.choose import choose_shooter
    from kasf_demo.strikes.measured import report_shot
    from kasf_demo.strikes.posture import make_shot

    choice = choose_shooter({key: opened.recording for key, opened in people.items()}, kind, at_s)
    opened = people[choice.key]
    shot = make_shot(opened.recording, choice.strike, certain=choice.how == "found", partial=partial)
    return report_shot(choice.key, choice.how, count, shot, libraries(shot.kind)), opened


def _moments(report: Any) -> list[tuple[float, str]]:
    """The back-swing, the strike and the follow-through, and other moments of numbers that are apart from these."""
    strike = report.shot.strike_s
    named = {"strike_height": "strike", "backswing_reach": "back-swing", "follow_height": "follow-through",
             "support_contact": "support foot planted", "largest_bend": "greatest bend"}  # fmt: skip
    found: list[tuple[float, str]] = []
    for key, name in named.items():
        times = [strike + v.at_s for v in report.values if v.key == key and v.at_s is not None and v.value is not None]
        if times and all(abs(times[0] - t) > NEAR_S for t, _ in found):
            found.append((times[0], name))
    return sorted(found)


def _write(out: Path, clip: Path, opened: Opened, report: Any, overwrite: bool) -> None:
    from kasf_demo import third_party

    third_party.prepare_matplotlib()
    from kasf_demo.compare.shot_page import shot_page
    from kasf_demo.plots.shot_html import write_shot_page
    from kasf_demo.results.shot_record import SHOT_COLUMNS, shot_record, shot_rows
    from kasf_demo.strikes.library_file import save_entry
    from kasf_demo.strikes.measured import entry_of
    from kasf_demo.viewer.html import write_page

    paths = {kind: out / name for kind, name in FILES.items()}
    write_json(paths["json"], shot_record(report, printable(clip.name)), overwrite)
    write_csv(paths["csv"], SHOT_COLUMNS, shot_rows(report), overwrite)
    entry = entry_of(report.shot, report.values, opened.name, str(paths["html"].absolute()))
    save_entry(
        paths["npz"], entry, report.shot.kind, report.shot.known, guess=report.how == "guess", overwrite=overwrite
    )
    write_page(paths["motion"], shot_page(f"{report.shot.kind}: {opened.name}", report), overwrite=overwrite)
    pictures = pictures_of(opened, _moments(report))
    with atomic_write_path(paths["html"], overwrite=overwrite) as part:
        write_shot_page(part, opened.name, report, pictures, FILES["motion"])


def _print(opened: Opened, report: Any, out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from kasf_demo.strikes.definitions import NUMBERS
    from kasf_demo.strikes.measured import ENDS, SIDES

    shot, match = report.shot, report.match
    console = Console()
    end = f"{SIDES[shot.side]} {ENDS[shot.kind]}"
    console.print(
        printable(f"{opened.name}: {shot.kind} with the {end} at {shot.strike_s:.2f} s ({report.how})"),
        markup=False, highlight=False,
    )  # fmt: skip
    if match is not None:
        style = f"style {match.style} of {report.library.k}" if match.style else "no style of the library"
        nearest = ", ".join(n.name for n in match.nearest)
        console.print(printable(f"{style}; nearest: {nearest}"), markup=False, highlight=False)
    for doubt in report.doubts:
        console.print(printable(f"not sure: {doubt}"), markup=False, highlight=False)
    table = Table()
    for column in ("number", "value", "unit", "frame", "percentile", "trust", "note"):
        table.add_column(
            column, justify="right" if column in ("value", "frame", "percentile") else "left", overflow="fold"
        )
    for v in report.values:
        number = NUMBERS[v.key]
        value = "-" if v.value is None else f"{v.value:z.{number.digits}f}"
        share = None if match is None else match.percentiles.get(v.key)
        table.add_row(
            number.words(shot.kind)[0], value, number.unit, "" if v.frame is None else str(v.frame),
            "" if share is None else f"{share:.0f}", v.trust, printable(v.note),
            style={"good": "", "rough": "", "no": "red"}[v.trust],
        )  # fmt: skip
    console.print(table)
    console.print(
        "rough: lengths and speeds scale with the height given, angles of one camera are off by 5 to 10° in the mean;"
        " no: do not trust",
        markup=False, highlight=False,
    )  # fmt: skip
    console.print(printable(f"wrote {', '.join(FILES.values())} in {out}"), markup=False, highlight=False)
