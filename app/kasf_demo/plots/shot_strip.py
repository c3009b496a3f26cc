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
GREY = "#9aa4b2"


def draw_phases(posture: FloatArray, mean: FloatArray | None, height_in: float = 2.6) -> Figure:
    """Both (20, 17, 3) in body heights, forward to the right; the pelvis of both in one place."""
    figure = new_figure(height_in, 10.0)
    places = figure.subplots(1, len(PHASES_S))
    for axes, at_s in zip(places, PHASES_S, strict=True):
        i = int(np.abs(WINDOW_S - at_s).argmin())
        if mean is not None:
            _draw(axes, mean[i], faint=True)
        _draw(axes, posture[i], faint=False)
        axes.set(xlim=(-0.62, 0.62), ylim=(-0.66, 0.62), aspect="equal")
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
