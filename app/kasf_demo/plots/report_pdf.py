"""A report on paper: a page of A4 for each person."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from kasf_demo.plots.curves import draw_curves
from kasf_demo.plots.paper import A4_IN, DARK, styled
from kasf_demo.plots.path import draw_path
from kasf_demo.plots.strip import draw_strip
from kasf_demo.plots.subject import Subject
from kasf_demo.plots.summary import RANGES_HEAD, happenings, ranges

HEIGHTS = (0.85, 2.75, 2.2, 4.0, 1.75)  # title, strip, path, curves, table: inches, about
MARGINS = (0.05, 0.03, 0.9, 0.945)  # left, bottom, width, height, by the page's
COLUMNS = (0.17, 0.21, 0.21, 0.15, 0.15, 0.11)
LINE_CHARS = 150


def write_pdf(path: Path, title: str, subjects: Sequence[Subject]) -> None:
    """One page a person. Raises OSError."""
    with styled(), PdfPages(path, metadata={"CreationDate": None, "Creator": "kasf-demo", "Title": title}) as pages:
        for subject in subjects:
            pages.savefig(draw_page(subject))
        if not subjects:
            figure = Figure(figsize=A4_IN)
            figure.text(0.1, 0.9, f"{title}\n\nNobody was found in the clip.", fontsize=10, va="top")
            pages.savefig(figure)


def draw_page(subject: Subject) -> Figure:
    """The whole page of one person."""
    figure = Figure(figsize=A4_IN, dpi=150, layout=ConstrainedLayoutEngine(rect=MARGINS))
    title, strip, way, curves, table = figure.subfigures(len(HEIGHTS), 1, height_ratios=HEIGHTS, squeeze=False)[:, 0]
    _title(title, subject)
    draw_strip(strip, subject)
    draw_path(way, subject)
    draw_curves(curves, subject)
    _table(table, subject)
    return figure


def _title(figure: SubFigure, subject: Subject) -> None:
    figure.text(0.0, 0.95, subject.title, fontsize=13, va="top", weight="bold", color=DARK)
    told = [line for text in (*happenings(subject), *subject.notes) for line in textwrap.wrap(text, LINE_CHARS)]
    figure.text(0.0, 0.66, "\n".join(told[:6]), fontsize=6.8, va="top", color=DARK, linespacing=1.35)


def _table(figure: SubFigure, subject: Subject) -> None:
    axes = figure.subplots()
    axes.set_axis_off()
    table = axes.table([list(row) for row in ranges(subject)], colLabels=list(RANGES_HEAD), colWidths=list(COLUMNS), loc="center",
                       cellLoc="left", edges="horizontal")  # fmt: skip
    table.auto_set_font_size(False)
    table.set_fontsize(6.3)
    for (row, _), cell in table.get_celld().items():
        cell.set(linewidth=0.4, edgecolor="#cccccc", height=0.078)
        if row == 0:
            cell.get_text().set(weight="bold")
