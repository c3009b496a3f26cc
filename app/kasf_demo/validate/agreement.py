"""How well curves of a result agree with true ones: correlation, RMSE, bias, limits of agreement, SPM.

Limits of agreement: Bland and Altman, Agreement between methods of measurement with multiple observations per
individual, J Biopharm Stat 2007: bias +- 1.96 standard deviations of a single difference, within and between curves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.validate.published_waveforms import resampled
from kasf_demo.validate.spm import SpmResult, paired_spm

SAMPLES = 101  # of a curve from 0 to 100 % of its clip
MIN_FRAMES = 10
LIMITS = 1.96


@dataclass(frozen=True)
class Waveform:
    """One curve of a clip: estimate and truth (T,), NaN where either is missing in `estimate` or `truth`. label: the
    clip and side."""

    label: str
    estimate: FloatArray
    truth: FloatArray

    @property
    def both(self) -> tuple[FloatArray, FloatArray]:
        """Estimate and truth in the frames that have both."""
        known = np.isfinite(self.estimate) & np.isfinite(self.truth)
        return self.estimate[known], self.truth[known]


@dataclass(frozen=True)
class Agreement:
    """Of one quantity over all curves and frames. r: Pearson over all values; r_curves: the median of the curves' own
    r, over those whose true range is at least `min_range`, `moving` of them. rmse, bias (estimate less truth), low and
    high limit of agreement in the quantity's unit; NaN where it cannot be computed. spm: None for too few curves."""

    name: str
    unit: str
    curves: int
    frames: int
    r: float
    r_curves: float
    moving: int
    rmse: float
    bias: float
    low: float
    high: float
    spm: SpmResult | None
    estimate_mean: FloatArray  # (101,) over the curves, with the standard deviation and the same of the truth
    estimate_sd: FloatArray
    truth_mean: FloatArray
    truth_sd: FloatArray


def agreement(name: str, unit: str, waveforms: Sequence[Waveform], *, min_range: float) -> Agreement | None:
    """The numbers of one quantity; None if no curve has MIN_FRAMES frames."""
    usable = [w for w in waveforms if len(w.both[0]) >= MIN_FRAMES]
    if not usable:
        return None
    pairs = [w.both for w in usable]
    estimate, truth = (np.concatenate([p[i] for p in pairs]) for i in (0, 1))
    off = estimate - truth
    sd = _single_sd([e - t for e, t in pairs])
    bias = float(off.mean())
    moving = [correlation(e, t) for e, t in pairs if np.ptp(t) >= min_range]
    known = [r for r in moving if math.isfinite(r)]
    a, b = (np.concatenate([resampled(p[i][None], SAMPLES) for p in pairs]) for i in (0, 1))
    return Agreement(
        name, unit, len(usable), len(off),
        r=correlation(estimate, truth), r_curves=float(np.median(known)) if known else math.nan, moving=len(known),
        rmse=float(np.sqrt((off**2).mean())), bias=bias, low=bias - LIMITS * sd, high=bias + LIMITS * sd,
        spm=_spm(a, b), estimate_mean=a.mean(0), estimate_sd=a.std(0), truth_mean=b.mean(0), truth_sd=b.std(0),
    )  # fmt: skip


def correlation(a: FloatArray, b: FloatArray) -> float:
    """Pearson's r; NaN if either does not vary."""
    a, b = np.asarray(a, np.float64).ravel(), np.asarray(b, np.float64).ravel()
    if len(a) < 2 or not np.ptp(a) > 0 or not np.ptp(b) > 0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def _single_sd(differences: Sequence[FloatArray]) -> float:
    """Standard deviation of a single difference: within and between curves, by a one-way analysis of variance."""
    counts = np.array([len(d) for d in differences], float)
    total, n = counts.sum(), len(counts)
    means = np.array([d.mean() for d in differences])
    within = sum(float(((d - d.mean()) ** 2).sum()) for d in differences) / max(total - n, 1)
    if n == 1:
        return math.sqrt(within)
    grand = float((counts * means).sum() / total)
    between = float((counts * (means - grand) ** 2).sum()) / (n - 1)
    size = (total - (counts**2).sum() / total) / (n - 1)
    return math.sqrt(within + max(0.0, (between - within) / size))


def _spm(a: FloatArray, b: FloatArray) -> SpmResult | None:
    try:
        return paired_spm(a, b)
    except ValueError:
        return None
