"""The page of a shot: who and when, its style, phases beside the style's mean, and each number beside the image of its
moment."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from kasf_demo.plots.assess_html import NEAR_S, OWN_STYLE, TRUST
from kasf_demo.plots.html_document import document, embedded
from kasf_demo.plots.moment_picture import Picture, picture_uri
from kasf_demo.plots.report_html import STYLE
from kasf_demo.plots.shot_strip import draw_phases
from kasf_demo.plots.style import styled
from kasf_demo.strikes.definitions import NUMBERS
from kasf_demo.strikes.features import ShotValue
from kasf_demo.strikes.measured import ENDS, SIDES, ShotReport

SHOT_STYLE = """
.doubts { background: #fdf3dc; border-left: 4px solid #c98a00; padding: .4rem 1rem; margin: .8rem 0; }
.doubts ul { margin: .2rem 0; } .key { color: #555; font-size: .9rem; }
meter { width: 6rem; height: .8rem; } td.meter { white-space: nowrap; }
.numbers td.value { white-space: nowrap; }
@media (max-width: 600px) { .numbers thead { display: none; } .numbers td { border: none; padding: 0 .4rem; }
  .numbers tr { display: flex; flex-wrap: wrap; border-bottom: 1px solid #ddd; padding: .3rem 0; }
  .numbers td:first-child, .numbers td.note { flex: 1 0 100%; } meter { width: 4rem; } }
.facts td:first-child { color: #555; } .facts td { white-space: normal; }
"""


def write_shot_page(path: Path, title: str, report: ShotReport, pictures: Sequence[Picture], motion: str) -> None:
    """One page that loads nothing. motion: the name of the page beside it that shows both skeletons moving. Texts are
    escaped. Raises OSError."""
    with styled():
        body = "\n".join([
            f"<h1>{html.escape(report.shot.kind.capitalize())}: {html.escape(title)}</h1>",
            _doubts(report), _facts(report), _phases(report, motion), _nearest(report), _moments(report, pictures),
            _published(report), _definitions(report),
        ])  # fmt: skip
    path.write_text(document(f"{report.shot.kind}: {title}", body, STYLE + OWN_STYLE + SHOT_STYLE), encoding="utf-8")


def _doubts(report: ShotReport) -> str:
    if not report.doubts:
        return ""
    items = "".join(f"<li>{html.escape(text)}</li>" for text in report.doubts)
    return f'<div class="doubts"><b>Not sure:</b><ul>{items}</ul></div>'


def _facts(report: ShotReport) -> str:
    shot, found, library = report.shot, report.match, report.library
    how = {"found": "stands out", "guess": "a guess", "given": "near the time given"}[report.how]
    foot = f"{SIDES[shot.side]} {ENDS[shot.kind]}" + (" (mirrored below)" if shot.mirrored else "")
    rows = [("shooter", f"person {report.person} of {report.people}: {how}"),
            ("strike", f"{shot.strike_s:.2f} s, {foot}")]  # fmt: skip
    if found is None or library is None:
        rows.append(("style", "no library was given"))
    else:
        style = f"style {found.style} of {library.k}" if found.style else "none"
        count = library.counts()[found.nearest_style - 1]
        rows += [
            ("style", style + f"; nearest is style {found.nearest_style} with {count} of {len(library)} shots"),
            ("distance", f"{100 * found.distance:.1f} % of body height; 95 % of the library's own shots lie within"
                         f" {100 * found.far:.1f} %"),
            ("silhouette", f"{found.silhouette:.2f} (1: clearly of its style, 0: between two)"),
            ("library", library.made_of),
        ]  # fmt: skip
    cells = "".join(f"<tr><td>{html.escape(a)}</td><td>{html.escape(b)}</td></tr>" for a, b in rows)
    return f'<div class="wide"><table class="facts"><tbody>{cells}</tbody></table></div>'


def _phases(report: ShotReport, motion: str) -> str:
    found, library = report.match, report.library
    mean = None if found is None or library is None else library.style_postures[found.nearest_style - 1]
    what = "the shot" + ("" if mean is None or found is None else f"; grey: the mean of style {found.nearest_style}")
    image = embedded(draw_phases(report.shot.posture, mean), "png", f"five phases from the side: {what}")
    link = f'<a href="{html.escape(motion)}">both moving, in 3D</a>'
    return (
        f'<h2>The shot in five phases</h2>\n<div class="wide">{image}</div>\n<p class="key">From the side, forward to'
        f" the right, pelvis on pelvis, as a right-footed or right-handed athlete; orange: right, blue: left"
        f"{html.escape(what.removeprefix('the shot'))}. {link}</p>"
    )


def _nearest(report: ShotReport) -> str:
    if report.match is None:
        return ""
    items = []
    for n in report.match.nearest:
        name = html.escape(n.name)
        if n.link and (n.link.startswith(("http://", "https://")) or ":" not in n.link):
            name = f'<a href="{html.escape(n.link)}">{name}</a>'
        what = f"{n.what}, " if n.what else ""
        items.append(
            f"<li>{name}: {html.escape(what)}style {n.style}, {100 * n.distance:.1f} % of body height away</li>"
        )
    return f"<h2>Nearest examples</h2>\n<ol>{''.join(items)}</ol>"


def _moments(report: ShotReport, pictures: Sequence[Picture]) -> str:
    """A picture with its numbers for each moment, then the numbers that belong to none."""
    left, parts = list(report.values), []
    for picture in pictures:
        own = [
            v for v in left
            if v.at_s is not None and abs(v.at_s + report.shot.strike_s - picture.time_s) <= NEAR_S
        ]  # fmt: skip
        left = [v for v in left if v not in own]
        caption = html.escape(f"{picture.name}, {picture.time_s:.2f} s")
        parts.append(
            f'<div class="moment"><figure><img alt="{caption}" src="{picture_uri(picture)}">'
            f'<figcaption>{caption}</figcaption></figure><div class="numbers wide">{_table(report, own)}</div></div>'
        )
    rest = f'<h3>Over the whole shot</h3>\n<div class="numbers wide">{_table(report, left)}</div>' if left else ""
    return "<h2>Numbers</h2>\n" + "\n".join(parts) + rest


def _table(report: ShotReport, values: Sequence[ShotValue]) -> str:
    if not values:
        return ""
    rows = []
    for v in values:
        number = NUMBERS[v.key]
        shown = "-" if v.value is None else f"{v.value:z.{number.digits}f} {number.unit}"
        percentile = None if report.match is None else report.match.percentiles.get(v.key)
        bar = (
            "" if percentile is None else f'<meter min="0" max="100" value="{percentile:.0f}"></meter> {percentile:.0f}'
        )
        frame = "" if v.frame is None else f"frame {v.frame}"
        rows.append(
            f'<tr class="{v.trust}"><td>{html.escape(number.words(report.shot.kind)[0])}</td>'
            f'<td class="value">{html.escape(shown)}</td><td class="meter">{bar}</td>'
            f'<td class="{v.trust}">{TRUST[v.trust]}</td>'
            f'<td class="note">{html.escape("; ".join(t for t in (frame, v.note) if t))}</td></tr>'
        )
    share = "" if report.match is None else "percentile"
    head = f"<thead><tr><th>number</th><th></th><th>{share}</th><th>trust</th><th>note</th></tr></thead>"
    return f"<table>{head}<tbody>{''.join(rows)}</tbody></table>"


def _published(report: ShotReport) -> str:
    cells = "".join(f'<tr><td>{name}</td><td class="value">{value:.3f}</td></tr>'
                    for name, value in report.published.items())  # fmt: skip
    return (
        "<details><summary>The 25 published features (AutoSoccerPose), for comparison with 3DSP</summary><p class="
        f'"key">Ankle in units of the largest coordinate of a frame, angles in degrees.</p><table>{cells}</table>'
        "</details>"
    )


def _definitions(report: ShotReport) -> str:
    rows = []
    for v in report.values:
        label, text = NUMBERS[v.key].words(report.shot.kind)
        cells = (label, NUMBERS[v.key].unit, text)
        rows.append("<tr>" + "".join(f'<td class="note">{html.escape(cell)}</td>' for cell in cells) + "</tr>")
    return (
        '<h2>What the numbers are</h2>\n<div class="wide"><table><thead><tr><th>number</th><th>unit</th>'
        f"<th>definition</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>\n"
        '<div class="notes"><p>Percentile: share of the library below this shot; lengths and speeds are compared per'
        " body height. Roughly: lengths and speeds scale with the athlete's height, angles of one camera are off"
        " by 5 to 10° in the mean: docs/strikes.md.</p></div>"
    )
