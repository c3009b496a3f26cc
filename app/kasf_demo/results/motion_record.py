"""The motion of one person as the JSON report has it: ranges, peaks and events, in seconds of the clip."""

from __future__ import annotations

from typing import Any

import numpy as np

from kasf_demo.kinematics.flight import G_M_PER_S2
from kasf_demo.kinematics.foot_motion import strike_kind
from kasf_demo.results.jumps_record import jumps_record
from kasf_demo.results.uncertainty_record import interval, sigma_at
from kasf_demo.types.motion import (
    ANGLES,
    FOOT_ANGLES,
    POINTS,
    Angles,
    BodySide,
    Contact,
    Events,
    Flight,
    FootAngles,
    Gait,
    Motion,
    Strike,
)


def motion_record(motion: Motion) -> dict[str, Any]:
    """Ranges, peaks and events of one person in JSON's own types, rounded to significant digits; null for missing
    values."""
    angles = motion.angles
    return {
        "angles": {name: _angle(angles, name) for name in ANGLES},
        **({} if motion.foot_angles is None else {"foot_angles": _foot_angles(motion.foot_angles)}),
        "speeds": {point: _speed(angles, point) for point in POINTS},
        "events": _events(motion.events, angles, motion.rate_hz),
        **jumps_record(motion),
    }


def _angle(angles: Angles, name: str) -> dict[str, Any]:
    e, v = angles.extremes(name), angles.extremes(name, velocity=True)
    column = ANGLES.index(name)
    known = np.isfinite(angles.deg[:, column])
    sigma = None if angles.sigma_deg is None else angles.sigma_deg[:, column]
    record = {
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
    if sigma is None:
        return record
    times_s = angles.times_s
    return record | {
        "median_sigma_deg": _round(float(np.median(sigma[known])) if known.any() else np.nan, 1),
        "min_interval_deg": interval(e.low, sigma_at(sigma, times_s, e.low_s), 1),
        "max_interval_deg": interval(e.high, sigma_at(sigma, times_s, e.high_s), 1),
    }


def _foot_angles(angles: FootAngles) -> dict[str, Any]:
    return {name: _foot_angle(angles, name) for name in FOOT_ANGLES}


def _foot_angle(angles: FootAngles, name: str) -> dict[str, Any]:
    e, known = angles.extremes(name), np.isfinite(angles[name])
    record = {
        "min_deg": _round(e.low, 1), "min_s": _round(e.low_s, 3), "max_deg": _round(e.high, 1),
        "max_s": _round(e.high_s, 3), "range_deg": _round(e.range, 1), "frames": int(known.sum()),
    }  # fmt: skip
    if angles.sigma_deg is None:
        return record
    sigma, times_s = angles.sigma_deg[:, FOOT_ANGLES.index(name)], angles.times_s
    return record | {
        "median_sigma_deg": _round(float(np.median(sigma[known])) if known.any() else np.nan, 1),
        "min_interval_deg": interval(e.low, sigma_at(sigma, times_s, e.low_s), 1),
        "max_interval_deg": interval(e.high, sigma_at(sigma, times_s, e.high_s), 1),
    }


def _speed(angles: Angles, point: str) -> dict[str, Any]:
    e = angles.speed_extremes(point)
    record = {"peak_m_per_s": _round(e.high, 2), "peak_s": _round(e.high_s, 3)}
    if angles.sigma_m_per_s is None:
        return record
    return record | {"peak_interval_m_per_s": _speed_interval(angles, point, e.high, e.high_s)}


def _speed_interval(angles: Angles, point: str, m_per_s: float, time_s: float) -> list[float] | None:
    """Around the speed of a point at a time."""
    sigma = None if angles.sigma_m_per_s is None else angles.sigma_m_per_s[:, POINTS.index(point)]
    return interval(m_per_s, sigma_at(sigma, angles.times_s, time_s), 2)


def _events(events: Events, angles: Angles, rate_hz: float) -> dict[str, Any]:
    cadence = events.contact_cadence_per_min
    return {
        "flights": [_flight(f, rate_hz) for f in events.flights],
        "contacts": [_contact(c) for c in events.contacts],
        "gait": _gait(events.gait) if events.gait else None,
        **({} if cadence is None else {"contact_cadence_per_min": _round(cadence, 1)}),
        **_median_strikes(events),
        "strike": _strike(events.strike, angles) if events.strike else None,
        "symmetry_percent": {name: _round(value, 1) for name, value in events.symmetry.items()},
    }


def _median_strikes(events: Events) -> dict[str, Any]:
    """By side, over the contacts whose strike is known; nothing if there are none."""
    sides: tuple[tuple[str, BodySide], ...] = (("left", "l"), ("right", "r"))
    found = {name: events.median_strike_deg(side) for name, side in sides}
    known = {
        name: {"deg": _round(deg, 1), "strike": strike_kind(deg)} for name, deg in found.items() if np.isfinite(deg)
    }
    return {"median_strike": known} if known else {}


def _flight(f: Flight, rate_hz: float) -> dict[str, Any]:
    """The interval is of the height from the time in the air: the two heights disagree by the root of 2 of one's
    deviation, and take-off and landing lie anywhere within a frame (deviation 1 / (12^.5 rate) each)."""
    airborne_s = f.landing_s - f.takeoff_s
    timing_m = G_M_PER_S2 * airborne_s / 4 * np.sqrt(2 / 12) / rate_hz  # h = g t^2 / 8
    sigma_m = float(np.hypot(f.difference_m / np.sqrt(2), timing_m))
    return {
        "takeoff_s": _round(f.takeoff_s, 3),
        "landing_s": _round(f.landing_s, 3),
        "height_path_m": _round(f.height_path_m, 3),
        "height_time_m": _round(f.height_time_m, 3),
        "difference_m": _round(f.difference_m, 3),
        "height_interval_m": interval(f.height_time_m, sigma_m, 3),
        "doubtful": f.doubtful,
    }


def _contact(c: Contact) -> dict[str, Any]:
    record = {"side": c.side, "start_s": _round(c.start_s, 3), "end_s": _round(c.end_s, 3), "doubtful": c.doubtful}
    if c.strike_deg is None and c.flat_s is None:
        return record
    flat = None if c.flat_s is None else [_round(time_s, 3) for time_s in c.flat_s]
    return record | {
        "strike_deg": None if c.strike_deg is None else _round(c.strike_deg, 1),
        "strike": c.strike,
        "flat_s": flat,
    }


def _gait(g: Gait) -> dict[str, Any]:
    steps = [{"time_s": _round(t, 3), "side": side, "doubtful": doubt} for t, side, doubt in g.marked_steps]
    return {"cadence_per_min": _round(g.cadence_per_min, 1), "steps": steps}


def _strike(s: Strike, angles: Angles) -> dict[str, Any]:
    point = f"{s.side}_{'ankle' if s.kind == 'kick' else 'wrist'}"
    return {
        "kind": s.kind, "side": s.side, "time_s": _round(s.time_s, 3), "m_per_s": _round(s.m_per_s, 2),
        "interval_m_per_s": _speed_interval(angles, point, s.m_per_s, s.time_s),
        "limb_m_per_s": _round(s.limb_m_per_s, 2), "doubtful": s.doubtful,
    }  # fmt: skip


def _round(value: float, digits: int) -> float | None:
    return (round(value, digits) + 0.0) if np.isfinite(value) else None
