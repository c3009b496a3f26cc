"""The offset between two cameras' clocks from the motion itself: joint angles and their rates, which look the same from
everywhere, correlated over all offsets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.multiview.seen import SeenPerson, SeenView, bone_vectors, sampled, unit
from kasf_demo.types.arrays import FloatArray

GRID_HZ = 60.0  # offsets are searched on this grid and refined between its points
MIN_OVERLAP_S = 0.8
ROUGH = 4
SMOOTH_S = 0.03  # of the grid's values: less than the noise of lifted poses between frames
APART_S = 0.12  # peaks of the correlation nearer than that are one
# pairs of bones (rows of seen.BONES) whose angle is followed: elbows, knees, hips, shoulders
ANGLES = ((0, 1), (2, 3), (4, 5), (6, 7), (0, 10), (2, 11), (4, 10), (6, 11))


@dataclass(frozen=True)
class Offset:
    """offset_s: add it to the first camera's time for that of the second. score: mean correlation of angles and rates,
    -1 .. 1."""

    offset_s: float
    score: float


def features(person: SeenPerson, times_s: FloatArray, grid_s: FloatArray) -> FloatArray:
    """(G, 2 A) angles and their rates on a regular grid, NaN without the person."""
    directions = unit(bone_vectors(person.xyz))
    first, second = np.array(ANGLES).T
    angle = np.arccos(np.clip((directions[:, first] * directions[:, second]).sum(-1), -1, 1))
    own = _smooth(sampled(angle, times_s, grid_s), SMOOTH_S * GRID_HZ)
    return np.concatenate([own, np.gradient(own, axis=0) * GRID_HZ], axis=1)


def find_offsets(
    a: SeenPerson, b: SeenPerson, first: SeenView, second: SeenView, most: int = 5
) -> tuple[list[Offset], FloatArray, FloatArray]:
    """The best offsets of two people as if they were one, best first; and the correlation (L,) at all lags_s (L,)."""
    lags, score = correlation(_on_grid(a, first), _on_grid(b, second), first.times_s[0], second.times_s[0])
    return peaks(lags, score, most), lags, score


def rough_score(a: SeenPerson, b: SeenPerson, first: SeenView, second: SeenView) -> float:
    """The highest correlation over all offsets, by every ROUGH-th value; -1 if there is too little of it."""
    x, y = _on_grid(a, first)[::ROUGH], _on_grid(b, second)[::ROUGH]
    _, score = correlation(x, y, first.times_s[0], second.times_s[0], GRID_HZ / ROUGH)
    return float(score.max(initial=-1.0))


def _on_grid(person: SeenPerson, view: SeenView) -> FloatArray:
    start, end = view.span_s
    return features(person, view.times_s, start + np.arange(int((end - start) * GRID_HZ) + 1) / GRID_HZ)


def correlation(
    a: FloatArray, b: FloatArray, start_a: float, start_b: float, hz: float = GRID_HZ
) -> tuple[FloatArray, FloatArray]:
    """lags_s (L,) and the mean over features of Pearson's correlation, of a (G, K) and b (H, K) on grids that begin at
    start_a and start_b. Features that hardly vary count less."""
    shortest = int(MIN_OVERLAP_S * hz)
    shifts = np.arange(-(len(a) - shortest), len(b) - shortest + 1)
    score = np.full(len(shifts), -1.0)
    if not np.isfinite(a).any() or not np.isfinite(b).any():
        return start_b - start_a + shifts / hz, score
    spread = np.nanstd(a, axis=0) * np.nanstd(b, axis=0)
    floor = np.repeat(np.radians([3.0, 30.0]), a.shape[1] // 2) ** 2  # rad, rad/s: what lifted poses jitter anyway
    importance = spread / (spread + floor)
    for n, shift in enumerate(shifts.tolist()):
        rows = slice(max(0, -shift), min(len(a), len(b) - shift))
        x, y = a[rows], b[rows.start + shift : rows.stop + shift]
        both = np.isfinite(x).all(1) & np.isfinite(y).all(1)
        if both.sum() < shortest:
            continue
        x, y = x[both] - x[both].mean(0), y[both] - y[both].mean(0)
        size = np.sqrt((x**2).sum(0) * (y**2).sum(0))
        r = (x * y).sum(0) / (size + floor * both.sum())
        # a short overlap correlates by chance: Fisher's standard error of a correlation, with a tenth of the samples
        score[n] = (importance * r).sum() / max(importance.sum(), 1e-9) - 1 / np.sqrt(
            both.sum() * GRID_HZ / hz / 10 + 1
        )
    return start_b - start_a + shifts / hz, score


def peaks(lags_s: FloatArray, score: FloatArray, most: int) -> list[Offset]:
    """The highest local maxima, at least APART_S apart, between grid points by a parabola."""
    found: list[Offset] = []
    for n in np.argsort(-score).tolist():
        if score[n] <= -1 or len(found) == most:
            break
        if any(abs(lags_s[n] - f.offset_s) < APART_S for f in found):
            continue
        shift = 0.0
        if 0 < n < len(score) - 1 and min(score[n - 1], score[n + 1]) > -1:
            left, middle, right = score[n - 1 : n + 2]
            if middle < max(left, right):
                continue  # a slope, not a peak
            bend = left - 2 * middle + right
            shift = float(0.5 * (left - right) / bend) if bend < -1e-12 else 0.0
        found.append(Offset(float(lags_s[n] + shift / GRID_HZ), float(score[n])))
    return found


def _smooth(values: FloatArray, sigma: float) -> FloatArray:
    """Gaussian means over (G, K), without the values that are NaN."""
    half = max(1, int(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    known = np.isfinite(values)
    padded = np.pad(np.where(known, values, 0.0), ((half, half), (0, 0)))
    weight = np.pad(known.astype(float), ((half, half), (0, 0)))
    total = sum(k * padded[i : i + len(values)] for i, k in enumerate(kernel))
    share = sum(k * weight[i : i + len(values)] for i, k in enumerate(kernel))
    return np.where(known, total / np.maximum(share, 1e-9), np.nan)
