"""Sessions over days: each number over time, and whether it has changed by more than it is uncertain."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kasf_demo.errors import InputError, UsageError, printable
from kasf_demo.results.sessions import Session, SessionNumber

HEIGHT_APART_M = 0.005
SURE_SIGMAS = 2.0  # a change of so many standard deviations is one
COLUMNS = ("date", "file", "kind", "number", "label", "value", "unit", "sigma", "usable", "note")
CHANGES = {True: "changed", False: "within the uncertainty", None: "uncertainty not stated"}


@dataclass(frozen=True)
class TrendLine:
    """One number over the sessions in which it is known. days (N,) since the first session; values, sigma (N,), NaN
    where it is not stated; usable (N,). change: last less first usable value; change_sigma: None if not stated;
    changed: None if that is not known. per_week: slope of a straight line through three usable values or more."""

    key: str
    label: str
    unit: str
    sessions: tuple[int, ...]
    days: tuple[float, ...]
    values: tuple[float, ...]
    sigma: tuple[float | None, ...]
    usable: tuple[bool, ...]
    change: float | None
    change_sigma: float | None
    changed: bool | None
    per_week: float | None


@dataclass(frozen=True)
class Trend:
    """Sessions in order of days, and their numbers."""

    kind: str
    sessions: tuple[Session, ...]
    lines: tuple[TrendLine, ...]
    notes: tuple[str, ...]


def trend_of(sessions: Sequence[Session], *, other_heights: bool = False) -> Trend:
    """Raises InputError for sessions of several tests, without a day, or measured with several heights (unless
    `other_heights`)."""
    if len(sessions) < 2:
        raise UsageError("a trend needs two sessions or more", "give the JSON file of each")
    kinds = list(dict.fromkeys(s.kind for s in sessions))
    if len(kinds) > 1:
        other = next(s for s in sessions if s.kind != kinds[0])
        what = f"is {kinds[1]}, {printable(sessions[0].path.name)} is {kinds[0]}: different tests do not make a trend"
        raise InputError(what, "give one test at a time", path=other.path)
    undated = next((s for s in sessions if s.day is None), None)
    if undated is not None:
        raise InputError("has no date", "give --dates, or put it in the name as 2026-12-01", path=undated.path)
    known = [s for s in sessions if s.height_m is not None]
    for s in known[1:]:
        if abs((s.height_m or 0) - (known[0].height_m or 0)) > HEIGHT_APART_M and not other_heights:
            what = f"was measured with a height of {s.height_m:.2f} m, {printable(known[0].path.name)} with"
            what += f" {known[0].height_m:.2f} m: lengths and speeds do not compare"
            raise InputError(what, "measure again with one --height, or give --other-heights", path=s.path)
    ordered = sorted(sessions, key=lambda s: (str(s.day), s.path.name))
    first = datetime.date.fromisoformat(str(ordered[0].day))
    days = [(datetime.date.fromisoformat(str(s.day)) - first).days for s in ordered]
    keys = dict.fromkeys(n.key for s in ordered for n in s.numbers)
    lines = [_line(key, ordered, days) for key in keys]
    return Trend(kinds[0], tuple(ordered), tuple(line for line in lines if len(line.days) > 1), _notes(ordered))


def _line(key: str, sessions: Sequence[Session], days: Sequence[int]) -> TrendLine:
    found: list[tuple[int, float, SessionNumber]] = [
        (i, float(day), n)
        for i, (s, day) in enumerate(zip(sessions, days, strict=True))
        for n in s.numbers
        if n.key == key
    ]  # fmt: skip
    good = [(day, n) for _, day, n in found if n.usable]
    change = change_sigma = per_week = None
    changed: bool | None = None
    if len(good) > 1:
        (_, a), (_, b) = good[0], good[-1]
        change = b.value - a.value
        if a.sigma is not None and b.sigma is not None:
            change_sigma = float(np.hypot(a.sigma, b.sigma))
            changed = abs(change) > SURE_SIGMAS * change_sigma
        if len(good) > 2 and good[-1][0] > good[0][0]:
            per_week = 7 * float(np.polyfit([day for day, _ in good], [n.value for _, n in good], 1)[0])
    return TrendLine(
        key, found[0][2].label, found[0][2].unit, tuple(i for i, _, _ in found), tuple(day for _, day, _ in found),
        tuple(n.value for _, _, n in found), tuple(n.sigma for _, _, n in found), tuple(n.usable for _, _, n in found),
        change, change_sigma, changed, per_week,
    )  # fmt: skip


def _notes(sessions: Sequence[Session]) -> tuple[str, ...]:
    notes = ["A change is called one if it is twice its stated uncertainty; what changes from day to day, and how the"
             " camera stood, are not in it."]  # fmt: skip
    if any(s.height_m is None for s in sessions):
        notes.append("Some files do not say the athlete's height: check that it is the same in all.")
    heights = {round(s.height_m, 3) for s in sessions if s.height_m is not None}
    if len(heights) > 1:
        notes.append("Measured with different heights: lengths and speeds compare only if the athlete grew.")
    rates = {round(s.rate_hz, 1) for s in sessions if s.rate_hz is not None}
    if len(rates) > 1:
        notes.append(f"Filmed at {', '.join(f'{r:g}' for r in sorted(rates))} frames/s: times differ in certainty.")
    return tuple(notes)


def trend_record(trend: Trend) -> dict[str, Any]:
    """In JSON's own types."""
    return {
        "schema": 1,
        "kind": trend.kind,
        "sessions": [
            {"date": s.day, "file": printable(s.path.name), "height_m": s.height_m, "frames_per_s": s.rate_hz}
            for s in trend.sessions
        ],
        "numbers": [
            {
                "key": line.key, "label": line.label, "unit": line.unit,
                "values": [
                    {"date": trend.sessions[i].day, "value": value, "sigma": sigma, "usable": usable}
                    for i, value, sigma, usable in zip(line.sessions, line.values, line.sigma, line.usable, strict=True)
                ],
                "change": line.change, "change_sigma": line.change_sigma, "changed": line.changed,
                "per_week": line.per_week,
            }
            for line in trend.lines
        ],
        "notes": list(trend.notes),
    }  # fmt: skip


def trend_rows(trend: Trend) -> list[tuple[str, ...]]:
    """Rows under `COLUMNS`, session by session."""
    rows: list[tuple[str, ...]] = []
    for s in trend.sessions:
        for n in s.numbers:
            sigma = "" if n.sigma is None else f"{n.sigma:.5g}"
            usable = "yes" if n.usable else "no"
            name = printable(s.path.name)
            rows.append((str(s.day), name, s.kind, n.key, n.label, f"{n.value:.6g}", n.unit, sigma, usable, n.note))
    return rows
