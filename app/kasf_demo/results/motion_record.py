"""The motion of one person as the JSON report has it: ranges, peaks and events, in seconds of the clip."""

from __future__ import annotations

from typing import Any

import numpy as np

from kasf_demo.types.motion import ANGLES, POINTS, Angles, Contact, Events, Flight, Gait, Motion, Strike


def motion_record(motion: Motion) -> dict[str, Any]:
    """Ranges, peaks and events of one person in JSON's own types, rounded to significant digits; null for missing
    values."""
    angles = motion.angles
    return {
        "angles": {name: _angle(angles, name) for name in ANGLES},
        "speeds": {point: _speed(angles, point) for point in POINTS},
        "events": _events(motion.events),
    }


def _angle(angles: Angles, name: str) -> dict[str, Any]:
    e, v = angles.extremes(name), angles.extremes(name, velocity=True)
    column = ANGLES.index(name)
    known = np.isfinite(angles.deg[:, column])
    return {
        "min_deg": _round(e.low, 1),
        "min_s": _round(e.low_s, 3),
        "max_deg": _round(e.high, 1),
        "max_s": _round(e.high_s, 3),
        "range_deg": _round(e.range, 1),
        "peak_deg_per_s": _round(v.peak[0], 0),
        "peak_velocity_s": _round(v.peak[1], 3),
        "frames": int(known.sum()),
        "doubtful_frames": int((known & angles.doubtful[:, column]).sum()),
    }


def _speed(angles: Angles, point: str) -> dict[str, Any]:
    e = angles.speed_extremes(point)
    return {"peak_m_per_s": _round(e.high, 2), "peak_s": _round(e.high_s, 3)}


def _events(events: Events) -> dict[str, Any]:
    return {
        "flights": [_flight(f) for f in events.flights],
        "contacts": [_contact(c) for c in events.contacts],
        "gait": _gait(events.gait) if events.gait else None,
        "strike": _strike(events.strike) if events.strike else None,
        "symmetry_percent": {name: _round(value, 1) for name, value in events.symmetry.items()},
    }


def _flight(f: Flight) -> dict[str, Any]:
    return {
        "takeoff_s": _round(f.takeoff_s, 3),
        "landing_s": _round(f.landing_s, 3),
        "height_path_m": _round(f.height_path_m, 3),
        "height_time_m": _round(f.height_time_m, 3),
        "difference_m": _round(f.difference_m, 3),
        "doubtful": f.doubtful,
    }


def _contact(c: Contact) -> dict[str, Any]:
    return {"side": c.side, "start_s": _round(c.start_s, 3), "end_s": _round(c.end_s, 3), "doubtful": c.doubtful}


def _gait(g: Gait) -> dict[str, Any]:
    steps = [{"time_s": _round(t, 3), "side": side, "doubtful": doubt} for t, side, doubt in g.marked_steps]
    return {"cadence_per_min": _round(g.cadence_per_min, 1), "steps": steps}


def _strike(s: Strike) -> dict[str, Any]:
    return {
        "kind": s.kind, "side": s.side, "time_s": _round(s.time_s, 3), "m_per_s": _round(s.m_per_s, 2),
        "limb_m_per_s": _round(s.limb_m_per_s, 2), "doubtful": s.doubtful,
    }  # fmt: skip


def _round(value: float, digits: int) -> float | None:
    return (round(value, digits) + 0.0) if np.isfinite(value) else None
