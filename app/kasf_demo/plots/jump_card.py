"""The card of a jump or spin in a report: images and skeletons of its moments, the rate of turning, the numbers."""

from __future__ import annotations

import html
import textwrap

from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from kasf_demo.plots.html_document import embedded
from kasf_demo.plots.key_moment_strip import draw_moments
from kasf_demo.plots.style import A4_IN, DARK, MIDLINE, PALE, THIRD, new_figure, no_plot
from kasf_demo.plots.subject import PlacedCard, Subject
from kasf_demo.types.cards import Card

SURE = {True: "sure", False: "not sure"}
STYLE = """
.card { border: 1px solid #ccc; border-radius: 8px; padding: .2rem 1rem 1rem; margin: 1rem 0; break-inside: avoid; }
.card .both { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.card .both > * { flex: 1 1 22rem; min-width: 0; } .card td, .card th { white-space: normal; }
.card td.value { font-variant-numeric: tabular-nums; font-weight: 600; white-space: nowrap; }
.card .sure { color: #00674d; white-space: nowrap; } .card .unsure { color: #8a5a00; }
"""
STRIP_IN, CURVE_IN = 3.1, 2.2
MIN_RANGE_DEG_PER_S = 90.0  # shown either way at least, so that noise does not look like turning
CARDS_A_PAGE = 2  # of a PDF


def card_html(subject: Subject, placed: PlacedCard) -> str:
    """One card as a section of a page. Call within `style.styled()`."""
    card = placed.card
    strip = new_figure(STRIP_IN)
    draw_moments(strip, subject, placed.moments, placed.cuts)
    names = ", ".join(m.name for m in placed.moments)
    curve = new_figure(CURVE_IN, 4.4)
    draw_turning(curve, card)
    rows = "".join(
        f'<tr><td>{html.escape(n.label)}</td><td class="value">{html.escape(n.text)}</td>'
        f'<td class="{"sure" if n.sure else "unsure"}">{html.escape(SURE[n.sure] + (f": {n.why}" if n.why else ""))}'
        "</td></tr>"
        for n in card.numbers
    )
    images = embedded(strip, "png", f"images and skeletons: {names}")
    return (
        f'<div class="card"><h3>{html.escape(card.title)}</h3>\n{images}'
        f'\n<div class="both"><div><table><tbody>{rows}</tbody></table></div>'
        f"<div>{embedded(curve, 'svg', 'rate of turning over time')}</div></div></div>\n"
    )


def draw_turning(figure: Figure | SubFigure, card: Card) -> None:
    """The rate of turning, with the flight or spin shaded; dashed if the turns are not sure."""
    axes = figure.subplots()
    if card.curve is None:
        no_plot(axes, "\n".join(textwrap.wrap(card.why_no_curve, 48)))
        return
    start_s, end_s = card.span_s
    axes.axvspan(start_s, end_s, color=PALE, alpha=0.35, lw=0)
    axes.axhline(0, color=PALE, lw=0.7)
    style = "-" if card.curve.sure else "--"
    axes.plot(card.curve.times_s, card.curve.values, color=THIRD if card.curve.sure else MIDLINE, lw=1.6, ls=style)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -MIN_RANGE_DEG_PER_S), max(high, MIN_RANGE_DEG_PER_S))
    where = "in the air" if card.kind == "jump" else "in the spin"
    doubt = "" if card.curve.sure else ", not sure"
    axes.set_title(f"{card.curve.label}, {card.curve.unit}; shaded: {where}{doubt}")
    axes.set_xlabel("time, s")


def card_pages(subject: Subject) -> list[Figure]:
    """Pages of a PDF with the cards, `CARDS_A_PAGE` on each."""
    cards = subject.cards
    return [
        _page(subject, cards[first : first + CARDS_A_PAGE]) for first in range(0, len(cards), CARDS_A_PAGE)
    ]  # fmt: skip


def _page(subject: Subject, cards: tuple[PlacedCard, ...]) -> Figure:
    figure = Figure(figsize=A4_IN, dpi=150, layout=ConstrainedLayoutEngine(rect=(0.05, 0.03, 0.9, 0.945)))
    parts = figure.subfigures(1 + CARDS_A_PAGE, 1, height_ratios=(0.5, *[5.2] * CARDS_A_PAGE), squeeze=False)[:, 0]
    title = textwrap.shorten(subject.title, 70, placeholder=" ...")
    parts[0].text(0.0, 0.95, f"{title}: jumps and spins", fontsize=13, va="top", weight="bold", color=DARK)
    for part, placed in zip(parts[1:], cards, strict=False):
        strip, below = part.subfigures(2, 1, height_ratios=(2.7, 2.4))
        strip.suptitle(placed.card.title, fontsize=9.5, x=0.01, ha="left", weight="bold")
        draw_moments(strip, subject, placed.moments, placed.cuts)
        numbers, curve = below.subfigures(1, 2, width_ratios=(1.5, 1))
        _numbers(numbers, placed.card)
        draw_turning(curve, placed.card)
    return figure


def _numbers(figure: SubFigure, card: Card) -> None:
    axes = figure.subplots()
    axes.set_axis_off()
    whys = [f": {textwrap.shorten(n.why, 46)}" if n.why else "" for n in card.numbers]
    rows = [[n.label, n.text, SURE[n.sure] + why] for n, why in zip(card.numbers, whys, strict=True)]
    if not rows:
        return
    table = axes.table(rows, colWidths=[0.36, 0.2, 0.44], loc="upper left", cellLoc="left", edges="horizontal")
    table.auto_set_font_size(False)
    table.set_fontsize(5.8)
    for (_, column), cell in table.get_celld().items():
        cell.set(linewidth=0.4, edgecolor="#cccccc", height=1 / (len(rows) + 1))
        if column == 1:
            cell.get_text().set(weight="bold")
