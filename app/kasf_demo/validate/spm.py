"""Statistical parametric mapping in one dimension: paired t over time, with a threshold for the largest of a smooth
random curve. Written from the formulas, not from spm1d.

Sources: smoothness by Kiebel et al. 1999 (Robust smoothness estimation in statistical parametric maps); Euler
characteristic densities of a t field by Worsley et al. 1996 (A unified statistical approach); probability of a cluster
by Friston et al. 1994 (Assessing the significance of focal activations); in biomechanics Pataky 2012.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from kasf_demo.types.arrays import FloatArray, runs

ALPHA = 0.05  # two-tailed
MIN_CURVES = 3
MAX_T = 1e6


@dataclass(frozen=True)
class SpmCluster:
    """A stretch of the curve beyond the threshold: its ends in samples, between which the curve is interpolated, and
    the probability of one so long anywhere (two-tailed)."""

    start: float
    end: float
    p: float


@dataclass(frozen=True)
class SpmResult:
    """t (Q,), its degrees of freedom, the threshold that |t| passes anywhere with probability ALPHA if there is no
    difference, the smoothness in samples, resels (Q - 1) / fwhm, and the clusters beyond the threshold."""

    t: FloatArray
    df: int
    critical: float
    fwhm: float
    resels: float
    clusters: tuple[SpmCluster, ...]


def paired_spm(a: FloatArray, b: FloatArray) -> SpmResult:
    """SPM{t} of curves (N, Q) and (N, Q) in pairs. ValueError for fewer than MIN_CURVES pairs, or no variance at
    all."""
    d = np.asarray(a, np.float64) - np.asarray(b, np.float64)
    n, samples = d.shape
    if n < MIN_CURVES or samples < 3:
        raise ValueError(f"{n} pairs of {samples} samples are too few")
    spread = d.std(0, ddof=1)
    if not spread.any():
        raise ValueError("the differences do not vary")
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.nan_to_num(d.mean(0) / (spread / math.sqrt(n)), nan=0.0, posinf=MAX_T, neginf=-MAX_T)
    fwhm = smoothness(d - d.mean(0))
    resels = (samples - 1) / fwhm
    critical = threshold(ALPHA / 2, n - 1, resels, samples)
    clusters = [c for sign in (1, -1) for c in _clusters(sign * t, critical, n - 1, fwhm, resels)]
    return SpmResult(t, n - 1, critical, fwhm, resels, tuple(sorted(clusters, key=lambda c: c.start)))


def smoothness(residuals: FloatArray) -> float:
    """Full width at half maximum, in samples, of the Gaussian kernel that would make noise as smooth as residuals (N,
    Q)."""
    squares = (residuals**2).sum(0)
    slopes = (np.gradient(residuals, axis=1) ** 2).sum(0)
    there = squares > 0
    return float(1 / max(np.sqrt(slopes[there] / squares[there] / (4 * math.log(2))).mean(), 1e-9))


def _densities(t: float, df: int) -> tuple[float, float]:
    """Euler characteristic densities of dimension 0 and 1 of a t field, per resel."""
    line = math.sqrt(4 * math.log(2)) / (2 * math.pi) * (1 + t * t / df) ** (-(df - 1) / 2)
    return float(stats.t.sf(t, df)), line


def threshold(alpha: float, df: int, resels: float, samples: int) -> float:
    """The t that a smooth random curve passes upwards anywhere with probability alpha; Bonferroni's over the samples,
    if that is lower (rough curves)."""

    def excess(t: float) -> float:
        point, line = _densities(t, df)
        return 1 - math.exp(-(point + resels * line)) - alpha

    high = 10.0
    while excess(high) > 0 and high < MAX_T:
        high *= 10
    field = float(optimize.brentq(excess, 0.0, high, xtol=1e-12)) if excess(high) < 0 < excess(0.0) else high
    return min(field, float(stats.t.isf(alpha / samples, df)))


def _clusters(t: FloatArray, critical: float, df: int, fwhm: float, resels: float) -> list[SpmCluster]:
    """Where t is above the threshold, with ends interpolated between samples."""
    found = []
    for first, end in runs(t >= critical):
        last = end - 1
        start_at = first if first == 0 else first - 1 + (critical - t[first - 1]) / (t[first] - t[first - 1])
        end_at = last if end == len(t) else last + (t[last] - critical) / (t[last] - t[end])
        found.append(
            SpmCluster(float(start_at), float(end_at), _cluster_p(end_at - start_at, critical, df, fwhm, resels))
        )
    return found


def _cluster_p(length: float, critical: float, df: int, fwhm: float, resels: float) -> float:
    """Two-tailed probability of a cluster of that length (samples) or longer anywhere."""
    point, line = _densities(critical, df)
    clusters, above = resels * line, resels * point  # expected: clusters, and resels above the threshold
    if above <= 0:
        return 0.0
    beta = (math.gamma(1.5) * clusters / above) ** 2
    one = math.exp(-beta * (length / fwhm) ** 2)
    return float(min(1.0, 2 * (1 - math.exp(-(point + clusters) * one))))
