"""Who in one view is who in another, and by how much the clocks differ: by motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kasf_demo.multiview.seen import SeenPerson, SeenView
from kasf_demo.multiview.sync import APART_S, Offset, find_offsets
from kasf_demo.types.arrays import FloatArray

ALIKE = 0.0  # score above which two people at an offset may be one; unlike ones reach 0.1 by chance
MAX_PEOPLE = 3


@dataclass(frozen=True)
class Candidate:
    """offset_s of the second camera's clock; pairs: ids of the same people; score: sum of their correlations."""

    offset_s: float
    pairs: tuple[tuple[int, int], ...]
    score: float


def candidates(
    first: SeenView,
    second: SeenView,
    wanted: tuple[int | None, int | None] = (None, None),
    offset_s: float | None = None,
    most: int = 4,
) -> list[Candidate]:
    """Offsets with the people that move alike at them, best first. wanted: ids of people who are the same; offset_s:
    the only offset, if it is known."""
    curves: dict[tuple[int, int], tuple[FloatArray, FloatArray]] = {}
    offsets: list[Offset] = []
    for a in first.people:
        for b in second.people:
            if (a.id == wanted[0]) != (b.id == wanted[1]) and None not in wanted:
                continue
            found, lags, score = find_offsets(a, b, first, second)
            if (score > -1).any():
                curves[a.id, b.id] = lags, score
                offsets += found
    if offset_s is not None:
        offsets = [Offset(offset_s, 0.0)]
    made = [_assigned(o.offset_s, curves, first.people, second.people) for o in offsets]
    made.sort(key=lambda c: -c.score)
    kept: list[Candidate] = []
    for c in made:
        if c.pairs and not any(abs(k.offset_s - c.offset_s) < APART_S / 2 for k in kept):
            kept.append(c)
    return kept[:most]


def _assigned(offset_s: float, curves: Any, first: tuple[SeenPerson, ...], second: tuple[SeenPerson, ...]) -> Candidate:
    """The one-to-one pairs with the highest sum of correlations at an offset."""
    from scipy.optimize import linear_sum_assignment

    gain = np.full((len(first), len(second)), -1.0)
    for i, a in enumerate(first):
        for k, b in enumerate(second):
            if (a.id, b.id) in curves:
                lags, score = curves[a.id, b.id]
                gain[i, k] = np.interp(offset_s, lags, score, left=-1, right=-1)
    rows, columns = linear_sum_assignment(-np.maximum(gain, ALIKE))
    pairs = [(first[i].id, second[k].id, gain[i, k]) for i, k in zip(rows, columns, strict=True)]
    alike = sorted((p for p in pairs if p[2] > ALIKE), key=lambda p: -p[2])[:MAX_PEOPLE]
    if not alike:  # the best pair, for the geometry to judge
        alike = [p for p in sorted(pairs, key=lambda p: -p[2])[:1] if p[2] > -1]
    return Candidate(offset_s, tuple((a, b) for a, b, _ in alike), float(sum(max(s, 0.0) for _, _, s in alike)))
