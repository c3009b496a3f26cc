"""Repetitions as bands of mean and SD, and as a page with the images of the nearest and the farthest."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from kasf_demo.assess.repetitions import SHOWN, Change, RepetitionSet
from kasf_demo.kinematics.repetitions import POINTS
from kasf_demo.plots.assess_html import OWN_STYLE
from kasf_demo.plots.html_document import document, embedded
from kasf_demo.plots.moment_picture import Picture, picture_uri
from kasf_demo.plots.report_html import STYLE
from kasf_demo.plots.style import LEFT, MIDLINE, PALE, RIGHT, THIRD, new_figure, save, styled

MAX_PANELS = 8
PANELS_A_ROW = 2
PANEL_IN = 1.9
WORST = "#a32020"
PERCENT = np.linspace(0, 100, POINTS)
OWN = """
.bands { display: flex; flex-wrap: wrap; } .bands > div { flex: 1 1 20rem; max-width: 30rem; }
.strips { display: flex; flex-wrap: wrap; gap: .5rem 1rem; } .strips figure { margin: 0; flex: 0 1 16rem; }
tr.nearest td { background: #e3f4ee; } tr.farthest td { background: #fbe7e7; }
th { white-space: normal; vertical-align: bottom; }
td.value { font-variant-numeric: tabular-nums; text-align: right; font-weight: 600; }
"""


def in_words(name: str) -> str:
    """An angle in words: right knee flexion."""
    side, _, rest = name.partition("_")
    words = {"r": "right ", "l": "left "}.get(side)
    return (words + rest if words else name).replace("_", " ")


def panels(found: RepetitionSet) -> list[tuple[str, tuple[str, ...]]]:
    """What is plotted: the angles that move most, both sides of one in one panel."""
    out: dict[str, tuple[str, ...]] = {}
    for name in found.exercised:
        side, _, rest = name.partition("_")
        both = (f"r_{rest}", f"l_{rest}") if side in ("r", "l") else (name,)
        out.setdefault(in_words(rest if side in ("r", "l") else name), both)
    return list(out.items())[:MAX_PANELS]


def draw_bands(
    figure: Figure | SubFigure, found: RepetitionSet, shown: Sequence[tuple[str, tuple[str, ...]]], across: int
) -> None:
    """Mean and band of one SD by angle, with the farthest repetition dashed. shown: panels, so many `across`."""
    rows = -(-len(shown) // across)
    grid = figure.subplots(max(rows, 1), across, squeeze=False, sharex=True).ravel()
    for axes, (title, names) in zip(grid, shown, strict=False):
        for name in names:
            _band(axes, found, name)
        doubt = " (doubtful)" if any(found.is_doubtful(name) for name in names) else ""
        axes.set_title(f"{title}, °{doubt}")
        axes.axvline(100 * found.turn, color=PALE, lw=0.8, ls=":")
    for axes in grid[len(shown) :]:
        axes.set_axis_off()
    for axes in grid[max(len(shown) - across, 0) : len(shown)]:
        axes.set_xlabel("% of a repetition")
        axes.xaxis.set_tick_params(labelbottom=True)


def _band(axes: Axes, found: RepetitionSet, name: str) -> None:
    a = SHOWN.index(name)
    colour = {"r": RIGHT, "l": LEFT}.get(name.partition("_")[0], THIRD)
    mean, sd = found.mean[:, a], found.sd[:, a]
    axes.fill_between(PERCENT, mean - sd, mean + sd, color=colour, alpha=0.2, lw=0)
    axes.plot(PERCENT, mean, color=colour, lw=1.6, label={RIGHT: "right", LEFT: "left"}.get(colour, "mean"))
    axes.plot(PERCENT, found.curves[found.farthest, :, a], color=colour, lw=0.9, ls="--")


def draw_changes(figure: Figure | SubFigure, found: RepetitionSet) -> None:
    """The duration and the ranges of the angles that move most, over the set."""
    shown = [c for c in found.changes if c.what in ("duration", "range")][:3]
    for axes, c in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        n = np.arange(1, len(c.by_rep) + 1)
        axes.plot(n, c.by_rep, "o-", color=MIDLINE, ms=3.5, lw=0.8)
        line = c.by_rep.mean() + c.per_rep * (n - n.mean())
        axes.plot(n, line, color=WORST if c.sure else PALE, lw=1.2)
        axes.set_title(f"{title_of(c)}, {c.unit}")
        axes.set_xlabel("repetition")
        axes.set_xticks(n if len(n) <= 10 else n[:: len(n) // 8 + 1])


def title_of(c: Change) -> str:
    """In words."""
    return f"{in_words(c.key)}, {c.what}" if c.key else "time of a repetition"


def write_bands(path: Path, found: RepetitionSet, title: str, kind: str) -> None:
    """The bands as "png" or "svg". Raises OSError."""
    with styled():
        figure = new_figure(PANEL_IN * max(1, -(-len(panels(found)) // PANELS_A_ROW)) + 0.3)
        figure.suptitle(
            f"{title}: {len(found.each)} repetitions, mean ± SD; dashed: number {found.farthest + 1}", fontsize=9
        )
        draw_bands(figure, found, panels(found), PANELS_A_ROW)
        save(figure, path, kind)


def write_repetitions_page(
    path: Path, title: str, found: RepetitionSet, pictures: Sequence[Sequence[Picture]], sentences: Sequence[str]
) -> None:
    """One page that loads nothing. pictures: of the nearest and of the farthest repetition. Texts are escaped. Raises
    OSError."""
    with styled():
        bands = "".join(f"<div>{_panel(found, panel)}</div>" for panel in panels(found))
        change = new_figure(1.9)
        draw_changes(change, found)
        images = "".join(
            _strip(found, n, own, how)
            for n, own, how in zip(
                (found.nearest, found.farthest), pictures, ("nearest to", "farthest from"), strict=True
            )
        )
        body = (
            f"<h1>Repetitions: {html.escape(title)}</h1>\n"
            f"<ul>{''.join(f'<li>{html.escape(text)}</li>' for text in sentences)}"
            f'</ul>\n<h2>Every repetition</h2>\n<div class="wide">{_table(found)}</div>\n{images}'
            "<h2>Mean and spread</h2>\n<p>Line: mean; band: ± one standard deviation between repetitions; dashed: the"
            f" farthest, number {found.farthest + 1}; dotted: the turn.</p>\n<div class='bands'>{bands}</div>\n"
            f"<h2>Change over the set</h2>\n{embedded(change, 'svg', 'change over the set')}\n"
            f'<div class="wide">{_changes(found)}</div>\n'
        )
    path.write_text(document(f"Repetitions: {title}", body, STYLE + OWN_STYLE + OWN), encoding="utf-8")


def _panel(found: RepetitionSet, panel: tuple[str, tuple[str, ...]]) -> str:
    figure = new_figure(PANEL_IN, 3.6)
    draw_bands(figure, found, [panel], 1)
    return embedded(figure, "svg", f"{panel[0]}, mean and SD")


def _strip(found: RepetitionSet, n: int, pictures: Sequence[Picture], how: str) -> str:
    name, off, share = found.largest_difference(n)
    about = f"{in_words(name)} {off:+.0f}° at {100 * share:.0f} %, its greatest difference from the others"
    figures = "".join(
        f'<figure><img alt="{html.escape(p.name)}" src="{picture_uri(p)}"><figcaption>{html.escape(p.name)},'
        f" {p.time_s:.2f} s</figcaption></figure>"
        for p in pictures
    )
    return (
        f"<h2>Number {n + 1}, {how} the mean</h2>\n<p>{html.escape(about)}.</p>\n"
        f'<div class="strips">{figures}</div>\n'
    )  # fmt: skip


def _table(found: RepetitionSet) -> str:
    top = found.exercised[:3]
    angles = [f"{in_words(name)}, least to greatest, °" for name in top]
    head = "".join(f"<th>{html.escape(h)}</th>" for h in ("", "start, s", "time, s", "off the mean, °", "", *angles))
    rows = []
    for n, r in enumerate(found.each):
        own = [found.curves[n, :, SHOWN.index(name)] for name in top]
        mark = "nearest" if n == found.nearest else "farthest" if n == found.farthest else ""
        cells = (
            str(n + 1), f"{r.start_s:.2f}", f"{r.end_s - r.start_s:.2f}",
            f"{found.off_deg[n]:.1f}", mark, *(f"{c.min():.0f} to {c.max():.0f}" for c in own),
        )  # fmt: skip
        rows.append(f'<tr class="{mark}">' + "".join(f"<td>{html.escape(c)}</td>" for c in cells) + "</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _changes(found: RepetitionSet) -> str:
    rows = []
    for c in found.changes:
        mean, slope = (0, 2) if c.unit != "s" else (2, 3)  # digits
        unit = " s" if c.unit == "s" else c.unit
        cells = (
            f"<td>{html.escape(title_of(c))}</td>", f'<td class="value">{c.by_rep.mean():.{mean}f}{unit}</td>',
            f'<td class="value">{c.per_rep:+z.{slope}f} ± {c.sigma:.{slope}f}{unit}</td>',
            f"<td>{'sure' if c.sure else 'no change that is sure'}</td>",
        )  # fmt: skip
        rows.append(f'<tr class="{"good" if c.sure else ""}">{"".join(cells)}</tr>')
    return (
        "<table><thead><tr><th></th><th>mean</th><th>change a repetition</th><th></th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
