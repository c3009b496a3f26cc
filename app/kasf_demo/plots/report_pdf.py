"""A PDF report: one A4 page per person, and the cards of their jumps and spins."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from kasf_demo.plots import summary
from kasf_demo.plots.curves import draw_curves
from kasf_demo.plots.jump_card import card_pages
from kasf_demo.plots.key_moment_strip import draw_strip
from kasf_demo.plots.style import A4_IN, DARK, styled
from kasf_demo.plots.subject import Subject
from kasf_demo.plots.trajectory import draw_path

HEIGHTS = (1.15, 2.45, 2.1, 3.75, 1.0, 1.1)  # title, strip, path, curves, tables: inches, about
MARGINS = (0.05, 0.03, 0.9, 0.945)  # left, bottom, width, height, by the page's
COLUMNS = (0.17, 0.21, 0.21, 0.15, 0.15, 0.11)
MIDLINE_COLUMNS = (0.17, 0.21, 0.15)
CONTACT_COLUMNS = (0.065, 0.06, 0.08, 0.065, 0.07, 0.065)  # right of those
LINE_CHARS, TITLE_CHARS = 150, 70
MAX_TITLE_LINES, MAX_TOLD_LINES = 2, 6
MAX_CONTACTS = 7  # as many rows as the table to the left has


def write_pdf(path: Path, title: str, subjects: Sequence[Subject]) -> None:
    """One page per person, and further ones with the cards of jumps and spins. Raises OSError."""
    with styled(), PdfPages(path, metadata={"CreationDate": None, "Creator": "kasf-demo", "Title": title}) as pages:
        for subject in subjects:
            for page in (draw_page(subject), *card_pages(subject)):
                pages.savefig(page)
        if not subjects:
            figure = Figure(figsize=A4_IN)
            figure.text(0.1, 0.9, f"{title}\n\nNo person was found in the clip.", fontsize=10, va="top")
            pages.savefig(figure)


def draw_page(subject: Subject) -> Figure:
    """The whole page of one person."""
    figure = Figure(figsize=A4_IN, dpi=150, layout=ConstrainedLayoutEngine(rect=MARGINS))
    title, strip, way, curves, sides, midline = figure.subfigures(
        len(HEIGHTS), 1, height_ratios=HEIGHTS, squeeze=False
    )[:, 0]
    _title(title, subject)
    draw_strip(strip, subject)
    draw_path(way, subject)
    draw_curves(curves, subject)
    _table(sides.subplots(), [summary.RANGES_HEAD, *summary.ranges(subject)], COLUMNS)
    axes = midline.subplots()
    _table(axes, [summary.MIDLINE_HEAD, *summary.midline_ranges(subject)], MIDLINE_COLUMNS)
    if rows := summary.contacts(subject):
        _table(axes, [summary.CONTACTS_HEAD, *_first(rows)], CONTACT_COLUMNS, loc="upper right", room=MAX_CONTACTS + 1)
    return figure


def _title(figure: SubFigure, subject: Subject) -> None:
    """The title, on two lines at most (a file name may have 255 characters), and the sentences below it."""
    title = textwrap.wrap(subject.title, TITLE_CHARS, max_lines=MAX_TITLE_LINES, placeholder=" ...")
    told = [line for text in (*summary.happenings(subject), *subject.notes) for line in textwrap.wrap(text, LINE_CHARS)]
    size = 13 if len(title) < 2 else 10
    figure.text(0.0, 0.97, "\n".join(title), fontsize=size, va="top", weight="bold", color=DARK, linespacing=1.1)
    below = 0.7 if len(title) < 2 else 0.62
    figure.text(0.0, below, "\n".join(told[:MAX_TOLD_LINES]), fontsize=6.6, va="top", color=DARK, linespacing=1.25)


def _first(rows: Sequence[summary.Row]) -> list[summary.Row]:
    """MAX_CONTACTS rows at most, the last of which counts those left out."""
    if len(rows) > MAX_CONTACTS:
        left_out = len(rows) - MAX_CONTACTS + 1
        return [*rows[: MAX_CONTACTS - 1], (f"{left_out} more", *[""] * (len(summary.CONTACTS_HEAD) - 1))]
    return list(rows)


def _table(
    axes: Axes, rows: Sequence[summary.Row], widths: Sequence[float], *, loc: str = "upper left", room: int = 0
) -> None:
    """Rows under a bold head. room: rows, with the head, that fill the height; as many as there are if 0."""
    axes.set_axis_off()
    height = 1 / ((room or len(rows)) + 0.2)
    table = axes.table(
        [list(row) for row in rows[1:]],
        colLabels=list(rows[0]),
        colWidths=list(widths),
        loc=loc,
        cellLoc="left",
        edges="horizontal",
    )
    table.auto_set_font_size(False)
    table.set_fontsize(6.3)
    for (row, _), cell in table.get_celld().items():
        cell.set(linewidth=0.4, edgecolor="#cccccc", height=height)
        if row == 0:
            cell.get_text().set(weight="bold")
