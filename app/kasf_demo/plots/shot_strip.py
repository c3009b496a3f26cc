"""A shot in five phases from the side, with the mean of its style in grey."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kasf_demo.plots.skeleton import COLOURS
from kasf_demo.plots.style import MIDLINE, new_figure
from kasf_demo.strikes.window import WINDOW_S
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import BONES, H36M

PHASES_S = (-0.38, -0.22, -0.10, 0.02, 0.18)
MARGIN = 0.05
GREY = "#9aa4b2"


def draw_phases(posture: FloatArray, mean: FloatArray | None, width_in: float = 10.0) -> Figure:
    """Both (20, 17, 3) in body heights, forward to the right; the pelvis of both in one place."""
    rows = [int(np.abs(WINDOW_S - at_s).argmin()) for at_s in PHASES_S]
    shown = posture[rows] if mean is None else np.concatenate([posture[rows], mean[rows]])
    half = float(np.abs(shown[..., 0]).max()) + MARGIN
    low, high = float(shown[..., 2].min()) - MARGIN, float(shown[..., 2].max()) + 2 * MARGIN
    figure = new_figure(width_in / len(PHASES_S) * (high - low) / (2 * half) + 0.3, width_in)
    places = figure.subplots(1, len(PHASES_S))
    for axes, i in zip(places, rows, strict=True):
        if mean is not None:
            _draw(axes, mean[i], faint=True)
        _draw(axes, posture[i], faint=False)
        axes.set(xlim=(-half, half), ylim=(low, high), aspect="equal")
        axes.set_axis_off()
        axes.set_title(f"{WINDOW_S[i]:+.2f} s", fontsize=9)
    return figure


def _draw(axes: Axes, pose: FloatArray, faint: bool) -> None:
    side = pose[:, [0, 2]]
    for i in np.argsort([-pose[[a, b], 1].mean() for a, b in BONES]):  # the far side first: y is to the left
        a, b = BONES[i]
        colour = GREY if faint else COLOURS[i]
        axes.plot(*side[[a, b]].T, color=colour, lw=4 if faint else 2.4, alpha=0.55 if faint else 1,
                  solid_capstyle="round")  # fmt: skip
    x, z = side[[H36M["neck"], H36M["head"]]].mean(0)
    axes.plot([x], [z], "o", ms=9, mfc="#e8eaee", mec=GREY if faint else MIDLINE, alpha=0.6 if faint else 1)
