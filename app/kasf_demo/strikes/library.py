"""A library of shots: one common basis, styles as clusters, and where a new shot belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kasf_demo.errors import UsageError
from kasf_demo.strikes.cluster import IntArray, k_means, principal_components, silhouettes, squared_distances
from kasf_demo.strikes.window import POSES
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import H36M, H36M_NAMES

MIN_CLIPS = 10
VARIANCE, MAX_COMPONENTS = 0.95, 20
KS = range(2, 9)
FAR_PERCENTILE = 95.0
MAX_FOLDS = 40  # of the distances of clips that the basis has not seen
WEAK_SILHOUETTE = 0.25  # Kaufman and Rousseeuw 1990: below it no substantial structure has been found
NEAREST = 3
# Trunk and head of the 17 joints are inferred from limbs and face, and depend on the view
LIMBS = [j for j, name in enumerate(H36M_NAMES) if name[:2] in ("l_", "r_")]
_SHOULDERS = [H36M["l_shoulder"], H36M["r_shoulder"]]
_UPPER = [H36M[name] for name in ("spine", "thorax", "neck", "head")]


@dataclass(frozen=True)
class LibraryShot:
    """One shot of a library. posture (20, 17, 3) as in `AthleteShot`; features by name, in body heights,
    degrees and seconds, NaN where not known; link: where to see it, "" for nowhere; what: a word for its kind."""

    name: str
    posture: FloatArray
    features: dict[str, float]
    side: str = "r"
    link: str = ""
    what: str = ""


@dataclass(frozen=True, repr=False)
class ShotLibrary:
    """N shots of one kind in k styles. mean (D,) and basis (C, D) of the limbs' places, in body heights; centres
    (k, C); codes (N, C); labels (N,); style_postures (k, 20, 17, 3): the mean of each style; features (N, F) under
    feature_names, as `LibraryShot`; mean_silhouettes by k; far: the distance within which 95 % of the library's own
    clips lie if the basis has not seen them, root mean square of the limbs' places in body heights."""

    kind: str
    mean: FloatArray
    basis: FloatArray
    centres: FloatArray
    codes: FloatArray
    labels: IntArray
    style_postures: FloatArray
    names: tuple[str, ...]
    links: tuple[str, ...]
    whats: tuple[str, ...]
    sides: tuple[str, ...]
    feature_names: tuple[str, ...]
    features: FloatArray
    mean_silhouettes: dict[int, float]
    far: float
    made_of: str = ""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def k(self) -> int:
        """The number of styles."""
        return len(self.centres)

    @property
    def silhouette(self) -> float:
        """Mean silhouette of the library's clips: how clearly the styles are apart."""
        return self.mean_silhouettes[self.k]

    def counts(self) -> list[int]:
        """Clips of each style."""
        return [int((self.labels == i).sum()) for i in range(self.k)]

    def __repr__(self) -> str:
        return f"ShotLibrary({len(self)} {self.kind}s in {self.k} styles)"


@dataclass(frozen=True)
class Neighbour:
    """A clip of the library and its distance, root mean square in body heights."""

    name: str
    what: str
    link: str
    style: int
    distance: float


@dataclass(frozen=True)
class StyleMatch:
    """Where a shot belongs. style: 1, 2, ..., None where it is too far from all; nearest_style: whichever is the
    nearest. distance: to its centre, as the library's `far`. silhouette: -1 to 1, whether its style is nearer than the
    next one. percentiles: of each feature, the share of the library below it, per cent."""

    style: int | None
    nearest_style: int
    distance: float
    far: float
    silhouette: float
    nearest: tuple[Neighbour, ...]
    percentiles: dict[str, float]


def build_library(entries: Sequence[LibraryShot], kind: str, *, k: int | None = None, made_of: str = "") -> ShotLibrary:
    """k: the number of styles; None: that of KS with the best mean silhouette. Raises UsageError for fewer than
    MIN_CLIPS clips or a k that they do not allow."""
    if len(entries) < MIN_CLIPS:
        raise UsageError(
            f"a library needs {MIN_CLIPS} shots or more, these are {len(entries)}", "give more results of one kind"
        )
    if k is not None and not 2 <= k < len(entries):
        raise UsageError(f"--k {k} does not suit {len(entries)} shots", "give 2 to 8, or auto")
    rows = np.stack([style_row(e.posture) for e in entries])
    mean, basis = principal_components(rows, VARIANCE, MAX_COMPONENTS)
    codes = (rows - mean) @ basis.T
    tried = {n: k_means(codes, n) for n in ([k] if k else KS) if n < len(entries)}
    means = {n: float(silhouettes(codes, labels).mean()) for n, (_, labels) in tried.items()}
    best = max(means, key=lambda n: means[n])
    centres, labels = tried[best]
    postures = np.stack([e.posture for e in entries])
    names = tuple(dict.fromkeys(name for e in entries for name in e.features))
    return ShotLibrary(
        kind, mean, basis, centres, codes, labels,
        np.stack([postures[labels == i].mean(0) for i in range(best)]),
        tuple(e.name for e in entries), tuple(e.link for e in entries), tuple(e.what for e in entries),
        tuple(e.side for e in entries), names,
        np.array([[e.features.get(name, np.nan) for name in names] for e in entries]).reshape(len(entries), -1),
        means, float(np.percentile(_unseen_distances(rows, labels, len(basis)), FAR_PERCENTILE)), made_of,
    )  # fmt: skip


def match(library: ShotLibrary, posture: FloatArray, features: dict[str, float]) -> StyleMatch:
    """The style of a posture (20, 17, 3) of the library's kind; features as in `LibraryShot`."""
    row = style_row(posture)
    code = (row - library.mean) @ library.basis.T
    beyond = float(((row - library.mean - code @ library.basis) ** 2).sum())  # what the basis cannot show
    to_centres = squared_distances(code[None], library.centres)[0]
    own = int(to_centres.argmin())
    distance = _rms(to_centres[own] + beyond)
    to_clips = squared_distances(code[None], library.codes)[0]
    means = np.array([np.sqrt(to_clips[library.labels == i]).mean() for i in range(library.k)])
    others = float(np.delete(means, own).min())
    nearest = tuple(
        Neighbour(library.names[i], library.whats[i], library.links[i], int(library.labels[i]) + 1,
                  _rms(to_clips[i] + beyond))
        for i in np.argsort(to_clips, kind="stable")[:NEAREST]
    )  # fmt: skip
    return StyleMatch(
        own + 1 if distance <= library.far else None, own + 1, distance, library.far,
        (others - float(means[own])) / max(others, float(means[own]), 1e-12), nearest, _percentiles(library, features),
    )  # fmt: skip


def style_row(posture: FloatArray) -> FloatArray:
    """(720,) what styles are compared by: the places of the limbs' joints from the pelvis, of (20, 17, 3)."""
    return np.asarray(posture, float)[:, LIMBS].reshape(-1)


def posture_of(library: ShotLibrary, index: int) -> FloatArray:
    """(20, 17, 3) a clip of the library as its code has it. Trunk and head are those of its style, carried along with
    the shoulders."""
    out: FloatArray = library.style_postures[library.labels[index]].copy()
    before = out[:, _SHOULDERS].mean(1)
    limbs = (library.mean + library.codes[index] @ library.basis).reshape(POSES, len(LIMBS), 3)
    out[:, LIMBS] = limbs
    moved = out[:, _SHOULDERS].mean(1) - before
    out[:, _UPPER] += moved[:, None] * np.array([0.5, 1.0, 1.0, 1.0])[:, None]
    return out


def _rms(square_sum: float) -> float:
    """Root mean square distance of a joint."""
    return float(np.sqrt(square_sum / (POSES * len(LIMBS))))


def _unseen_distances(rows: FloatArray, labels: IntArray, components: int) -> FloatArray:
    """(N,) distance of each clip to the nearest style of a library without it (or without its fold, in large
    libraries)."""
    found = np.empty(len(rows))
    fold = np.arange(len(rows)) % MAX_FOLDS
    for number in np.unique(fold):
        out, rest = fold == number, fold != number
        mean, basis = principal_components(rows[rest], 1.0, components)
        codes, own = (rows[rest] - mean) @ basis.T, (rows[out] - mean) @ basis.T
        beyond = ((rows[out] - mean - own @ basis) ** 2).sum(-1)
        centres = np.stack([codes[labels[rest] == i].mean(0) for i in np.unique(labels[rest])])
        found[out] = [_rms(square) for square in squared_distances(own, centres).min(1) + beyond]
    return found


def _percentiles(library: ShotLibrary, features: dict[str, float]) -> dict[str, float]:
    found = {}
    for name, column in zip(library.feature_names, library.features.T, strict=True):
        known, value = column[np.isfinite(column)], features.get(name, float("nan"))
        if len(known) >= MIN_CLIPS and np.isfinite(value):
            found[name] = 100 * float(((known < value).sum() + (known == value).sum() / 2) / len(known))
    return found
