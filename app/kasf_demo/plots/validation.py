"""Small plots of a validation: mean curves, SPM{t} and Bland-Altman. Each fits a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from kasf_demo.plots.html_document import embedded
from kasf_demo.plots.style import new_figure
from kasf_demo.types.arrays import FloatArray

SIZE_IN = (3.6, 2.5)  # width, height
ESTIMATE, TRUTH, OUTSIDE = "#0072b2", "#4d4d4d", "#d55e00"
MAX_POINTS = 4000


@dataclass(frozen=True)
class CurveBand:
    """A mean curve (Q,) and its standard deviation (Q,)."""

    mean: FloatArray
    sd: FloatArray


def curves_image(title: str, unit: str, estimate: CurveBand, truth: CurveBand) -> str:
    """Mean and standard deviation of both over 0..100 % of the clip."""
    figure, axes = _axes(title)
    for band, colour, name in ((truth, TRUTH, "ground truth"), (estimate, ESTIMATE, "estimate")):
        x = np.linspace(0, 100, len(band.mean))
        axes.plot(x, band.mean, color=colour, label=name, linewidth=1.3)
        axes.fill_between(x, band.mean - band.sd, band.mean + band.sd, color=colour, alpha=0.18, linewidth=0)
    axes.set(xlabel="% of the clip", ylabel=unit, xlim=(0, 100))
    axes.legend(loc="upper right", ncols=2, borderaxespad=0.1)
    axes.margins(y=0.25)
    return embedded(figure, "svg", f"{title}: mean curves of estimate and ground truth")


def spm_image(title: str, t: FloatArray, critical: float, clusters: Sequence[tuple[float, float]]) -> str:
    """t over 0..100 % of the clip with both thresholds; `clusters` (start, end) in samples are shaded."""
    figure, axes = _axes(f"{title}, SPM{{t}}")
    scale = 100 / (len(t) - 1)
    axes.plot(np.arange(len(t)) * scale, t, color="#222222", linewidth=1.2)
    for sign in (1, -1):
        axes.axhline(sign * critical, color=OUTSIDE, linestyle="--", linewidth=0.9)
    for start, end in clusters:
        axes.axvspan(start * scale, end * scale, color=OUTSIDE, alpha=0.18, linewidth=0)
    axes.axhline(0, color="#aaaaaa", linewidth=0.6)
    axes.set(xlabel="% of the clip", ylabel="t", xlim=(0, 100))
    return embedded(
        figure, "svg", f"{title}: t over the clip; threshold {critical:.2f}, {len(clusters)} clusters beyond"
    )


def bland_altman_image(
    title: str, unit: str, estimate: FloatArray, truth: FloatArray, bias: float, low: float, high: float
) -> str:
    """Difference over mean of all frames (K,), with bias and limits of agreement."""
    figure, axes = _axes(f"{title}, Bland-Altman")
    step = max(1, -(-len(estimate) // MAX_POINTS))
    a, b = estimate[::step], truth[::step]
    axes.plot((a + b) / 2, a - b, ".", color=ESTIMATE, alpha=0.5, markersize=3.2, markeredgewidth=0, rasterized=True)
    for value, style in ((bias, "-"), (low, "--"), (high, "--")):
        axes.axhline(value, color=OUTSIDE, linestyle=style, linewidth=0.9)
    axes.set(xlabel=f"mean of estimate and ground truth, {unit}", ylabel=f"difference, {unit}")
    return embedded(figure, "svg", f"{title}: bias {bias:.2f} {unit}, limits {low:.2f} to {high:.2f} {unit}")


def _axes(title: str) -> tuple[Any, Axes]:
    figure = new_figure(SIZE_IN[1], SIZE_IN[0])
    axes = figure.subplots()
    axes.set_title(title)
    return figure, axes
