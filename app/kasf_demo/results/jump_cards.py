"""Jumps and spins of one person as cards for the page and the report, in a coach's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kasf_demo.assess.values import event_sigma_s
from kasf_demo.kinematics.turning import turn_rate
from kasf_demo.results.jump_fields import EVERY, JUMP_FIELDS, SPIN_KEYS, SPORT_KEYS, SPORT_WORDS
from kasf_demo.results.jumps_record import jumps_record
from kasf_demo.types.cards import Card, CardCurve, CardNumber, Sport
from kasf_demo.types.jumps import Jump, Spin
from kasf_demo.types.motion import Motion

WORDS = {"r": "right", "l": "left", "both": "both", True: "yes", False: "no"}


def jump_cards(motion: Motion, sport: Sport | None = None) -> tuple[Card, ...]:
    """A card for each jump and spin, in order of time."""
    record = jumps_record(motion)
    jumps = [
        _jump_card(n, len(motion.jumps), jump, own, motion, sport)
        for n, (jump, own) in enumerate(zip(motion.jumps, record["jumps"], strict=True), 1)
    ]
    spins = [
        _spin_card(n, len(motion.spins), spin, own, motion, sport)
        for n, (spin, own) in enumerate(zip(motion.spins, record["spins"], strict=True), 1)
    ]
    return tuple(sorted([*jumps, *spins], key=lambda card: card.span_s))


def none_found(motion: Motion, sport: Sport | None) -> str:
    """What to say if a sport was asked for and nothing of it was found; else empty."""
    if sport is None or motion.jumps or motion.spins:
        return ""
    return (
        "No jump or spin was found: both feet must leave the floor for 0.2 s and more in view, or the body turn by 360°"
        " on one foot."
    )


def _jump_card(n: int, count: int, jump: Jump, record: dict[str, Any], motion: Motion, sport: Sport | None) -> Card:
    top_s = (jump.takeoff_s + jump.landing_s) / 2
    entry_s = max(jump.phases.entry_s[0], jump.takeoff_s - 0.6)
    times = ((entry_s, "entry"), (jump.takeoff_s, "take-off"), (top_s, "top"), (jump.landing_s, "landing"),
             (jump.phases.landing_s[1], "lowest after landing"))  # fmt: skip
    moments = tuple(m for m in times if m[1] in ("take-off", "top", "landing") or abs(m[0] - jump.takeoff_s) > 0.05)
    if jump.phases.landing_s[1] - jump.landing_s < 0.05:
        moments = moments[:-1]
    title = f"Jump {n}" if count > 1 else "Jump"
    doubts = dict(jump.doubts)
    curve, why = _spin_curve(motion, jump.phases.entry_s[0], jump.phases.landing_s[1], jump.turning.turns is not None)
    numbers = _numbers(SPORT_KEYS[sport] if sport else EVERY, record, doubts, sport, motion.rate_hz)
    return Card(
        "jump", f"{title}, {jump.takeoff_s:.2f} to {jump.landing_s:.2f} s", numbers, moments,
        (jump.takeoff_s, jump.landing_s), curve, why or doubts.get("turns", ""),
    )  # fmt: skip


def _spin_card(n: int, count: int, spin: Spin, record: dict[str, Any], motion: Motion, sport: Sport | None) -> Card:
    title = f"Spin {n}" if count > 1 else "Spin"
    peak_s = spin.turning.peak_s
    times = [(spin.start_s, "start"), *([] if peak_s is None else [(peak_s, "fastest")]), (spin.end_s, "end")]
    curve, why = _spin_curve(motion, spin.start_s, spin.end_s, spin.turning.turns is not None)
    own = record | {"duration_s": spin.end_s - spin.start_s}
    numbers = _numbers(SPIN_KEYS, own, dict(spin.doubts), sport, motion.rate_hz)
    return Card(
        "spin", f"{title}, {spin.start_s:.2f} to {spin.end_s:.2f} s", numbers, tuple(sorted(times)),
        (spin.start_s, spin.end_s), curve, why or dict(spin.doubts).get("turns", ""),
    )  # fmt: skip


def _numbers(
    keys: Sequence[str], record: dict[str, Any], doubts: dict[str, str], sport: Sport | None, rate_hz: float
) -> tuple[CardNumber, ...]:
    """Those that are known, and those that a coach looks for and that are not, with the reason."""
    words = SPORT_WORDS[sport] if sport else {}
    found = []
    for key in keys:
        field, value = JUMP_FIELDS[key], record.get(key)
        why = doubts.get("flight", doubts.get(field.group, ""))
        if value is None and not why:
            continue
        sigma = event_sigma_s(rate_hz) if key == "air_s" else None
        found.append(CardNumber(key, words.get(key, field.label), shown(key, value, record, sigma), not why, why))
    return tuple(found)


def shown(key: str, value: Any, record: dict[str, Any], sigma: float | None = None) -> str:
    """A value with its unit, and with its standard deviation if given, or what it lies between by the record."""
    field = JUMP_FIELDS[key]
    if value is None:
        return "-"
    if isinstance(value, str | bool):
        return WORDS.get(value, str(value))
    between = {"height_time_m": "height_interval_m", "turns": "turns_interval"}.get(key)
    limits = record.get(between) if between else None
    text = f"{abs(value) if field.group == 'turns' else value:.{field.digits}f}"
    half = sigma if sigma is not None else abs(limits[1] - limits[0]) / 2 if limits else None
    if half is not None:
        text += f" ± {half:.{max(field.digits, 2)}f}"
    return f"{text}{'' if field.unit.startswith('°') else ' '}{field.unit}".strip()


def _spin_curve(motion: Motion, start_s: float, end_s: float, sure: bool) -> tuple[CardCurve | None, str]:
    """The rate of turning over a span; why there is none."""
    found = turn_rate(motion.angles, start_s, end_s)
    if found is None:
        return None, "the rate of turning is not known: the lines of shoulders and pelvis are too steep, or not seen"
    times_s, rate = found
    return CardCurve("rate of turning", "°/s", times_s, rate, sure), ""
