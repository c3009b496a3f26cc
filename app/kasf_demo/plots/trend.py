"""Sessions over days: each number with its uncertainty, and a page with the table."""

from __future__ import annotations

import html
from pathlib import Path

from matplotlib.figure import Figure, SubFigure

from kasf_demo.plots.assess_html import OWN_STYLE
from kasf_demo.plots.html_document import document, embedded
from kasf_demo.plots.report_html import STYLE
from kasf_demo.plots.style import DARK, PALE, THIRD, new_figure, no_plot, save, styled
from kasf_demo.results.trend import CHANGES, Trend, TrendLine

MAX_PANELS = 24
PANELS_A_ROW = 3
PANEL_IN = 1.75


def draw_trend(figure: Figure | SubFigure, trend: Trend) -> None:
    """A panel for each number: values with one standard deviation; hollow where not to be trusted."""
    lines = trend.lines[:MAX_PANELS]
    if not lines:
        no_plot(figure.subplots(), "no number is in two sessions")
        return
    rows = -(-len(lines) // PANELS_A_ROW)
    grid = figure.subplots(rows, PANELS_A_ROW, squeeze=False, sharex=True).ravel()
    for axes, line in zip(grid, lines, strict=False):
        for day, value, sigma, usable in zip(line.days, line.values, line.sigma, line.usable, strict=True):
            colour = THIRD if usable else PALE
            axes.errorbar(day, value, yerr=sigma, fmt="o", ms=4, color=colour, mfc=colour if usable else "white", lw=1)
        good = [(d, v) for d, v, u in zip(line.days, line.values, line.usable, strict=True) if u]
        axes.plot(*zip(*good, strict=True), color=DARK, lw=0.8) if good else None
        axes.set_title(line.label + (f", {line.unit}" if line.unit else ""), fontsize=7)
    for axes in grid[len(lines) :]:
        axes.set_axis_off()
    for axes in grid[max(len(lines) - PANELS_A_ROW, 0) : len(lines)]:
        axes.set_xlabel(f"days since {trend.sessions[0].day}")
        axes.xaxis.set_tick_params(labelbottom=True)


def _height_in(trend: Trend) -> float:
    return PANEL_IN * max(1, -(-min(len(trend.lines), MAX_PANELS) // PANELS_A_ROW)) + 0.2


def write_trend_plot(path: Path, trend: Trend, kind: str) -> None:
    """As "png" or "svg". Raises OSError."""
    with styled():
        figure = new_figure(_height_in(trend))
        draw_trend(figure, trend)
        save(figure, path, kind)


def write_trend_page(path: Path, title: str, trend: Trend) -> None:
    """One page that loads nothing. Texts are escaped. Raises OSError."""
    with styled():
        figure = new_figure(_height_in(trend))
        draw_trend(figure, trend)
        plot = embedded(figure, "svg", "each number over the days")
    notes = "".join(f"<li>{html.escape(text)}</li>" for text in trend.notes)
    body = (
        f"<h1>Trend: {html.escape(title)}</h1>\n<p>{len(trend.sessions)} sessions, {trend.sessions[0].day} to"
        f' {trend.sessions[-1].day}</p>\n<div class="wide">{_table(trend)}</div>\n{plot}\n'
        f'<div class="notes"><p>Bars: one standard deviation. Hollow: not to be trusted, left out of changes.</p>'
        f"<ul>{notes}</ul></div>\n"
    )
    path.write_text(document(f"Trend: {title}", body, STYLE + OWN_STYLE), encoding="utf-8")


def _table(trend: Trend) -> str:
    head = ("number", *(str(s.day) for s in trend.sessions), "change", "")
    rows = []
    for line in trend.lines:
        at = dict(zip(line.sessions, range(len(line.values)), strict=True))
        cells = [cell_of(line, at.get(i)) for i in range(len(trend.sessions))]
        change, verdict = change_of(line)
        label = line.label + (f", {line.unit}" if line.unit else "")
        css = "good" if line.changed else ""
        rows.append(
            f'<tr class="{css}"><td>{html.escape(label)}</td>'
            + "".join(f'<td class="value">{html.escape(c)}</td>' for c in cells)
            + f'<td class="value">{html.escape(change)}</td><td>{html.escape(verdict)}</td></tr>'
        )
    titles = "".join(f"<th>{html.escape(h)}</th>" for h in head)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def cell_of(line: TrendLine, n: int | None) -> str:
    """A value with its uncertainty; in brackets if not to be trusted."""
    if n is None:
        return ""
    sigma = line.sigma[n]
    digits = _digits(line)
    text = f"{line.values[n]:.{digits}f}" + ("" if not sigma else f" ± {sigma:.{digits}f}")
    return text if line.usable[n] else f"({text})"


def change_of(line: TrendLine) -> tuple[str, str]:
    """The change with its uncertainty, and whether it is one."""
    if line.change is None:
        return "-", "fewer than two values to be trusted"
    digits = _digits(line)
    sigma = "" if line.change_sigma is None else f" ± {line.change_sigma:.{digits}f}"
    week = "" if line.per_week is None else f"; {line.per_week:+.{digits + 1}f} a week"
    return f"{line.change:+.{digits}f}{sigma}", CHANGES[line.changed] + week


def _digits(line: TrendLine) -> int:
    largest = max(abs(v) for v in line.values)
    return 3 if largest < 2 else 2 if largest < 10 else 1 if largest < 100 else 0
