"""Output of a comparison: tables on the console, a CSV file, and a page."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

from kasf_demo.compare.difference import Comparison, mean, worst
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.motion import ANGLES, FOOT_ANGLES
from kasf_demo.viewer.scene import GREY, Page, ProxyVideo, Take
from kasportsformer.skeleton import H36M_NAMES

COLUMNS = ("kind", "name", "unit", "frames", "mean_difference", "mean_absolute", "p95_absolute", "worst", "worst_s",
           "a_low", "a_high", "b_low", "b_high", "doubtful_frames")  # fmt: skip
MARKED = 3  # joints that are marked as the worst
COLOUR = "#e69f00"


def sentence(c: Comparison) -> str:
    """What was compared and how it was aligned."""
    frames = int(np.isfinite(c.joint_m[:, 0]).sum())
    turned = f"turned by {c.yaw_deg:z.0f}° about the vertical" + (f", scaled by {c.scale:.3f}" if c.scale != 1 else "")
    return (
        f"{c.a.name} against {c.b.name}: {frames} frames, aligned {c.clock.how}; {c.b.name} {turned}, pelvis on pelvis"
    )


def doubt_sentence(c: Comparison) -> str:
    """Shares of doubtful joints and the difference without them; empty if there are none."""
    both, a, b = c.other.valid, c.a.pose.in_doubt, c.other.in_doubt
    if not (a[both] | b[both]).any():
        return ""
    sure = np.where(a | b, np.nan, c.joint_m)
    return (
        f"doubtful joints: {100 * a[both].mean():.1f} % of {c.a.name}, {100 * b[both].mean():.1f} % of {c.b.name};"
        f" without them the joints are {_text(1000 * mean(sure[:, 1:]), 0)} mm apart on average, with them"
        f" {1000 * mean(c.joint_m[:, 1:]):.0f} mm"
    )


def joint_table(c: Comparison) -> Table:
    """One row per joint: mean distance, mean of the worst twentieth, maximum. The worst joints have a star."""
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    for title in ("joint", "mean, mm", "95 %, mm", "worst, mm", "at, s", ""):
        table.add_column(title, justify="left" if title in ("joint", "") else "right")
    starred = set(worst_joints(c))
    for j, name in enumerate(H36M_NAMES[1:], 1):
        value, at_s = worst(c.joint_m[:, j], c.a.pose.times_s)
        cells = (1000 * mean(c.joint_m[:, j]), 1000 * _p95(c.joint_m[:, j]), 1000 * value)
        table.add_row(name, *(_text(v, 0) for v in cells), _text(at_s, 2), "*" if j in starred else "")
    table.add_row("all", _text(1000 * mean(c.joint_m[:, 1:]), 0), _text(1000 * _p95(c.joint_m[:, 1:]), 0), "", "", "")
    return table


def angle_table(c: Comparison) -> Table:
    """One row per angle: ranges of both over the frames in both, mean difference (a less b), mean distance, worst
    difference. 80 columns."""
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    for title in ("angle, °", "a", "b", "a - b", "|a - b|", "worst", "at, s"):
        table.add_column(title, justify="left" if title.startswith("angle") else "right", no_wrap=True)
    for name, off, a, b, _ in _angles(c):
        low_a, high_a, low_b, high_b = _ranges(off, a, b)
        value, at_s = worst(off, c.a.pose.times_s)
        table.add_row(
            name,
            f"{_text(low_a, 0)} to {_text(high_a, 0)}",
            f"{_text(low_b, 0)} to {_text(high_b, 0)}",
            _text(mean(off), 1, sign=True),
            _text(mean(np.abs(off)), 1),
            _text(value, 0, sign=True),
            _text(at_s, 2),
        )
    return table


def worst_joints(c: Comparison) -> list[int]:
    """Indices of the joints that are furthest apart on average, the worst first."""
    means = [mean(c.joint_m[:, j]) for j in range(len(H36M_NAMES))]
    return sorted(range(len(means)), key=lambda j: -means[j])[:MARKED]


def write_csv(path: Path, c: Comparison) -> None:
    """A row for each joint (mm) and angle (degrees), as on the screen, ranges over the frames in both; RFC 4180. Raises
    OSError."""
    times_s = c.a.pose.times_s
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for j, name in enumerate(H36M_NAMES):
            writer.writerow(
                ["joint", name, "mm", *_cells(1000 * c.joint_m[:, j], times_s, signed=False, digits=1), "", "", "", "",
                 _doubtful_frames(c.joint_m[:, j], c.a.pose.in_doubt[:, j] | c.other.in_doubt[:, j])]
            )  # fmt: skip
        for name, off, a, b, doubtful in _angles(c):
            ranges = [_cell(v, 2) for v in _ranges(off, a, b)]
            cells = _cells(off, times_s, signed=True, digits=2)
            writer.writerow(["angle", name, "deg", *cells, *ranges, _doubtful_frames(off, doubtful)])


def page_of(c: Comparison, picture: ProxyVideo | None = None) -> Page:
    """Both skeletons in one view: a in colour with its worst joints marked, b in grey; `picture`: proxy video of a's
    clip, at a's frames."""
    pose = c.a.pose
    estimate = Take(
        c.a.name,
        pose.xyz,
        pose.times_s,
        pose.score,
        pose.valid,
        pose.interpolated,
        colour=COLOUR,
        angles=c.a.motion.angles,
        foot_angles=c.a.motion.foot_angles,
        feet=None if pose.feet is None else pose.feet.xyz,
        marks=c.a.motion.events.marks(),
        error_m=c.joint_m,
        uv_px=c.a.uv if picture else None,
        doubtful=pose.doubtful,
    )
    other = c.other
    reference = Take(
        c.b.name,
        other.xyz,
        pose.times_s,
        other.score,
        other.valid,
        other.interpolated,
        colour=GREY,
        angles=c.other_angles,
        foot_angles=c.other_foot_angles,
        marks=_marks(c),
        doubtful=other.doubtful,
    )
    named = ", ".join(f"{H36M_NAMES[j]} {1000 * mean(c.joint_m[:, j]):.0f} mm" for j in worst_joints(c))
    notes = [
        sentence(c) + ".",
        *[f"Drawn pale: {doubts}." for doubts in [doubt_sentence(c)] if doubts],
        (
            f"Joints are {1000 * mean(c.joint_m[:, 1:]):.0f} mm apart on average, measured from the pelvis; most:"
            f" {named}."
        ),
        (
            "If one of them has no pose, or no frame that matches in time, only the other skeleton is shown. Speeds of"
            " the grey skeleton are those after alignment in time."
        ),
    ]
    return Page(f"{c.a.name} against {c.b.name}", [estimate, reference], picture, notes=notes)


def _marks(c: Comparison) -> list[tuple[float, str | None, str]]:
    """b's events on a's clock; those outside a's time range are left out."""
    known = np.flatnonzero(np.isfinite(c.clock.other_s))
    own, others = c.a.pose.times_s[known], c.clock.other_s[known]
    moved: list[tuple[float, str | None, str]] = []
    for time_s, side, name in c.b.motion.events.marks():
        if len(known) and others[0] <= time_s <= others[-1]:
            moved.append((float(np.interp(time_s, others, own)), side, f"{name} ({c.b.name})"))
    return moved


def _angles(c: Comparison) -> Iterator[tuple[str, FloatArray, FloatArray, FloatArray, BoolArray]]:
    """By angle: its name, a less b, a, b, and where it is doubtful, (T,) each. Those of feet come last, if both have
    feet."""
    for i, name in enumerate(ANGLES):
        doubtful = c.a.motion.angles.doubtful[:, i] | c.other_angles.doubtful[:, i]
        yield name, c.angle_deg[:, i], c.a.motion.angles.deg[:, i], c.other_angles.deg[:, i], doubtful
    own, other, off = c.a.motion.foot_angles, c.other_foot_angles, c.foot_deg
    if own is not None and other is not None and off is not None:
        for i, name in enumerate(FOOT_ANGLES):
            if np.isfinite(off[:, i]).any():
                yield name, off[:, i], own.deg[:, i], other.deg[:, i], np.zeros(len(off), bool)


def _ranges(off: FloatArray, *curves: FloatArray) -> list[float]:
    both = np.isfinite(off)
    return [float(pick(curve[both])) if both.any() else math.nan for curve in curves for pick in (np.min, np.max)]


def _cells(values: FloatArray, times_s: FloatArray, *, signed: bool, digits: int) -> list[str]:
    value, at_s = worst(values, times_s)
    first = [
        _cell(mean(values), digits) if signed else "",
        _cell(mean(np.abs(values)), digits),
        _cell(_p95(values), digits),
    ]
    return [str(int(np.isfinite(values).sum())), *first, _cell(value, digits), _cell(at_s, 4)]


def _doubtful_frames(values: FloatArray, doubtful: BoolArray) -> str:
    return str(int((np.isfinite(values) & doubtful).sum()))


def _p95(values: FloatArray) -> float:
    known = np.abs(values[np.isfinite(values)])
    return float(np.percentile(known, 95)) if len(known) else math.nan


def _cell(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}" if math.isfinite(value) else ""


def _text(value: float, digits: int, *, sign: bool = False) -> str:
    return f"{value:{'+' if sign else ''}.{digits}f}" if math.isfinite(value) else "-"
