"""The reliability of the stated uncertainty as a plot: share of errors within what the statement allows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from kasf_demo.reconstruct.uncertainty import calibration

COLOURS = {"mediapipe": "#0072b2", "yolo": "#d55e00"}


def draw_reliability(cases: Sequence[tuple[str, Any, Any]], path: Path) -> None:
    """cases: detector, error and sigma (T, 17) m of clips. Left: share of the errors within a multiple of sigma, with
    the two that are stated; right: the median error of joints by their sigma."""
    wide = calibration().joints.within_95
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    factors = np.linspace(0, 3.5, 71)
    for detector, colour in COLOURS.items():
        pairs = [(e, s) for name, e, s in cases if name == detector]
        if not pairs:
            continue
        error, sigma = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in range(2))
        known = np.isfinite(error) & np.isfinite(sigma)
        error, sigma = 1000 * error[known], 1000 * sigma[known]
        left.plot(factors, [100 * (error <= f * sigma).mean() for f in factors], color=colour, label=detector)
        edges = np.quantile(sigma, np.linspace(0, 1, 11))
        groups = np.clip(np.searchsorted(edges, sigma) - 1, 0, 9)
        at = [sigma[groups == g].mean() for g in range(10)]
        right.plot(at, [np.quantile(error[groups == g], 0.68) for g in range(10)], "o-", color=colour, ms=4)
    for factor, share in ((1, 68), (wide, 95)):
        left.plot([factor], [share], "k+", ms=12, mew=1.5, label="stated" if share == 68 else None)
    left.set(xlabel="multiple of sigma_m", ylabel="joints within it, %", xlim=(0, 3.5), ylim=(0, 100))
    most = max(right.get_xlim()[1], right.get_ylim()[1])
    right.plot([0, most], [0, most], color="grey", lw=0.8, ls="--")
    right.set(xlabel="sigma_m, mm (tenths of the joints)", ylabel="68 % of their errors are below, mm")
    left.legend(frameon=False)
    for axes in (left, right):
        axes.grid(color="#e4e4e4", lw=0.6)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
