"""A report as one HTML file that loads nothing: plots are embedded as SVG, the strip as PNG."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure, SubFigure

from kasf_demo.plots import summary
from kasf_demo.plots.curves import draw_curves
from kasf_demo.plots.html_document import document, embedded
from kasf_demo.plots.jump_card import STYLE as CARD_STYLE
from kasf_demo.plots.jump_card import card_html
from kasf_demo.plots.key_moment_strip import draw_strip
from kasf_demo.plots.style import new_figure, styled
from kasf_demo.plots.subject import Subject
from kasf_demo.plots.trajectory import draw_path

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 60rem; margin: 1.5rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; } h2 { font-size: 1.05rem; margin-top: 2rem; }
img { width: 100%; height: auto; } ul { padding-left: 1.2rem; } .notes { color: #555; font-size: .9rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; width: 100%; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd; white-space: nowrap; }
@media print { body { max-width: none; margin: 0; } section { break-before: page; }
  section:first-of-type { break-before: auto; } }
"""
STRIP_IN, PATH_IN, CURVES_IN = 3.3, 3.2, 7.2


def write_html(path: Path, title: str, subjects: Sequence[Subject]) -> None:
    """One section per person. Titles and notes are escaped. Raises OSError."""
    with styled():
        sections = "\n".join(_section(s) for s in subjects) or _nobody(title)
    path.write_text(document(title, sections, STYLE + CARD_STYLE), encoding="utf-8")


def _nobody(title: str) -> str:
    return f"<section>\n<h1>{html.escape(title)}</h1>\n<p>No person was found in the clip.</p>\n</section>"


def _section(subject: Subject) -> str:
    told = "".join(f"<li>{html.escape(text)}</li>" for text in summary.happenings(subject))
    notes = "".join(f"<p>{html.escape(text)}</p>" for text in subject.notes)
    strip = _image(draw_strip, subject, STRIP_IN, "png", "key moments: images and skeletons")
    way = _image(draw_path, subject, PATH_IN, "svg", "ground trajectory, from above and from the side")
    curves = _image(draw_curves, subject, CURVES_IN, "svg", "angles and speeds over time")
    return (
        f"<section>\n<h1>{html.escape(subject.title)}</h1>\n<ul>{told}</ul>\n{strip}\n{_cards(subject)}"
        f"<h2>Ground trajectory</h2>\n{way}\n<h2>Angles and speeds</h2>\n"
        f'{curves}\n<div class="wide">{_table([summary.RANGES_HEAD, *summary.ranges(subject)])}</div>\n'
        f'<div class="wide">{_table([summary.MIDLINE_HEAD, *summary.midline_ranges(subject)])}</div>\n'
        f'{_strikes(subject)}<div class="notes">{notes}</div>\n</section>'
    )


def _cards(subject: Subject) -> str:
    """The cards of jumps and spins; nothing without any."""
    cards = "".join(card_html(subject, placed) for placed in subject.cards)
    return f"<h2>Jumps and spins</h2>\n{cards}" if cards else ""


def _strikes(subject: Subject) -> str:
    """The table of foot contacts; nothing without feet."""
    rows = summary.contacts(subject)
    return f'<h2>Foot contacts</h2>\n<div class="wide">{_table([summary.CONTACTS_HEAD, *rows])}</div>\n' if rows else ""


def _image(
    draw: Callable[[Figure | SubFigure, Subject], None], subject: Subject, height_in: float, kind: str, what: str
) -> str:
    figure = new_figure(height_in)
    draw(figure, subject)
    return embedded(figure, kind, what)


def _table(rows: Sequence[summary.Row]) -> str:
    def line(cells: summary.Row, tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return (
        f"<table><thead>{line(rows[0], 'th')}</thead><tbody>{''.join(line(r, 'td') for r in rows[1:])}</tbody></table>"
    )
