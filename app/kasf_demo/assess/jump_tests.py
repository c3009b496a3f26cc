"""Countermovement jump, squat jump and drop jump."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kasf_demo.assess.heights import contact_before, flights_of, knees_at, lowest_frame
from kasf_demo.assess.values import (
    Assessment,
    Measured,
    NotShownError,
    Recording,
    event_sigma_s,
    no_better_than,
    ratio_of_times,
    timed,
)
from kasf_demo.kinematics.derivatives import derivative
from kasf_demo.kinematics.flight import G_M_PER_S2
from kasf_demo.kinematics.jump_events import find_jumps
from kasf_demo.types.arrays import runs
from kasf_demo.types.jumps import Jump

MIN_DEPTH_M = 0.05  # a countermovement sinks by more, a squat jump by less
BEFORE_S = 2.0  # of the clip before take-off that is looked at
STANDING_M = 0.02  # below standing by so much, the countermovement has begun
STILL_M_PER_S, MIN_HOLD_S, MIN_HOLD_BEND_DEG = 0.12, 0.25, 40.0
MAX_CONTACT_S = 0.6  # of a drop jump; longer, it is a landing and another jump
MIN_DROP_M = 0.12
LANDING_S = 0.8


def best_jump(recording: Recording) -> tuple[Jump, int]:
    """The highest jump and how many there are. Raises NotShownError if there is none."""
    jumps = find_jumps(recording.xyz, recording.motion.angles, flights_of(recording))
    if not jumps:
        raise NotShownError(
            "the clip shows no jump: both feet never leave the floor for 0.2 s and more",
            "film the whole jump, from standing to standing, with both feet in view; kasf-demo check CLIP says more",
        )
    return max(jumps, key=lambda j: j.height_time_m), len(jumps)


def countermovement_jump(recording: Recording) -> Assessment:
    """Standing, sinking, jumping, landing."""
    jump, count = best_jump(recording)
    bottom = lowest_frame(recording, jump.takeoff_s - 1.0, jump.takeoff_s)
    depth_m, start_s, begun = _sinking(recording, jump, bottom)
    if depth_m < MIN_DEPTH_M:
        raise NotShownError(
            f"no countermovement before the jump at {jump.takeoff_s:.2f} s: the pelvis sinks by {100 * depth_m:.0f} cm",
            "assess it as a squat jump (sj) or drop jump (dj), or film it from standing",
        )
    bottom_s = float(recording.times_s[bottom])
    depth = Measured("countermovement_depth", depth_m, "good" if depth_m > 0.15 else "rough", at_s=bottom_s)
    to_takeoff = timed("time_to_takeoff", jump.takeoff_s - start_s, recording.rate_hz, at_s=start_s)
    rsi = ratio_of_times(
        "rsi_modified", jump.height_time_m / (jump.takeoff_s - start_s), [jump.air_s, jump.air_s], recording.rate_hz
    )
    if begun:
        note = "the clip begins after the movement: at least this much"
        depth, to_takeoff, rsi = (no_better_than(v, "no", note) for v in (depth, to_takeoff, rsi))
    values = (
        *jump_values(recording, jump), depth, to_takeoff, rsi,
        *knees_at(recording, bottom, "knee_flexion_lowest", "knee_separation_lowest", difference=True),
        *landing_values(recording, jump),
    )  # fmt: skip
    moments = ((start_s, "start"), (bottom_s, "lowest point"), *_flight_moments(recording, jump))
    return Assessment("cmj", recording.rate_hz, values, moments, jump_notes(count, jump))


def squat_jump(recording: Recording) -> Assessment:
    """Holding a squat, jumping, landing."""
    jump, count = best_jump(recording)
    t, z = recording.times_s, recording.xyz[:, 0, 2]
    speed = derivative(z[:, None], t, np.isfinite(z))[:, 0]
    bend = np.nanmean([recording.motion.angles[f"{side}_knee_flexion"] for side in "rl"], axis=0)
    with np.errstate(invalid="ignore"):
        held = (np.abs(speed) < STILL_M_PER_S) & (bend > MIN_HOLD_BEND_DEG)
    before = (t >= jump.takeoff_s - BEFORE_S) & (t < jump.takeoff_s)
    holds = [(a, b) for a, b in runs(held & before) if t[b - 1] - t[a] >= MIN_HOLD_S]
    if not holds:
        raise NotShownError(
            f"no squat is held for {MIN_HOLD_S} s before the jump at {jump.takeoff_s:.2f} s",
            "assess it as a countermovement jump (cmj)",
        )
    a, b = holds[-1]
    low = lowest_frame(recording, float(t[b - 1]), jump.takeoff_s)
    sink_m = max(float(np.median(z[a:b]) - z[low]), 0.0)
    if sink_m >= MIN_DEPTH_M:
        raise NotShownError(
            f"the pelvis sinks by {100 * sink_m:.0f} cm out of the hold before the jump: that is a countermovement",
            "assess it as cmj, or jump again without sinking",
        )
    hold = timed("hold_time", float(t[b - 1] - t[a]), recording.rate_hz, at_s=float(t[a]))
    sink = Measured("sink_before_rise", sink_m, "rough", at_s=float(t[low]))
    values = (
        *jump_values(recording, jump), hold, sink,
        *knees_at(recording, low, "knee_flexion_lowest", "knee_separation_lowest", difference=True),
        *landing_values(recording, jump),
    )  # fmt: skip
    moments = ((float(t[low]), "hold"), *_flight_moments(recording, jump))
    return Assessment("sj", recording.rate_hz, values, moments, jump_notes(count, jump))


def drop_jump(recording: Recording) -> Assessment:
    """Dropping from a box, a short contact, jumping."""
    found = []
    for jump in find_jumps(recording.xyz, recording.motion.angles, flights_of(recording)):
        contact = contact_before(recording, jump.takeoff_s)
        if contact and contact[1] >= MIN_DROP_M and jump.takeoff_s - contact[0] <= MAX_CONTACT_S:
            found.append((jump, *contact))
    if not found:
        best_jump(recording)  # says so if there is none at all
        raise NotShownError(
            f"no jump out of a drop: none follows a landing within {MAX_CONTACT_S} s",
            "film it from the box on, or assess it as cmj",
        )
    jump, start_s, drop_m = max(found, key=lambda f: f[0].height_time_m)
    contact_s = jump.takeoff_s - start_s
    low = lowest_frame(recording, start_s, jump.takeoff_s)
    rate = recording.rate_hz
    values = (
        *jump_values(recording, jump),
        timed("contact_time", contact_s, rate, at_s=start_s, contact=True),
        ratio_of_times("rsi", jump.height_time_m / contact_s, [contact_s, jump.air_s, jump.air_s], rate),
        ratio_of_times("rsi_times", jump.air_s / contact_s, [contact_s, jump.air_s], rate),
        Measured("drop_height", drop_m, "rough", at_s=start_s),
        *knees_at(recording, low, "knee_flexion_lowest", "knee_separation_lowest", difference=True),
        *landing_values(recording, jump),
    )
    moments = (
        (start_s, "first contact"), (float(recording.times_s[low]), "lowest point"), *_flight_moments(recording, jump)
    )  # fmt: skip
    return Assessment("dj", rate, values, moments, jump_notes(len(found), jump))


def _sinking(recording: Recording, jump: Jump, bottom: int) -> tuple[float, float, bool]:
    """How far the pelvis sinks from standing to the frame `bottom`, when that begins, and whether the clip begins after
    it."""
    t, z = recording.times_s, recording.xyz[:, 0, 2]
    before = np.flatnonzero((t >= jump.takeoff_s - BEFORE_S) & (np.arange(len(t)) <= bottom) & np.isfinite(z))
    if len(before) < 3:
        return 0.0, float(t[bottom]), True
    standing = float(np.percentile(z[before], 90))
    above = before[z[before] >= standing - STANDING_M]
    start = int(above[-1])
    first = derivative(z[:, None], t, np.isfinite(z))[before[0], 0]
    begun = bool(before[0] == 0 and first < -0.3)
    return standing - float(z[bottom]), float(t[start]), begun


def jump_values(recording: Recording, jump: Jump) -> list[Measured]:
    """Heights, flight time and take-off speed."""
    rate, sigma = recording.rate_hz, event_sigma_s(recording.rate_hz)
    flight = timed("flight_time", jump.air_s, rate, at_s=jump.takeoff_s, contact=True)
    apart_m = abs(jump.height_path_m - jump.height_time_m)
    timing_m = G_M_PER_S2 * jump.air_s / 4 * sigma
    spread = float(np.hypot(apart_m / np.sqrt(2), timing_m))
    top_s = (jump.takeoff_s + jump.landing_s) / 2
    heights = []
    for key, value in (("jump_height_time", jump.height_time_m), ("jump_height_path", jump.height_path_m)):
        share = spread / value if value > 0 else np.inf
        trust = "good" if share <= 0.08 else "rough" if share <= 0.25 else "no"
        note = "" if trust == "good" else f"±{100 * spread:.0f} cm; the two heights differ by {100 * apart_m:.0f} cm"
        heights.append(Measured(key, value, trust, None, (value - spread, value + spread), top_s, note))  # type: ignore[arg-type]
    speed = G_M_PER_S2 * jump.air_s / 2
    off = G_M_PER_S2 * sigma / 2
    takeoff = Measured("takeoff_speed", speed, flight.trust, None, (speed - off, speed + off), jump.takeoff_s, "")
    found = [*heights, flight, takeoff]
    if any(name == "flight" for name, _ in jump.doubts):
        found = [no_better_than(v, "no", "ankles are doubtful in the air") for v in found]
    return found


def landing_values(recording: Recording, jump: Jump) -> list[Measured]:
    """Knees at the lowest point of the landing."""
    low = lowest_frame(recording, jump.landing_s, jump.landing_s + LANDING_S)
    found = knees_at(recording, low, "landing_knee", "knee_separation_landing")
    if recording.times_s[-1] - jump.landing_s < 0.1:
        found = [replace(no_better_than(v, "no", "the clip ends at landing"), value=None) for v in found]
    return found


def _flight_moments(recording: Recording, jump: Jump) -> tuple[tuple[float, str], ...]:
    low = lowest_frame(recording, jump.landing_s, jump.landing_s + LANDING_S)
    return (
        (jump.takeoff_s, "take-off"), ((jump.takeoff_s + jump.landing_s) / 2, "top"), (jump.landing_s, "landing"),
        (float(recording.times_s[low]), "lowest point of the landing"),
    )  # fmt: skip


def jump_notes(count: int, jump: Jump) -> tuple[str, ...]:
    """Which jump is measured, and what is doubtful of it."""
    first = f"the highest of {count} jumps, at {jump.takeoff_s:.2f} s" if count > 1 else ""
    return tuple(t for t in (first, *(text for name, text in jump.doubts if name in ("flight", "height"))) if t)
