"""Everything that is said of one shot, for the record and the page."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kasf_demo.strikes.choose import How
from kasf_demo.strikes.features import ShotValue, per_height, shot_features
from kasf_demo.strikes.library import WEAK_SILHOUETTE, LibraryShot, ShotLibrary, StyleMatch, match
from kasf_demo.strikes.posture import AthleteShot
from kasf_demo.strikes.published import as_3dsp, published_features
from kasportsformer.skeleton import H36M

MAX_DOUBTFUL = 0.3  # share of the limb's frames in the window
SIDES = {"r": "right", "l": "left"}
ENDS = {"kick": "foot", "throw": "hand"}


@dataclass(frozen=True, repr=False)
class ShotReport:
    """how: the shooter was chosen. match: None without a library. published: the 25 features of AutoSoccerPose, of the
    posture as its data set has it. code: (64,) of its autoencoder, None without. doubts: why the choice or the style is
    not sure, in words; empty if they are."""

    person: int
    how: How
    people: int
    shot: AthleteShot
    values: tuple[ShotValue, ...]
    published: dict[str, float]
    library: ShotLibrary | None
    match: StyleMatch | None
    doubts: tuple[str, ...]
    code: tuple[float, ...] | None = None

    @property
    def features(self) -> dict[str, float]:
        """In body heights, degrees and seconds, NaN where not known: as libraries keep them."""
        return features_of(self.shot, self.values)


def features_of(shot: AthleteShot, values: tuple[ShotValue, ...]) -> dict[str, float]:
    """By key; lengths and speeds in body heights; NaN where not known or not to be trusted."""
    keys = [v.key for v in values]
    numbers = np.array([np.nan if v.value is None or v.trust == "no" else v.value for v in values])
    return dict(zip(keys, per_height(numbers, keys, shot.height_m).tolist(), strict=True))


def entry_of(
    shot: AthleteShot, values: tuple[ShotValue, ...], name: str, link: str = "", what: str = ""
) -> LibraryShot:
    """The shot for a library."""
    return LibraryShot(name, shot.posture, features_of(shot, values), shot.side, link, what)


def report_shot(person: int, how: How, people: int, shot: AthleteShot, library: ShotLibrary | None) -> ShotReport:
    """Measures a shot and finds its style."""
    values = shot_features(shot)
    found = None if library is None else match(library, shot.posture, features_of(shot, values))
    if found is not None and how == "guess":
        found = replace(found, style=None)  # what is no shot has no style, however near it is to one
    return ShotReport(
        person, how, people, shot, values, published_features(as_3dsp(shot.posture)), library, found,
        tuple(_doubts(how, shot, library, found)),
    )  # fmt: skip


def _doubts(how: How, shot: AthleteShot, library: ShotLibrary | None, found: StyleMatch | None) -> list[str]:
    end, doubts = ENDS[shot.kind], []
    if how == "guess":
        doubts.append(
            f"the shooter is a guess: no {shot.kind} stands out in this clip; this is the fastest {end}. Name the"
            " moment with --at or the person with --athlete. A guess has no style"
        )
    missing = int((~shot.known).sum())
    if missing:
        doubts.append(f"{missing} of 20 poses of the window are not in the clip: the nearest ones stand for them")
    limb = "leg" if end == "foot" else "arm"
    share = float(shot.doubtful[:, _limb(shot)].any(1).mean()) if len(shot.doubtful) else 1.0
    if share > MAX_DOUBTFUL:
        doubts.append(f"the {SIDES[shot.side]} {limb} is doubtful in {100 * share:.0f} % of the frames")
    elif len(shot.doubtful) and shot.doubtful[int(np.abs(shot.times_s).argmin()), _limb(shot)].any():
        doubts.append(
            f"the {SIDES[shot.side]} {limb} is doubtful at the strike: its numbers there are not to be trusted"
        )
    if found is not None and library is not None:
        if found.style is None and found.distance > found.far:
            doubts.append(
                f"no style: this shot is farther from every style of the library ({100 * found.distance:.1f} % of body"
                f" height) than 95 % of its own shots ({100 * found.far:.1f} %)"
            )
        elif found.style is not None and found.silhouette < 0:
            doubts.append("the style is not sure: another style's shots are nearer on average")
        if found.style is not None and found.percentiles.get("peak_speed", 100.0) == 0.0:
            doubts.append("it is slower than every shot of the library, so its style says little")
        if library.silhouette < WEAK_SILHOUETTE:
            doubts.append(
                f"the styles of this library are hardly apart (mean silhouette {library.silhouette:.2f}): they divide"
                " what is a continuum"
            )
    return doubts


def _limb(shot: AthleteShot) -> list[int]:
    parts = ("hip", "knee", "ankle") if shot.kind == "kick" else ("shoulder", "elbow", "wrist")
    return [H36M[f"r_{part}"] for part in parts]
