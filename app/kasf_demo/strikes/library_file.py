"""Libraries and single shots as .npz files without pickles, checked when they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.errors import InputError
from kasf_demo.files.atomic import atomic_write_path
from kasf_demo.files.npz import read_arrays
from kasf_demo.strikes.library import LIMBS, LibraryShot, ShotLibrary
from kasf_demo.strikes.window import POSES
from kasf_demo.types.arrays import BoolArray

FORMAT = "kasf-demo shot library 1"
SHOT_FORMAT = "kasf-demo shot 1"
KINDS = ("kick", "throw")
REMEDY = "build it again with kasf-demo shots build"
SHIPPED = {kind: Path(__file__).with_name(f"{kind}s.npz") for kind in KINDS}
_TEXTS = ("names", "links", "whats", "sides", "feature_names")
_NUMBERS = ("mean", "basis", "centres", "codes", "labels", "style_postures", "features", "far", "ks", "silhouettes")


def save_library(path: Path, library: ShotLibrary, *, overwrite: bool = False) -> None:
    """Whole or not at all. Raises OutputError."""
    arrays: dict[str, Any] = {name: np.array(getattr(library, name), dtype=str) for name in _TEXTS}
    for name in ("mean", "basis", "centres", "codes", "style_postures", "features"):
        arrays[name] = np.asarray(getattr(library, name), np.float32)
    arrays |= {
        "labels": library.labels.astype(np.int32), "far": np.array(library.far),
        "ks": np.array(list(library.mean_silhouettes)),
        "silhouettes": np.array(list(library.mean_silhouettes.values())),
        "format": np.array(FORMAT), "kind": np.array(library.kind), "made_of": np.array(library.made_of),
    }  # fmt: skip
    with atomic_write_path(path, overwrite=overwrite) as part, open(part, "wb") as file:
        np.savez_compressed(file, **arrays)


def load_library(path: Path) -> ShotLibrary:
    """Raises InputError for a file that is no library, or whose arrays do not fit together."""
    a = read_arrays(path, (*_TEXTS, *_NUMBERS, "format", "kind", "made_of"), "the library", REMEDY)
    try:
        if str(a["format"]) != FORMAT or str(a["kind"]) not in KINDS:
            raise ValueError(f"its format is {str(a['format'])[:60]!r}")
        n, components = a["codes"].shape
        k, f, d = len(a["centres"]), len(a["feature_names"]), POSES * len(LIMBS) * 3
        shapes = {
            "mean": (d,), "basis": (components, d), "centres": (k, components), "labels": (n,), "far": (),
            "style_postures": (k, POSES, 17, 3), "features": (n, f), "names": (n,), "links": (n,), "whats": (n,),
            "sides": (n,), "feature_names": (f,), "silhouettes": a["ks"].shape,
        }  # fmt: skip
        for name, shape in shapes.items():
            if a[name].shape != shape:
                raise ValueError(f"{name} has shape {a[name].shape}, not {shape}")
        finite = ("mean", "basis", "centres", "codes", "style_postures", "far", "silhouettes")
        if not all(np.isfinite(a[name]).all() for name in finite):
            raise ValueError("it has values that are not finite")
        if k < 2 or set(a["labels"].tolist()) != set(range(k)) or k not in a["ks"]:
            raise ValueError("its labels do not belong to its styles")
    except (KeyError, ValueError, TypeError, IndexError) as e:
        what = f"{e} is missing" if isinstance(e, KeyError) else str(e)
        raise InputError(f"not a library of shots: {what}", REMEDY, path=path) from None
    numbers = {name: np.asarray(a[name], float) for name in _NUMBERS}
    names, links, whats, sides, feature_names = (tuple(str(t) for t in a[name]) for name in _TEXTS)
    return ShotLibrary(
        str(a["kind"]), numbers["mean"], numbers["basis"], numbers["centres"], numbers["codes"],
        a["labels"].astype(np.intp), numbers["style_postures"], names, links, whats, sides, feature_names,
        numbers["features"], {int(n): float(s) for n, s in zip(a["ks"], a["silhouettes"], strict=True)},
        float(a["far"]), str(a["made_of"]),
    )  # fmt: skip


def save_entry(
    path: Path, entry: LibraryShot, kind: str, known: BoolArray, *, guess: bool = False, overwrite: bool = False
) -> None:
    """A shot for `shots build`; known (20,): which poses the clip shows; guess: whether the shooter is one. Raises
    OutputError."""
    text = {"name": entry.name, "side": entry.side, "link": entry.link, "what": entry.what, "features": entry.features}
    numbers = {k: None if not np.isfinite(v) else v for k, v in entry.features.items()}
    with atomic_write_path(path, overwrite=overwrite) as part, open(part, "wb") as file:
        np.savez_compressed(
            file, format=np.array(SHOT_FORMAT), kind=np.array(kind), posture=np.asarray(entry.posture, np.float32),
            known=np.asarray(known, bool), guess=np.array(guess),
            text=np.array(json.dumps({**text, "features": numbers})),
        )  # fmt: skip


def is_entry(path: Path) -> bool:
    """Whether a file is one of `save_entry`, by its name and its arrays."""
    if path.suffix.lower() != ".npz" or not path.is_file():
        return False
    return "posture" in read_arrays(path, ("posture",), "the shot", "make it with kasf-demo shot")


def load_entry(path: Path) -> tuple[LibraryShot, str, str]:
    """A file of `save_entry`: the shot, its kind, and why it does not belong in a library, "" if it does. Raises
    InputError."""
    a = read_arrays(
        path, ("format", "kind", "posture", "known", "guess", "text"), "the shot", "make it with kasf-demo shot"
    )
    try:
        if str(a["format"]) != SHOT_FORMAT or str(a["kind"]) not in KINDS:
            raise ValueError("another format")
        posture, text = np.asarray(a["posture"], float), json.loads(str(a["text"]))
        if posture.shape != (POSES, 17, 3) or not np.isfinite(posture).all() or a["known"].shape != (POSES,):
            raise ValueError(f"its posture has shape {posture.shape}, or values that are not finite")
        features = {str(k): float("nan") if v is None else float(v) for k, v in text["features"].items()}
        texts = {name: str(text[name])[:300] for name in ("name", "side", "link", "what")}
    except (KeyError, ValueError, TypeError, AttributeError) as e:
        raise InputError(f"not a shot of kasf-demo: {e}", "make it with kasf-demo shot", path=path) from None
    unfit = "the shooter is a guess" if bool(a.get("guess", False)) else ""
    unfit = unfit or ("" if a["known"].all() else "it was measured with --partial")
    return LibraryShot(posture=posture, features=features, **texts), str(a["kind"]), unfit
