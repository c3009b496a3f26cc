"""The plot of a benchmark: MPJPE per action beside published values, and per joint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from kasf_demo.plots.style import new_figure, save, styled
from kasportsformer.skeleton import H36M_NAMES

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d", "#f0e442")
Bars = Mapping[str, Sequence[float]]  # a lifter's values, one for each group


def draw_benchmark(
    path: Path, *, kind: str, title: str, groups: Sequence[str], by_group: Bars, by_joint: Bars, published: Bars
) -> None:
    """Writes a plot of `kind` "png" or "svg". groups: actions and their mean; by_group, published: MPJPE mm of each
    lifter in these, NaN where there is none; by_joint: (17,) mm. Raises OSError."""
    with styled():
        figure = new_figure(6.2, 10)
        figure.suptitle(title)
        top, bottom = figure.subplots(2, 1)
        _bars(top, groups, by_group)
        for i, (name, values) in enumerate(published.items()):
            x = np.arange(len(groups)) - 0.42
            top.hlines(values, x, x + 0.84, colors=f"{0.25 + 0.5 * i / max(1, len(published)):.2f}", linewidth=1.1,
                       linestyles=("-", "--", ":", "-.")[i % 4], label=f"{name}, published")  # fmt: skip
        top.set_title("MPJPE per action, mm")
        _bars(bottom, H36M_NAMES, by_joint)
        bottom.set_title("MPJPE per joint, mm")
        top.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        save(figure, path, kind)


def _bars(axes: Axes, groups: Sequence[str], bars: Bars) -> None:
    width = 0.84 / len(bars)
    for i, (name, values) in enumerate(bars.items()):
        x = np.arange(len(groups)) - 0.42 + (i + 0.5) * width
        axes.bar(x, values, width * 0.94, color=COLOURS[i % len(COLOURS)], label=name)
    many = len(groups) > 6
    axes.set_xticks(np.arange(len(groups)), groups, rotation=45 * many, ha="right" if many else "center")
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
