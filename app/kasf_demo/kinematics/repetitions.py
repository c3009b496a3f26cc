"""Repetitions of any exercise, by the self-similarity of its motion.

Each of the greatest principal components of the joint angles proposes cuts, at its extremes on one side. The cuts whose
mean piece, a curve from 0 to 100 % of the time, explains most of the motion are taken; of cuts that do so nearly as
well, those with most pieces. How much pieces differ is the share of the motion's variance that their mean leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from kasf_demo.kinematics.peaks import find_peaks
from kasf_demo.types.arrays import FloatArray

COMPONENTS = 3
MIN_REPS = 3
MIN_S, MAX_S = 0.35, 15.0  # of a repetition
SMOOTH_S = 0.1
PROMINENCE = 0.4  # of a component's range, 5th to 95th percentile
MIN_RANGE_DEG = 15.0  # of the motion's greatest component: below it nobody exercises
MAX_APART = 0.35  # share of variance that the mean repetition leaves; repeated exercises: docs/decisions.md
MAX_OWN = 1.0  # of a single repetition: beyond it, it is none of them
NEARLY = 0.05
POINTS = 101
EDGE = 0.02  # of the way: where the first begins and the last ends
REST, MAX_REST = 0.1, 0.3  # within this share of the extreme is rest; a sine rests for 0.2 of its time
LENGTHS = 2.0  # a piece may last so many times longer or shorter than the median one


class Repetition(NamedTuple):
    """start_s, turn_s, end_s: the turn is the extreme on the other side."""

    start_s: float
    turn_s: float
    end_s: float


class Repetitions(NamedTuple):
    """apart: share of the variance that the mean repetition does not explain, 0 to 1. explained: how far the angles
    move within the repetitions, less that share, degrees."""

    each: tuple[Repetition, ...]
    apart: float
    explained: float


def find_repetitions(curves: FloatArray, times_s: FloatArray) -> Repetitions | None:
    """Of (T, A) angles at (T,) times, none NaN, degrees; None if there are less than `MIN_REPS` that are alike."""
    if len(curves) < 10:
        return None
    smooth = _smoothed(curves, times_s)
    centred = smooth - smooth.mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    found = []
    for axis in axes[:COMPONENTS]:
        along = centred @ axis
        low, high = np.percentile(along, [5, 95])
        if high - low < MIN_RANGE_DEG:
            break
        for way in (along, -along):
            pieces = _pieces(way, times_s, float(high - low))
            kept = _alike(smooth, times_s, pieces)
            if kept is not None:
                found.append(kept)
    if not found:
        return None
    best = max(r.explained for r in found)
    return max((r for r in found if r.explained >= (1 - NEARLY) * best), key=lambda r: (len(r.each), r.explained))


def _smoothed(curves: FloatArray, times_s: FloatArray) -> FloatArray:
    """Running means over `SMOOTH_S`."""
    step_s = float(np.median(np.diff(times_s)))
    half = round(SMOOTH_S / 2 / step_s)
    if half < 1:
        return curves
    total = np.concatenate([np.zeros((1, curves.shape[1])), np.cumsum(curves, axis=0)])
    at = np.arange(len(curves))
    first, last = np.maximum(at - half, 0), np.minimum(at + half + 1, len(curves))
    return np.asarray((total[last] - total[first]) / (last - first)[:, None])


def _pieces(along: FloatArray, times_s: FloatArray, size: float) -> list[Repetition]:
    """Between successive minima of a component: rest on either side, if it is long, left out."""
    starts = [*_ends(along, times_s, size)]
    pieces = []
    for a, b in pairwise(starts):
        turn = a + int(np.argmax(along[a : b + 1]))
        pieces.append((a, turn, b))
    if not pieces:
        return []
    low, high = (float(np.median(along[[piece[i] for piece in pieces]])) for i in (0, 1))
    shares = [_moving(along, piece, low + REST * (high - low)) for piece in pieces]
    rests = [1 - (last - first) / max(b - a, 1) for (first, last), (a, _, b) in zip(shares, pieces, strict=True)]
    if np.median(rests) > MAX_REST:
        pieces = [(first, turn, last) for (first, last), (_, turn, _) in zip(shares, pieces, strict=True)]
    else:  # what is before the first and after the last is no part of them
        edge = low + EDGE * (high - low)
        (a, turn, b), (c, last_turn, d) = pieces[0], pieces[-1]
        pieces[0] = (_moving(along, (a, turn, b), edge)[0], turn, b)
        c = pieces[-1][0]
        pieces[-1] = (c, last_turn, _moving(along, (c, last_turn, d), edge)[1])
    return [Repetition(*(float(times_s[i]) for i in piece)) for piece in pieces if piece[0] < piece[1] < piece[2]]


def _ends(along: FloatArray, times_s: FloatArray, size: float) -> list[int]:
    """Minima between which the component rises by `PROMINENCE` of its range; the clip's ends too, if it is as low
    there as at the others."""
    peaks = [int(i) for i in find_peaks(along, PROMINENCE * size)]
    merged = [p for n, p in enumerate(peaks) if not n or times_s[p] - times_s[peaks[n - 1]] >= MIN_S / 2]
    if not merged:
        return []
    inner = [a + int(np.argmin(along[a : b + 1])) for a, b in pairwise(merged)]
    level = float(np.median(along[inner])) if inner else float(along.min())
    first = int(np.argmin(along[: merged[0] + 1]))
    last = merged[-1] + int(np.argmin(along[merged[-1] :]))
    near = level + 0.25 * size
    return [*([first] if along[first] <= near else []), *inner, *([last] if along[last] <= near else [])]


def _moving(along: FloatArray, piece: tuple[int, int, int], level: float) -> tuple[int, int]:
    """First and last frame of a piece outside of rest, which is below the level."""
    a, turn, b = piece
    before, after = np.flatnonzero(along[a:turn] < level), np.flatnonzero(along[turn + 1 : b + 1] < level)
    return a + int(before[-1]) if len(before) else a, turn + 1 + int(after[0]) if len(after) else b


def _alike(curves: FloatArray, times_s: FloatArray, pieces: Sequence[Repetition]) -> Repetitions | None:
    """The run of successive pieces that explains most of the motion; None if there is none of `MIN_REPS`."""
    if len(pieces) < MIN_REPS:
        return None
    shapes = aligned(curves, times_s, pieces)
    lasts = np.array([p.end_s - p.start_s for p in pieces])
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curves, axis=0), axis=1))])
    moved = np.array([np.ptp(np.interp([p.start_s, p.end_s], times_s, way)) for p in pieces])
    best: Repetitions | None = None
    for first in range(len(pieces) - MIN_REPS + 1):
        for end in range(first + MIN_REPS, len(pieces) + 1):
            usual = float(np.median(lasts[first:end]))
            if not (lasts[first:end] <= usual * LENGTHS).all() or not (lasts[first:end] >= usual / LENGTHS).all():
                continue
            own = _own_shares(shapes[first:end])
            apart = float(own.mean())
            run = Repetitions(tuple(pieces[first:end]), apart, (1 - apart) * float(moved[first:end].sum()))
            if apart <= MAX_APART and own.max() <= MAX_OWN and MIN_S <= usual <= MAX_S:
                best = run if best is None or run.explained > best.explained else best
    return best


def _own_shares(pieces: FloatArray) -> FloatArray:
    """(N,) mean squared distance of each of (N, P, A) curves to the mean of the others, by the variance within all."""
    count = len(pieces)
    others = (pieces.sum(0) - pieces) / (count - 1)
    variance = float(np.mean((pieces - pieces.mean((0, 1))) ** 2))
    # the mean of N - 1 others varies too
    return np.asarray(np.mean((pieces - others) ** 2, axis=(1, 2)) * (count - 1) / count / max(variance, 1e-9))


def aligned(values: FloatArray, times_s: FloatArray, each: Sequence[Repetition], points: int = POINTS) -> FloatArray:
    """(N, points, ...) of (T, ...) values, from the start to the end of each repetition, the turn at the median share
    of all."""
    phase = np.linspace(0, 1, points)
    flat = values.reshape(len(values), -1)
    out = []
    for r in each:
        at = times_of(r, each, phase)
        out.append(np.stack([np.interp(at, times_s, column) for column in flat.T], axis=-1))
    return np.stack(out).reshape(len(each), points, *values.shape[1:])


def turn_share(each: Sequence[Repetition]) -> float:
    """Median share of the time at which repetitions turn."""
    return float(np.median([(r.turn_s - r.start_s) / (r.end_s - r.start_s) for r in each]))


def times_of(r: Repetition, each: Sequence[Repetition], phase: FloatArray) -> FloatArray:
    """Seconds at (P,) shares of a repetition, whose turn is put at the median share of all."""
    return np.asarray(np.interp(phase, [0.0, turn_share(each), 1.0], [r.start_s, r.turn_s, r.end_s]))
