"""The measured numbers of a clip as columns of the summary: peak speeds, angles and events of its first person, from
the JSON report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kasf_demo.types.motion import ANGLES, POINTS

MAX_BYTES = 1 << 28  # of a report
SPEEDS = {f"{point}_peak_m_per_s": point for point in POINTS}
ANGLE_MEASURES = {"min_deg": "min_deg", "max_deg": "max_deg", "peak_deg_per_s": "peak_deg_per_s"}
EVENTS = (
    "flights",
    "flight_height_m",
    "flight_time_s",
    "steps",
    "cadence_per_min",
    "strike",
    "strike_side",
    "strike_s",
    "strike_m_per_s",
)
COLUMNS = ("person", *SPEEDS, *EVENTS, *(f"{angle}_{measure}" for angle in ANGLES for measure in ANGLE_MEASURES))


def measured(people: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Column to value, of the first of the people's records, without missing values. Empty without people.

    flight_height_m is the highest rise of the body's centre of mass, flight_time_s the time in the air of that flight.
    """
    if not people or "speeds" not in people[0]:
        return {}
    person = people[0]
    found: dict[str, Any] = {"person": person["id"]}
    found |= {column: person["speeds"].get(point, {}).get("peak_m_per_s") for column, point in SPEEDS.items()}
    found |= _events(person["events"])
    for angle in ANGLES:
        values = person["angles"].get(angle, {})
        found |= {f"{angle}_{measure}": values.get(key) for measure, key in ANGLE_MEASURES.items()}
    return {column: value for column, value in found.items() if value is not None}


def _events(events: Mapping[str, Any]) -> dict[str, Any]:
    flights, gait, strike = events.get("flights") or [], events.get("gait") or {}, events.get("strike") or {}
    best: Mapping[str, Any] = max(flights, key=lambda f: f.get("height_path_m") or 0.0, default={})
    in_air_s = round(best["landing_s"] - best["takeoff_s"], 3) if best else None
    return {
        "flights": len(flights), "flight_height_m": best.get("height_path_m"), "flight_time_s": in_air_s,
        "steps": len(gait.get("steps", ())), "cadence_per_min": gait.get("cadence_per_min"),
        "strike": strike.get("kind"), "strike_side": strike.get("side"), "strike_s": strike.get("time_s"),
        "strike_m_per_s": strike.get("m_per_s"),
    }  # fmt: skip


def measured_again(path: Path) -> dict[str, Any]:
    """From a result's JSON, for clips that a journal has without numbers; empty if unreadable."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return {}
        report = json.loads(path.read_text(encoding="utf-8"))
        return measured(report.get("people") or []) if isinstance(report, dict) else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return {}
