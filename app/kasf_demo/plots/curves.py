"""Angles and speeds over time: raw thin, smoothed thick with a band of one sigma, events as lines, foot contacts as
bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from kasf_demo.plots.style import DARK, LEFT, MIDLINE, RIGHT, SIDES, THIRD
from kasf_demo.plots.subject import Subject
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.motion import ANGLES, FOOT_ANGLES, POINTS, Angles, Events, FootAngles
from kasportsformer.skeleton import H36M

BAND_ALPHA = 0.15  # of the band of one sigma


@dataclass(frozen=True)
class CurvePanel:
    """A plot: its title with unit, and (column of `ANGLES` or `POINTS`, colour) of its curves."""

    title: str
    curves: tuple[tuple[str, str], ...]
    key: tuple[tuple[str, str], ...] = ()  # meaning of the colours, if they are not the sides


def _both(name: str) -> tuple[tuple[str, str], ...]:
    return ((f"l_{name}", LEFT), (f"r_{name}", RIGHT))


PANELS = (
    CurvePanel("knee flexion, °", _both("knee_flexion")),
    CurvePanel("hip flexion, °", _both("hip_flexion")),
    CurvePanel("elbow flexion, °", _both("elbow_flexion")),
    CurvePanel("shoulder elevation, °", _both("shoulder_elevation")),
    CurvePanel(
        "trunk lean, °",
        (("trunk_lean_forward", MIDLINE), ("trunk_lean_right", THIRD)),
        (("forward", MIDLINE), ("to the right", THIRD)),
    ),
    CurvePanel(
        "rotation to the left, °",
        (("pelvis_rotation", MIDLINE), ("shoulders_rotation", THIRD), ("separation", "#cc79a7")),
        (("pelvis", MIDLINE), ("shoulders", THIRD), ("separation", "#cc79a7")),
    ),
    CurvePanel("foot speed, m/s", _both("ankle")),
    CurvePanel("hand speed, m/s", _both("wrist")),
)


FOOT_PANELS = (
    CurvePanel("ankle flexion, °", _both("ankle_flexion")),
    CurvePanel("foot against the floor, °", _both("foot_pitch")),
)


SPREAD_PANELS = (("legs", ("knee", "ankle")), ("arms", ("elbow", "wrist")))


def draw_curves(figure: Figure | SubFigure, subject: Subject) -> None:
    """Fills `figure` with all panels, two in a row."""
    panels = PANELS if subject.motion.foot_angles is None else (*PANELS, *FOOT_PANELS)
    spread = subject.person.pose.spread_m
    grid = figure.subplots(len(panels) // 2 + (spread is not None), 2, sharex=True)
    for axes, panel in zip(grid.ravel(), panels, strict=False):
        _panel(axes, panel, subject)
    if spread is not None:
        for axes, (part, joints) in zip(grid[-1], SPREAD_PANELS, strict=True):
            _spread_panel(axes, part, joints, subject)
    times_s = subject.motion.angles.times_s
    grid[0, 0].set_xlim(float(times_s[0]), max(float(times_s[-1]), float(times_s[0]) + 1e-3))
    for axes in grid[0]:
        _names(axes, subject.motion.events)
    for axes in grid[-1]:
        axes.set_xlabel("time, s")
    figure.legend(handles=_legend(subject), loc="outside lower center", ncols=6, handlelength=1.6, columnspacing=1.4)


def _panel(axes: Axes, panel: CurvePanel, subject: Subject) -> None:
    angles, raw = subject.motion.angles, subject.raw
    axes.set_title(panel.title)
    for name, colour in panel.curves:
        if name in FOOT_ANGLES and subject.motion.foot_angles is not None:
            _foot_curve(axes, subject.motion.foot_angles, name, colour)
            continue
        smooth, doubtful = _curve(angles, name), _doubtful(subject, name)
        if raw is not None:
            axes.plot(angles.times_s, _same_turn(_curve(raw, name), smooth, name), color=colour, lw=0.7, alpha=0.45)
        if (sigma := _sigma(angles, name)) is not None:
            axes.fill_between(angles.times_s, smooth - sigma, smooth + sigma, color=colour, alpha=BAND_ALPHA, lw=0)
        axes.plot(angles.times_s, smooth, color=colour, lw=1.4, alpha=0.25 if doubtful.any() else 1.0)
        axes.plot(angles.times_s, np.where(doubtful, np.nan, smooth), color=colour, lw=1.4)
    for time_s, side, _ in subject.motion.events.marks():
        axes.axvline(time_s, color=SIDES.get(side or "", DARK), lw=0.8, ls=(0, (4, 2)), zorder=0)
    for time_s in subject.cuts_s:
        axes.axvline(time_s, color=DARK, lw=1.2, zorder=0)
    if "knee" in panel.title or "foot" in panel.title:
        _contacts(axes, subject.motion.events)
    if panel.key:
        handles = [Line2D([], [], color=colour, label=name) for name, colour in panel.key]
        axes.legend(
            handles=handles,
            loc="lower right",
            bbox_to_anchor=(1.0, 0.97),
            ncols=len(handles),
            handlelength=0.9,
            columnspacing=0.8,
            handletextpad=0.4,
            borderpad=0.2,
        )
    axes.grid(axis="y", color="#e4e4e4", lw=0.6)
    axes.set_axisbelow(True)
    axes.margins(y=0.12)


def _foot_curve(axes: Axes, feet: FootAngles, name: str, colour: str) -> None:
    deg = feet[name]
    if feet.sigma_deg is not None:
        sigma = feet.sigma_deg[:, FOOT_ANGLES.index(name)]
        axes.fill_between(feet.times_s, deg - sigma, deg + sigma, color=colour, alpha=BAND_ALPHA, lw=0)
    axes.plot(feet.times_s, deg, color=colour, lw=1.4)


def _spread_panel(axes: Axes, part: str, joints: tuple[str, ...], subject: Subject) -> None:
    """How far the hypotheses of the lifting network disagree, mm: a band from 0 to the larger of a side's joints."""
    spread = subject.person.pose.spread_m
    assert spread is not None
    axes.set_title(f"spread of hypotheses, {part}, mm")
    times_s = subject.motion.angles.times_s
    for side, colour in SIDES.items():
        columns = [H36M[f"{side}_{joint}"] for joint in joints]
        largest = 1000 * spread[:, columns].max(1)
        axes.fill_between(times_s, 0, largest, color=colour, alpha=BAND_ALPHA, lw=0)
        axes.plot(times_s, largest, color=colour, lw=1.2)
    axes.grid(axis="y", color="#e4e4e4", lw=0.6)
    axes.set_axisbelow(True)


def _curve(angles: Angles, name: str) -> FloatArray:
    """(T,) values of an angle or a point's speed."""
    return _without_wraps(angles[name]) if name in ANGLES else angles.speed[name]


def _sigma(angles: Angles, name: str) -> FloatArray | None:
    """(T,) uncertainty of an angle or a point's speed; None if unknown."""
    if name in ANGLES:
        return None if angles.sigma_deg is None else angles.sigma_deg[:, ANGLES.index(name)]
    return None if angles.sigma_m_per_s is None else angles.sigma_m_per_s[:, POINTS.index(name)]


def _doubtful(subject: Subject, name: str) -> BoolArray:
    """(T,) where a joint of it has a low score, the frame was filled in, or a speed is along an unreliable
    trajectory."""
    angles, filled = subject.motion.angles, subject.person.pose.interpolated
    if name in ANGLES:
        return np.asarray(angles.doubtful[:, ANGLES.index(name)] | filled)
    return np.asarray(angles.doubtful_points[:, POINTS.index(name)] | filled | ~subject.reliable)


def _without_wraps(deg: FloatArray) -> FloatArray:
    """Break the line where an angle wraps from 180 to -180."""
    broken = deg.copy()
    with np.errstate(invalid="ignore"):
        broken[1:][np.abs(np.diff(deg)) > 180] = np.nan
    return broken


def _same_turn(raw: FloatArray, smooth: FloatArray, name: str) -> FloatArray:
    """Whole turns apart are the same direction: a rotation that is counted on may have begun elsewhere."""
    if not name.endswith("rotation"):
        return raw
    return raw - 360 * np.round((raw - smooth) / 360)


def _contacts(axes: Axes, events: Events) -> None:
    for contact in events.contacts:
        low = 0.0 if contact.side == "l" else 0.045
        axes.axvspan(contact.start_s, contact.end_s, low, low + 0.035, color=SIDES[contact.side], lw=0)


def _names(axes: Axes, events: Events) -> None:
    """Names of the events over the plot, as far as there is room; those of a foot or hand once, since the colour shows
    the side. Contacts of feet come last, as there are many."""
    named: set[tuple[str, str]] = set()
    taken: list[float] = []
    low, high = axes.get_xlim()
    for time_s, side, name in sorted(events.marks(doubts=True), key=lambda mark: mark[2].startswith("Foot")):
        if any(abs(time_s - other) < 0.06 * (high - low) for other in taken) or (name, side) in named:
            continue
        taken.append(time_s)
        if side:
            named.add((name, side))
        axes.annotate(
            name,
            (time_s, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(1.5, -1),
            textcoords="offset points",
            rotation=90,
            va="top",
            ha="left",
            fontsize=6,
            color=SIDES.get(side or "", DARK),
            zorder=5,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
        )


def _legend(subject: Subject) -> Sequence[Line2D]:
    lines = [Line2D([], [], color=LEFT, label="left"), Line2D([], [], color=RIGHT, label="right")]
    if subject.raw is not None:
        lines.append(Line2D([], [], color=DARK, lw=0.7, alpha=0.6, label="before smoothing"))
    if any(
        (_doubtful(subject, name) & subject.person.pose.valid).any() for panel in PANELS for name, _ in panel.curves
    ):
        lines.append(Line2D([], [], color=DARK, lw=1.4, alpha=0.25, label="doubtful"))
    if subject.motion.angles.sigma_deg is not None:
        lines.append(Line2D([], [], color=DARK, lw=5, alpha=BAND_ALPHA, label="68 % band"))
    if subject.motion.events.marks():
        lines.append(Line2D([], [], color=DARK, lw=0.8, ls=(0, (4, 2)), label="event"))
    if subject.cuts_s:
        lines.append(Line2D([], [], color=DARK, lw=1.2, label="shot begins"))
    if subject.motion.events.contacts:
        lines.append(Line2D([], [], color=DARK, lw=3, label="foot stands (bar)"))
    return lines
