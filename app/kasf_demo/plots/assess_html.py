"""The page of a test: every number beside the image of its moment."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from pathlib import Path

from kasf_demo.assess.values import Assessment, Measured
from kasf_demo.plots.moment_picture import Picture, picture_uri
from kasf_demo.plots.report_html import STYLE
from kasf_demo.plots.style import styled

OWN_STYLE = """
.moment { display: flex; gap: 1rem; align-items: flex-start; flex-wrap: wrap; border-top: 1px solid #ddd;
  padding: .6rem 0; break-inside: avoid; }
.moment figure { margin: 0; flex: 0 0 20rem; max-width: 100%; } .moment .numbers { flex: 1 1 22rem; min-width: 0; }
figcaption { font-size: .85rem; color: #555; }
td.value { font-variant-numeric: tabular-nums; text-align: right; font-weight: 600; }
.good { color: #00674d; } .rough { color: #8a5a00; } .no { color: #a32020; }
.no td.value { font-weight: 400; text-decoration: line-through; }
@media (max-width: 40rem) {
  .numbers table, .numbers tbody { display: block; } .numbers td.note:empty { display: none; }
  .numbers tr { display: grid; grid-template-columns: 1fr auto; gap: 0 .8rem; border-bottom: 1px solid #ddd; }
  .numbers td { border: 0; padding: .1rem 0; } .numbers td.note { grid-column: 1 / -1; min-width: 0; }
}
.numbers td { white-space: normal; } td.note { white-space: normal; min-width: 12rem; color: #555; }
"""
TRUST = {"good": "can be trusted", "rough": "roughly", "no": "do not trust"}
NEAR_S = 0.051  # a number belongs to a picture of the same moment


def write_assessment(
    path: Path, title: str, heading: str, assessment: Assessment, pictures: Sequence[Picture], notes: Sequence[str]
) -> None:
    """One page that loads nothing. heading: the name of the test. Texts are escaped. Raises OSError."""
    style = STYLE + OWN_STYLE
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    said = "".join(f"<li>{html.escape(text)}</li>" for text in assessment.notes)
    below = "".join(f"<p>{html.escape(text)}</p>" for text in notes)
    with styled():
        parts = _moments(assessment, pictures)
    path.write_text(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{html.escape(f'{heading}: {title}')}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<h1>{html.escape(heading.capitalize())}: {html.escape(title)}</h1>\n"
        f"<p>{assessment.rate_hz:.3g} frames/s</p>\n<ul>{said}</ul>\n"
        f'{parts}\n<h2>What the numbers are</h2>\n<div class="wide">{_definitions(assessment)}</div>\n'
        f'<div class="notes">{below}</div>\n</body>\n</html>\n',
        encoding="utf-8",
    )


def _moments(assessment: Assessment, pictures: Sequence[Picture]) -> str:
    """A picture with its numbers for each moment, then the numbers that belong to none."""
    left = list(assessment.values)
    parts = []
    for picture in pictures:
        own = [v for v in left if v.at_s is not None and abs(v.at_s - picture.time_s) <= NEAR_S]
        left = [v for v in left if v not in own]
        caption = html.escape(f"{picture.name}, {picture.time_s:.2f} s")
        numbers = numbers_table(own) if own else ""
        parts.append(
            f'<div class="moment"><figure><img alt="{caption}" src="{picture_uri(picture)}">'
            f'<figcaption>{caption}</figcaption></figure><div class="numbers wide">{numbers}</div></div>'
        )
    if left:
        parts.append(f'<h2>Over the whole movement</h2>\n<div class="wide">{numbers_table(left)}</div>')
    return "\n".join(parts)


def numbers_table(values: Sequence[Measured]) -> str:
    """Rows: label, value with unit, how far it can be trusted, note."""
    rows = []
    for v in values:
        shown = "-" if v.value is None else f"{v.value:.{v.definition.digits}f} {v.definition.unit}"
        if v.value is not None and v.interval is not None:
            low, high = (f"{end:.{v.definition.digits}f}" for end in v.interval)
            shown += f" ({low} to {high})"
        rows.append(
            f'<tr class="{v.trust}"><td>{html.escape(v.label)}</td><td class="value">{html.escape(shown)}</td>'
            f'<td class="{v.trust}">{TRUST[v.trust]}</td><td class="note">{html.escape(v.note)}</td></tr>'
        )
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _definitions(assessment: Assessment) -> str:
    rows = []
    for key in dict.fromkeys(v.key for v in assessment.values):
        d = next(v.definition for v in assessment.values if v.key == key)
        cells = (d.label, d.unit, d.text, d.source)
        rows.append("<tr>" + "".join(f'<td class="note">{html.escape(cell)}</td>' for cell in cells) + "</tr>")
    head = "".join(f"<th>{name}</th>" for name in ("number", "unit", "definition", "source"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
