"""How every plot looks: sizes in inches for a page of A4, one palette (Okabe and Ito's, as the video has it), no
display needed."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

LEFT, RIGHT, MIDLINE, DARK, PALE = "#0072b2", "#d55e00", "#4d4d4d", "#222222", "#b8bcc4"
THIRD = "#009e73"
SIDES = {"l": LEFT, "r": RIGHT}
WIDTH_IN = 7.5  # of a plot: A4 less its margins
A4_IN = (8.27, 11.69)
STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.linewidth": 0.7,
    "axes.titlelocation": "left",
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
    "legend.frameon": False,
    "svg.hashsalt": "kasf-demo",
    "text.parse_math": False,
    "pdf.fonttype": 42,
}


def new_figure(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """An empty figure; call within `matplotlib.rc_context(STYLE)`."""
    return Figure(figsize=(width_in, height_in), dpi=150, layout="constrained")


def save(figure: Figure, target: Path | IO[bytes], kind: str) -> None:
    """Writes `kind` "png" or "svg"; equal plots give equal bytes. Raises OSError."""
    figure.savefig(target, format=kind, metadata={"Date": None} if kind == "svg" else None)


def styled() -> Any:
    """The context in which plots are made and saved."""
    return matplotlib.rc_context(STYLE)


def no_plot(axes: Axes, why: str) -> None:
    """An empty panel with the reason."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, why, ha="center", va="center", color="#666666", transform=axes.transAxes)
