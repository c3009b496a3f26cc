"""`kasf-demo shots build|list|import-3dsp`: libraries of shots."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from kasf_demo.cli.clip_options import Debug, Overwrite
from kasf_demo.cli.shared import new_app
from kasf_demo.errors import InputError, KasfError, UsageError, printable
from kasf_demo.files.atomic import check_target, output_error, same_file

app = new_app("Libraries of shots: build, list, import.")
Kind = Annotated[
    Literal["auto", "kick", "throw"], typer.Option("--kind", help="What the results show. auto: what the first one shows.")
]  # fmt: skip


@app.command("build")
def shots_build(
    library: Annotated[Path, typer.Argument(metavar="LIB.npz", help="The library to write.")],
    results: Annotated[
        list[Path],
        typer.Argument(metavar="RESULTS...", help="Folders or shot.npz of `shot`, or results: pose.json, pose.npz."),
    ],
    k: Annotated[str, typer.Option("--k", help="Number of styles, 2 to 8; auto: by the best mean silhouette.")] = "auto",
    kind: Kind = "auto",
    skip: Annotated[bool, typer.Option("--skip", help="Leave out results that show no shot, instead of stopping.")] = False,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:  # fmt: skip
    """Group shots into styles. Ten or more are needed."""
    if library.suffix.lower() != ".npz":
        raise UsageError("a library is an .npz file", f"write {library.with_suffix('.npz').name}", path=library)
    if any(same_file(library, path) for path in results):
        raise UsageError("the library would replace a result", "choose another name", path=library)
    check_target(library, overwrite)
    count = None if k == "auto" else _count(k)
    from kasf_demo.strikes.library import build_library
    from kasf_demo.strikes.library_file import save_library

    shots, chosen = _read_all(results, None if kind == "auto" else kind, skip)
    whats = Counter(shot.what or chosen for shot in shots)
    made_of = "; ".join(f"{n} x {what}" for what, n in whats.most_common())
    built = build_library(shots, chosen, k=count, made_of=made_of)
    save_library(library, built, overwrite=overwrite)
    _print_library(library.name, built)


@app.command("list")
def shots_list(
    library: Annotated[
        Path | None, typer.Argument(metavar="[LIB.npz]", help="A library; without, those that come along.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Show the styles of a library and its shots."""
    from kasf_demo.strikes.library_file import SHIPPED, load_library

    for path in [library] if library is not None else list(SHIPPED.values()):
        _print_library(path.name, load_library(path), shots=library is not None)


@app.command("import-3dsp")
def shots_import_3dsp(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder `train` of 3DSP.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for one .npz per shot, for `shots build`.")],
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Read the shots of 3DSP (AutoSoccerPose). Its 3D is lifted, no ground truth; its videos are SoccerNet's."""
    import numpy as np

    from kasf_demo.strikes.import_3dsp import clips_of, import_clip
    from kasf_demo.strikes.library_file import save_entry

    clips = clips_of(folder)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(error, out) from error
    for clip in clips:
        check_target(out / f"{clip.name}.npz", overwrite)
    for clip in clips:
        save_entry(out / f"{clip.name}.npz", import_clip(clip), "kick", np.ones(20, bool), overwrite=overwrite)
    print(f"wrote {len(clips)} shots in {printable(out)}; next: kasf-demo shots build LIB.npz {printable(out)}/*.npz")


def _count(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text[:3]) <= 8:
        raise UsageError(f"--k {text[:20]} is no number of styles", "give 2 to 8, or auto")
    return int(text)


def _read_all(results: list[Path], kind: Literal["kick", "throw"] | None, skip: bool) -> tuple[list[Any], str]:
    """The shots and their kind. Raises KasfError for one that is none, unless `skip`."""
    from kasf_demo.strikes.library import MIN_CLIPS

    if len(results) < MIN_CLIPS and not any(path.is_dir() for path in results):
        raise UsageError(
            f"a library needs {MIN_CLIPS} shots or more, these are {len(results)}", "give more results of one kind"
        )
    shots, wanted = [], kind
    for path in results:
        try:
            shot, found = _read(path, wanted)
        except KasfError as error:
            if not skip:
                raise
            print(f"left out: {error}")
            continue
        if wanted is not None and found != wanted:
            message = f"shows a {found}, the others {wanted}s"
            if not skip:
                raise UsageError(message, f"leave it out, or give --kind {found}", path=path)
            print(f"left out: {printable(path)}: {message}")
            continue
        wanted = wanted or found  # type: ignore[assignment]
        shots.append(shot)
    if wanted is None:
        raise UsageError("none of these shows a shot", "give results of kasf-demo shot")
    return shots, wanted


def _read(path: Path, kind: Literal["kick", "throw"] | None) -> tuple[Any, str]:
    """One shot and its kind: of a folder or file of `shot`, or of a result. A guess is no shot. Raises KasfError."""
    from kasf_demo.cli.recordings import open_people
    from kasf_demo.options import Options
    from kasf_demo.progress import Quiet
    from kasf_demo.strikes.choose import choose_shooter
    from kasf_demo.strikes.features import shot_features
    from kasf_demo.strikes.library_file import is_entry, load_entry
    from kasf_demo.strikes.measured import entry_of
    from kasf_demo.strikes.posture import make_shot

    file = path / "shot.npz" if path.is_dir() else path
    if is_entry(file):
        shot, found, unfit = load_entry(file)
        if unfit:
            raise InputError(
                f"no shot for a library: {unfit}",
                "measure it again, with --at or a longer clip, or --skip it",
                path=file,
            )
        return shot, found
    if file.suffix.lower() not in (".json", ".csv", ".npz"):
        raise UsageError("not a result", "give shot.npz or pose.json; clips are measured by kasf-demo shot", path=file)
    people = open_people(file, None, Options(), Quiet())
    choice = choose_shooter({key: opened.recording for key, opened in people.items()}, kind)
    if choice.how == "guess":
        raise InputError("no kick or throw stands out in this result", "measure it with kasf-demo shot --at", path=file)
    opened = people[choice.key]
    made = make_shot(opened.recording, choice.strike)
    return entry_of(made, shot_features(made), opened.name, str(file.absolute())), made.kind


def _print_library(name: str, library: Any, shots: bool = True) -> None:
    from kasf_demo.strikes.library import WEAK_SILHOUETTE

    tried = ", ".join(f"{k}: {s:.2f}" for k, s in library.mean_silhouettes.items())
    print(
        f"{printable(name)}: {len(library)} {library.kind}s in {library.k} styles; made of {printable(library.made_of)}"
    )
    print(f"  mean silhouette by number of styles: {tried}")
    if library.silhouette < WEAK_SILHOUETTE:
        print("  the styles are hardly apart: they divide what is a continuum")
    for i, count in enumerate(library.counts()):
        own = [n for n, label in zip(range(len(library)), library.labels, strict=True) if label == i]
        kinds = Counter(library.whats[n] or library.kind for n in own)
        print(f"  style {i + 1}: {count}: {printable(', '.join(f'{n} x {what}' for what, n in kinds.most_common()))}")
        if shots:
            print(f"    {printable(', '.join(library.names[n] for n in own))}")
