"""Jumps and spins of one person as the JSON report has them. Definitions: docs/sports.md."""

from __future__ import annotations

from typing import Any

import numpy as np

from kasf_demo.assess.values import event_sigma_s
from kasf_demo.kinematics.flight import G_M_PER_S2
from kasf_demo.results.uncertainty_record import interval
from kasf_demo.types.jumps import Jump, Spin, Turning
from kasf_demo.types.motion import Motion

SURE = ("flight", "height", "turns", "distance", "landing_foot", "landing_knee")


def jumps_record(motion: Motion) -> dict[str, Any]:
    """`jumps` and `spins` of one person, rounded; null for what is not known. Every group of numbers is marked sure or
    not, with the reason."""
    return {
        "jumps": [_jump(jump, motion.rate_hz) for jump in motion.jumps],
        "spins": [_spin(spin) for spin in motion.spins],
    }


def _jump(jump: Jump, rate_hz: float) -> dict[str, Any]:
    doubts = dict(jump.doubts)
    unsure = "flight" in doubts
    return {
        "takeoff_s": _round(jump.takeoff_s, 3),
        "landing_s": _round(jump.landing_s, 3),
        "air_s": _round(jump.air_s, 3),
        "air_interval_s": interval(jump.air_s, air_sigma_s(rate_hz), 3),
        "height_path_m": _round(jump.height_path_m, 3),
        "height_time_m": _round(jump.height_time_m, 3),
        "height_interval_m": interval(jump.height_time_m, height_sigma_m(jump, rate_hz), 3),
        **_turning(jump.turning, _timing_sigma(jump, rate_hz)),
        "distance_m": _round(jump.distance_m, 2),
        "speed_in_m_per_s": _round(jump.speed_in_m_per_s, 2),
        "speed_out_m_per_s": _round(jump.speed_out_m_per_s, 2),
        "tightness_m": _round(jump.tightness_m, 2),
        "lean_deg": _round(jump.lean_deg, 1),
        "landing_lean_deg": _round(jump.landing_lean_deg, 1),
        "takeoff_foot": jump.takeoff_foot,
        "landing_foot": jump.landing_foot,
        "landing_knee_deg": _round(jump.landing_knee_deg, 1),
        "swing_foot_m": _round(jump.swing_foot_m, 2),
        "axel_like": None if jump.forward is None else jump.forward == 1 and jump.turning.direction is not None,
        "combination": jump.after_s is not None,
        "after_s": _round(jump.after_s, 3),
        "phases": {
            name: [_round(s, 3) for s in span]
            for name, span in (
                ("entry_s", jump.phases.entry_s),
                ("flight_s", jump.phases.flight_s),
                ("landing_s", jump.phases.landing_s),
            )
        },
        "sure": {name: not unsure and name not in doubts for name in SURE},
        "why_unsure": [text for _, text in jump.doubts],
    }


def _spin(spin: Spin) -> dict[str, Any]:
    seconds = spin.end_s - spin.start_s
    turns = spin.turning.turns
    return {
        "start_s": _round(spin.start_s, 3),
        "end_s": _round(spin.end_s, 3),
        **_turning(spin.turning),
        "mean_spin_deg_per_s": None if turns is None or not seconds else _round(360 * turns / seconds, 0),
        "foot": spin.foot,
        "travel_m": _round(spin.travel_m, 2),
        "sure": {"turns": not spin.doubts},
        "why_unsure": [text for _, text in spin.doubts],
    }


def _timing_sigma(jump: Jump, rate_hz: float) -> float:
    """Of the turns, from how well take-off and landing are found."""
    turns = jump.turning.turns
    return 0.0 if turns is None or not jump.air_s else abs(turns) / jump.air_s * event_sigma_s(rate_hz)


def _turning(turning: Turning, timing_sigma: float = 0.0) -> dict[str, Any]:
    turns = turning.turns
    sigma = None if turning.sigma is None else float(np.hypot(turning.sigma, timing_sigma))
    return {
        "turns": _round(turns, 2),
        "turns_interval": None if turns is None or sigma is None else interval(turns, sigma, 2),
        "turns_shoulders": _round(turning.shoulders, 2),
        "turns_pelvis": _round(turning.pelvis, 2),
        "turns_named": turning.named,
        "direction": turning.direction,
        "peak_spin_deg_per_s": _round(turning.peak_deg_per_s, 0),
        "peak_spin_s": _round(turning.peak_s, 3),
    }


def air_sigma_s(rate_hz: float) -> float:
    """Standard deviation of a duration between two moments that each lie anywhere within a frame (1 / 12^.5 each)."""
    return float(np.sqrt(2 / 12)) / rate_hz


def height_sigma_m(jump: Jump, rate_hz: float) -> float:
    """Of the height from the time in the air: the disagreement of the two heights, of which each has 1 / 2^.5, and the
    timing. As of `events.flights`."""
    timing_m = G_M_PER_S2 * jump.air_s / 4 * air_sigma_s(rate_hz)
    return float(np.hypot((jump.height_path_m - jump.height_time_m) / np.sqrt(2), timing_m))


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None or not np.isfinite(value) else round(value, digits) + 0.0
