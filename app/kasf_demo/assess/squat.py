"""Squats: depth, tempo and symmetry of each repetition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kasf_demo.assess.heights import hip_below_knee, knees_at
from kasf_demo.assess.seated import Rest, rest_of
from kasf_demo.assess.values import (
    Assessment,
    Measured,
    NotShownError,
    Recording,
    Trust,
    angle_at,
    no_better_than,
    timed,
)
from kasf_demo.kinematics.contacts import ANKLES
from kasf_demo.types.arrays import FloatArray

MIN_BEND_DEG = 40.0  # of a repetition
MIN_REP_S = 0.5
MAX_STEP_M = 0.35  # feet that move farther walk
# in a note of a number, of a repetition, and of the whole
SEAT = ("a chair rise, not a squat", ", a chair rise", "These are chair rises: the seat sets the depth.")
MAYBE_SEAT = (
    "perhaps a chair rise",
    ", perhaps a chair rise",
    "A long time, or far back, at the bottom: perhaps chair rises.",
)


class SquatFrames(NamedTuple):
    """Frames: of the lowest point, and where the bend passes 10 and 90 % of its depth on both sides."""

    down: int
    reached: int
    lowest: int
    left: int
    up: int


def squat(recording: Recording) -> Assessment:
    """Bends of both knees with the feet in place."""
    reps = find_squats(recording)
    if not reps:
        raise NotShownError(
            f"the clip shows no squat: no bend of both knees by {MIN_BEND_DEG:.0f}° and back with the feet in place",
            "film whole repetitions, from standing to standing",
        )
    t, rate = recording.times_s, recording.rate_hz
    bend = knee_bend(recording)
    deepest = max(reps, key=lambda r: float(bend[r.lowest]))
    at_s = float(t[deepest.lowest])
    below = [hip_below_knee(recording, r.lowest) for r in reps]
    parallel = Measured(
        "hip_below_knee", float(np.mean(below)), "rough", at_s=at_s,
        note=f"mean of {len(reps)}; {sum(b > 0 for b in below)} of {len(reps)} below parallel"
        + ("" if abs(np.mean(below)) > 0.03 else "; within 3 cm of parallel: not decided"),
    )  # fmt: skip
    spans = [(t[r.reached] - t[r.down], t[r.left] - t[r.reached], t[r.up] - t[r.left]) for r in reps]
    tempo = [
        timed(key, float(np.mean([s[i] for s in spans])), rate, count=len(reps), at_s=at_s)
        for i, key in enumerate(("descent_time", "pause_time", "ascent_time"))
    ]
    depth = angle_at(recording, "squat_depth", "r_knee_flexion", deepest.lowest)
    values = (
        Measured("repetitions", float(len(reps)), "good"),
        Measured("squat_depth", float(bend[deepest.lowest]), depth.trust, None, None, at_s, depth.note),
        parallel, *tempo,
        *knees_at(recording, deepest.lowest, "knee_flexion_lowest", "knee_separation_lowest", difference=True),
        angle_at(recording, "squat_trunk_lean", "trunk_lean_forward", deepest.lowest),
    )  # fmt: skip
    rests = [rest_of(recording, r.down, r.lowest, r.up) for r in reps]
    told = {"squat": "", "seated": SEAT[1], "unsure": MAYBE_SEAT[1]}
    notes = [
        f"repetition {n}: {bend[r.lowest]:.0f}° at {t[r.lowest]:.2f} s{told[rest]}"
        for n, (r, rest) in enumerate(zip(reps, rests, strict=True), 1)
    ]
    values, more = _told_apart(values, rests)
    moments = ((float(t[deepest.down]), "start"), (at_s, "lowest point"), (float(t[deepest.up]), "end"))
    return Assessment("squat", rate, values, moments, (*more, *notes))


def _told_apart(values: tuple[Measured, ...], rests: Sequence[Rest]) -> tuple[tuple[Measured, ...], tuple[str, ...]]:
    """The values, the second of which is the number of chair rises, trusted no further than they are of squats; and
    what to say of all."""
    seated, unsure = rests.count("seated"), rests.count("unsure")
    number = Measured("seated_repetitions", float(seated), "rough" if unsure else "good")
    trust: Trust = "no" if 2 * seated > len(rests) else "rough"
    words = SEAT if trust == "no" else MAYBE_SEAT
    if seated or unsure:
        values = tuple(no_better_than(v, trust, words[0]) for v in values)
    return (values[0], number, *values[1:]), (words[2],) if seated or unsure else ()


def knee_bend(recording: Recording) -> FloatArray:
    """(T,) mean flexion of both knees; NaN without a pose."""
    return np.asarray(np.mean([recording.motion.angles[f"{side}_knee_flexion"] for side in "rl"], axis=0))


def find_squats(recording: Recording) -> list[SquatFrames]:
    """Repetitions in order of time."""
    t, bend = recording.times_s, knee_bend(recording)
    known = np.flatnonzero(np.isfinite(bend))
    if len(known) < 10:
        return []
    from scipy.signal import find_peaks  # half a second, which the main job would pay as well

    y = np.interp(np.arange(len(t)), known, bend[known])
    apart = max(1, round(MIN_REP_S * recording.rate_hz))
    # both ends count as upright only where they are so: a repetition that the clip cuts has no prominence on that side
    peaks, _ = find_peaks(y, prominence=MIN_BEND_DEG, distance=apart)
    found = []
    for n, peak in enumerate(peaks.tolist()):
        first = peaks[n - 1] if n else known[0]
        last = peaks[n + 1] if n + 1 < len(peaks) else known[-1]
        rep = _phases(y, int(first), int(peak), int(last))
        if rep is not None and _stays(recording, rep) and not _leaves_floor(recording, rep):
            found.append(rep)
    return found


def _phases(y: FloatArray, first: int, peak: int, last: int) -> SquatFrames | None:
    """Where the bend passes 10 and 90 % of the way from the upright on either side to the peak."""
    before = first + int(np.argmin(y[first : peak + 1]))
    after = peak + int(np.argmin(y[peak : last + 1]))
    marks = []
    for base, step in ((before, -1), (after, 1)):
        span = y[peak] - y[base]
        if span < MIN_BEND_DEG:
            return None
        for share in (0.9, 0.1):
            i = peak
            while i != base and y[i] > y[base] + share * span:
                i += step
            marks.append(i)
    reached, down, left, up = marks
    return SquatFrames(down, reached, peak, left, up)


def _stays(recording: Recording, rep: SquatFrames) -> bool:
    feet = recording.xyz[rep.down : rep.up + 1][:, ANKLES, :2]
    low, high = np.nanpercentile(feet, [10, 90], axis=0)
    return bool((np.linalg.norm(high - low, axis=-1) <= MAX_STEP_M).all())


def _leaves_floor(recording: Recording, rep: SquatFrames) -> bool:
    """The bend before a jump or of a landing is no squat."""
    start_s, end_s = recording.times_s[rep.down], recording.times_s[rep.up]
    flights = recording.motion.events.flights
    return any(start_s - 0.3 <= s <= end_s + 0.2 for f in flights for s in (f.takeoff_s, f.landing_s))
