"""The demo clips: their files, titles, and the options implied by their ground truth."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kasf_demo.errors import InputError, UsageError
from kasf_demo.evaluate.ground_truth import Truth, load_truth

INDEX = "clips.toml"


@dataclass(frozen=True)
class Demo:
    """One clip with its ground truth. title: what it shows; camera: how it is filmed."""

    name: str
    title: str
    camera: str
    clip: Path
    truth: Path

    def load_truth(self) -> Truth:
        """Raises InputError if it is damaged."""
        return load_truth(self.truth)


def demos_dir() -> Path:
    """The folder of clips.toml: inside an installed package, or `demo_videos/` of a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_demos"
    return installed if installed.is_dir() else package.parents[1] / "demo_videos"


def demos(folder: Path | None = None) -> dict[str, Demo]:
    """Name to clip, in the order of clips.toml, of those present with ground truth. Raises InputError for a damaged
    index."""
    folder = folder or demos_dir()
    index = folder / INDEX
    try:
        tables = tomllib.loads(index.read_text(encoding="utf-8"))
        found = [
            Demo(n, str(t["title"]), str(t["camera"]), folder / f"{n}.mp4", folder / f"{n}.gt.npz")
            for n, t in tables.items()
        ]
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise InputError(f"the list of demo clips cannot be read: {e}", "install kasf-demo again", path=index) from None
    return {d.name: d for d in found if d.clip.is_file() and d.truth.is_file()}


def find_demo(name: str) -> Demo:
    """The clip called `name`. Raises UsageError that lists those there are."""
    known = demos()
    if name not in known:
        raise UsageError(
            f"no demo clip is called {name!r}", f"one of {', '.join(known) or 'none: install kasf-demo again'}"
        )
    return known[name]


def options_for(truth: Truth) -> dict[str, Any]:
    """Options implied by the ground truth: mean stature, and `athlete="all"` if there are several athletes."""
    return {"height_m": float(truth.stature_m.mean()), "athlete": "all" if truth.athletes > 1 else "auto"}
