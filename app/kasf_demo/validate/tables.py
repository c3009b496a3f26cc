"""A validation as tables and CSV rows."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from kasf_demo.results.report_table import ReportTable
from kasf_demo.validate.agreement import SAMPLES, Agreement, correlation
from kasf_demo.validate.spm import SpmResult
from kasf_demo.validate.validation import Validation

# Pearson's r of the published validation, 3D estimates: Yeung et al. 2025
PUBLISHED_R = {"arms_speed": 0.28, "legs_speed": 0.11, "elbow_angle": 0.90, "knee_angle": 0.82}
CSV_HEAD = ("quantity", "unit", "curve", "frames", "r", "rmse", "bias", "limit_low", "limit_high")
SPM_NOTE = (
    "SPM{t}: paired t over the curves at each percent of the clip. Beyond the threshold the mean difference is too"
    " large for chance anywhere in the clip (two-tailed, 5 %). Curves of one clip count as independent, as published."
)


def tables(found: Validation) -> list[ReportTable]:
    """Angles, speeds, their SPM, the paper's groups, the clips."""
    angles = [a for a in found.agreements if a.unit == "°"]
    speeds = [a for a in found.agreements if a.unit != "°"]
    return [
        _agreements("Angles, °", angles, 1, _notes(angles)),
        _agreements("Speeds, m/s", speeds, 2, ("In world axes: the path of the person counts.",)),
        _spm(found),
        _groups(found),
        _clips(found),
    ]


def _agreements(title: str, rows: list[Agreement], digits: int, notes: tuple[str, ...]) -> ReportTable:
    head = ("", "curves", "r", "r, curve", "RMSE", "bias", "low", "high")
    cells = []
    for a in rows:
        numbers = (text(a.rmse, digits), *(signed(v, digits) for v in (a.bias, a.low, a.high)))
        curve = f"{text(a.r_curves, 2)} ({a.moving})"
        cells.append((a.name.replace("_", " "), str(a.curves), text(a.r, 2), curve, *numbers))
    return ReportTable(title, head, tuple(cells), notes)


def _spm(found: Validation) -> ReportTable:
    rows = [
        (a.name.replace("_", " "), text(a.spm.critical, 2), text(a.spm.fwhm, 1), clusters(a.spm, SAMPLES))
        for a in found.agreements
        if a.spm is not None
    ]
    head = ("", "t threshold", "FWHM, %", "clusters, % of the clip")
    return ReportTable("SPM{t} of angles and speeds", head, tuple(rows), (SPM_NOTE,))


def _notes(angles: list[Agreement]) -> tuple[str, ...]:
    notes = [
        "r: Pearson over all frames; r, curve: the median of the curves' own r, over those (their number in"
        " brackets) that move by 10° or 0.3 m/s.",
        "Bias: estimate less truth. Low and high: limits of agreement, 95 % of single differences lie within (Bland and"
        " Altman 2007).",
    ]
    if any(a.name.endswith("_rotation") for a in angles):
        notes.append("Headings (pelvis and shoulders rotation) are compared after the best turn about the vertical.")
    return tuple(notes)


def _groups(found: Validation) -> ReportTable:
    rows = []
    for g in found.groups:
        spm = ("-", "-") if g.spm is None else (text(g.spm.critical, 2), text(g.spm.fwhm, 1))
        published = f"{PUBLISHED_R[g.group.name]:.2f}"
        rows.append((g.group.title, str(len(g.estimate)), text(g.r, 2), published, *spm,
                     clusters(g.spm, g.estimate.shape[1])))  # fmt: skip
    head = ("", "curves", "r", "published", "t", "FWHM", "clusters, % of the clip")
    notes = [
        "As AthletePose3D's kinematic validation: filtered at 8 Hz, each curve scaled to 0..1 and to one length. Only"
        " the shape counts. Published r: Yeung et al. 2025, 3D, on their data. t: threshold. FWHM in samples.",
        *(f"{name}: too short for the filter, left out." for name in found.skipped),
    ]
    return ReportTable("The groups of AthletePose3D's paper", head, tuple(rows), tuple(notes))


def _clips(found: Validation) -> ReportTable:
    rows = []
    for pair in found.pairs:
        both = int((pair.estimate.pose.valid & np.isfinite(pair.truth_at).all((1, 2))).sum())
        clock = "one clock" if pair.offset_s is None else f"{pair.offset_s:+.3f} s"
        rows.append((pair.name, str(len(pair.estimate.pose)), str(both), clock))
    return ReportTable("Clips", ("", "frames", "frames in both", "clock of the measured motion"), tuple(rows))


def clusters(spm: SpmResult | None, samples: int) -> str:
    """ "12 to 30 (p 0.004)", or "none"; a dash without SPM."""
    if spm is None:
        return "-"
    percent = 100 / (samples - 1)
    return ", ".join(
        f"{c.start * percent:.1f} to {c.end * percent:.1f} (p {'<0.001' if c.p < 0.001 else f'{c.p:.3f}'})"
        for c in spm.clusters
    ) or "none"  # fmt: skip


def text(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"


def signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}" if math.isfinite(value) else "-"


def csv_rows(found: Validation) -> Iterator[tuple[object, ...]]:
    """CSV_HEAD; for each quantity a row over all curves, then one per curve."""
    yield CSV_HEAD
    for quantity, a in zip(found.quantities, found.agreements, strict=True):
        numbers = (a.r, a.rmse, a.bias, a.low, a.high)
        yield (a.name, a.unit, "all", a.frames, *(_exact(v) for v in numbers))
        for w in quantity.waveforms:
            estimate, truth = w.both
            if len(estimate) == 0:
                continue
            off = estimate - truth
            mine = (correlation(estimate, truth), float(np.sqrt((off**2).mean())), float(off.mean()))
            yield (a.name, a.unit, w.label, len(off), *(_exact(v) for v in mine), "", "")
    for g in found.groups:
        yield (g.group.name, "0..1", "all", g.estimate.size, _exact(g.r), "", "", "", "")


def _exact(value: float) -> object:
    return f"{value:.6g}" if math.isfinite(value) else ""
