"""The plots by name, and the writing of them and of reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure, SubFigure

from kasf_demo.plots.curves import draw_curves
from kasf_demo.plots.key_moment_strip import draw_strip
from kasf_demo.plots.report_html import write_html
from kasf_demo.plots.report_pdf import write_pdf
from kasf_demo.plots.style import new_figure, save, styled
from kasf_demo.plots.subject import Subject
from kasf_demo.plots.trajectory import draw_path

PLOTS: dict[str, tuple[Callable[[Figure | SubFigure, Subject], None], float]] = {
    "angles": (draw_curves, 7.4), "path": (draw_path, 3.4), "moments": (draw_strip, 3.4),
}  # fmt: skip


def write_plot(path: Path, subject: Subject, name: str, kind: str) -> None:
    """One of `PLOTS` as "png" or "svg". Raises OSError."""
    draw, height_in = PLOTS[name]
    with styled():
        figure = new_figure(height_in)
        draw(figure, subject)
        save(figure, path, kind)


def write_report(path: Path, title: str, subjects: Sequence[Subject], kind: str) -> None:
    """All plots and numbers of each person, "pdf" or "html". Raises OSError."""
    if kind == "pdf":
        write_pdf(path, title, subjects)
    else:
        write_html(path, title, subjects)
