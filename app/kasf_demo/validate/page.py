"""The report of a validation: one HTML file that works offline."""

from __future__ import annotations

import html
from collections.abc import Iterator

import numpy as np

from kasf_demo.plots.html_document import document
from kasf_demo.plots.style import styled
from kasf_demo.plots.validation import CurveBand, bland_altman_image, curves_image, spm_image
from kasf_demo.validate.agreement import Agreement
from kasf_demo.validate.spm import SpmResult
from kasf_demo.validate.tables import tables
from kasf_demo.validate.validation import Quantity1D, Validation

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 78rem; margin: 1.5rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
h3 { font-size: .95rem; margin: 1.4rem 0 .3rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; }
th, td { text-align: left; padding: .25rem .7rem; border-bottom: 1px solid #ddd; white-space: nowrap; }
th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; }
.notes { color: #555; font-size: .85rem; padding-left: 1.2rem; max-width: 60rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: .5rem; }
.plots img { width: 100%; height: auto; border: 1px solid #eee; }
@media print { body { max-width: none; margin: 0; } .plots { break-inside: avoid; } }
"""
INTRO = (
    "Estimated angles and speeds against the measured ones. RMSE, bias and limits of agreement are in the unit of the"
    " quantity; the groups of the paper compare shapes only."
)


def page(found: Validation, title: str) -> str:
    """The file's text."""
    *first, groups, clips = (table.html() for table in tables(found))
    with styled():
        body = [f"<h1>{html.escape(title)}</h1>\n<p>{INTRO}</p>", *first, groups]
        body += [f'<div class="plots">{"".join(_group_images(found))}</div>' if found.groups else "", clips]
        body.append("<h2>Each angle and speed</h2>")
        for quantity, one in zip(found.quantities, found.agreements, strict=True):
            name = one.name.replace("_", " ")
            images = "".join(_images(name, quantity, one))
            body.append(f'<h3>{html.escape(name)}</h3>\n<div class="plots">{images}</div>')
    return document(title, "\n".join(body), STYLE)


def _group_images(found: Validation) -> Iterator[str]:
    for g in found.groups:
        bands = [CurveBand(x.mean(0), x.std(0)) for x in (g.estimate, g.truth)]
        yield curves_image(g.group.title, "scaled to 0..1", *bands)
        yield from _spm(g.group.title, g.spm)


def _images(name: str, quantity: Quantity1D, one: Agreement) -> Iterator[str]:
    estimate, truth = CurveBand(one.estimate_mean, one.estimate_sd), CurveBand(one.truth_mean, one.truth_sd)
    yield curves_image(name, one.unit, estimate, truth)
    yield from _spm(name, one.spm)
    pairs = [w.both for w in quantity.waveforms]
    a, b = (np.concatenate([p[i] for p in pairs]) for i in (0, 1))
    yield bland_altman_image(name, one.unit, a, b, one.bias, one.low, one.high)


def _spm(name: str, spm: SpmResult | None) -> Iterator[str]:
    if spm is not None:
        yield spm_image(name, spm.t, spm.critical, [(c.start, c.end) for c in spm.clusters])
