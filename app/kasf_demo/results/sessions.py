"""The numbers of one session, from a file of `assess`, `reps` or a run, read and not trusted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.errors import InputError
from kasf_demo.files.text import read_text

MAX_BYTES = 1 << 28
DAY = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")


@dataclass(frozen=True)
class SessionNumber:
    """key, side and label name it; sigma: standard deviation, None if it is not stated; usable: False if the number is
    not to be trusted."""

    key: str
    label: str
    unit: str
    value: float
    sigma: float | None
    usable: bool
    note: str = ""


@dataclass(frozen=True)
class Session:
    """What one file says. kind: the test, "repetitions" or "result". day: ISO date, None if the file and its name have
    none. height_m: of the athlete, None if the file does not say."""

    path: Path
    kind: str
    day: str | None
    height_m: float | None
    rate_hz: float | None
    numbers: tuple[SessionNumber, ...]


def read_session(path: Path) -> Session:
    """Raises InputError for what is no such file."""
    text = read_text(path, "the session", InputError, max_bytes=MAX_BYTES)
    try:
        content = json.loads(text)
        if not isinstance(content, dict) or content.get("schema") != 1:
            raise ValueError("not a JSON file of kasf-demo")
        kind, numbers = _content(content)
        rate = content.get("frames_per_s")
        return Session(
            path, kind, _day(content, path), _height(content), None if rate is None else _finite(rate), numbers
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as e:
        remedy = "give JSON files of kasf-demo assess, reps, or of runs"
        raise InputError(f"not a session: {type(e).__name__}: {str(e)[:120]}", remedy, path=path) from None


def _content(content: dict[str, Any]) -> tuple[str, tuple[SessionNumber, ...]]:
    if "test" in content:
        return str(content["test"]), tuple(_measured(v) for v in content["values"] if v["value"] is not None)
    if "repetitions" in content:
        return "repetitions", _of_repetitions(content)
    return "result", _of_result(content)


def _day(content: dict[str, Any], path: Path) -> str | None:
    """What the file says, else a date in its name."""
    recorded = content.get("recorded")
    found = DAY.search(str(recorded)) if recorded else DAY.search(path.name)
    return found[1] if found else None


def _height(content: dict[str, Any]) -> float | None:
    scale = content.get("scale")
    return None if not scale else _finite(scale["height_m"])


def _measured(v: dict[str, Any]) -> SessionNumber:
    between, side = v["interval"], v["side"]
    sigma = None if between is None else (_finite(between[1]) - _finite(between[0])) / 2
    key = f"{v['key']}_{side}" if side else str(v["key"])
    words = {"r": ", right", "l": ", left"}.get(str(side), "")
    return SessionNumber(
        key, str(v["label"]) + words, str(v["unit"]), _finite(v["value"]), sigma, v["trust"] != "no", str(v["note"])
    )  # fmt: skip


def _of_repetitions(content: dict[str, Any]) -> tuple[SessionNumber, ...]:
    count = len(content["repetitions"])
    found = [
        SessionNumber("repetitions", "repetitions", "", float(count), 0.0, True),
        SessionNumber("per_minute", "repetitions a minute", "1/min", _finite(content["per_minute"]), None, True),
    ]
    for c in content["changes"]:
        if c["number"] in ("duration", "range", "greatest"):
            name = str(c["angle"] or "").replace("_", " ")
            doubtful = bool(c["angle"]) and content["angles"][c["angle"]]["doubtful_share"] > 0.3
            label = f"{name}, {c['number']}, mean" if name else "time of a repetition, mean"
            sigma = _finite(c["sd"]) / float(np.sqrt(count))
            key = f"{c['angle']}_{c['number']}" if name else "duration"
            found.append(SessionNumber(key, label, str(c["unit"]), _finite(c["mean"]), sigma, not doubtful))
    return tuple(found)


def _of_result(content: dict[str, Any]) -> tuple[SessionNumber, ...]:
    """Of the person who is in most frames: the highest jump, cadence, kick or throw."""
    if not content["people"]:
        return ()
    person = max(content["people"], key=lambda p: int(p["frames_with_pose"]))
    found: list[SessionNumber] = []
    jumps = [j for j in person.get("jumps", []) if j["height_time_m"] is not None]
    if jumps:
        best = max(jumps, key=lambda j: float(j["height_time_m"]))
        for key, label, unit, between, group in (
            ("height_time_m", "jump height, from the flight time", "m", "height_interval_m", "height"),
            ("height_path_m", "jump height, from the path", "m", "height_interval_m", "height"),
            ("air_s", "air time", "s", "air_interval_s", "flight"),
        ):
            low, high = best[between] or (np.nan, np.nan)
            sigma = (float(high) - float(low)) / 2
            sure = bool(best["sure"][group])
            found.append(
                SessionNumber(key, label, unit, _finite(best[key]), sigma if np.isfinite(sigma) else None, sure)
            )
    gait, strike = person["events"]["gait"], person["events"]["strike"]
    if gait:
        found.append(SessionNumber("cadence", "cadence", "steps/min", _finite(gait["cadence_per_min"]), None, True))
    if strike:
        between = strike.get("interval_m_per_s")
        off = None if not between else (_finite(between[1]) - _finite(between[0])) / 2
        label, key = f"speed of the {strike['kind']}, {strike['side']}", f"{strike['kind']}_{strike['side']}"
        found.append(SessionNumber(key, label, "m/s", _finite(strike["m_per_s"]), off, not strike["doubtful"]))
    return tuple(found)


def _finite(value: Any) -> float:
    number = float(value)
    if not np.isfinite(number) or abs(number) > 1e9:
        raise ValueError(f"{str(value)[:40]} is no number")
    return number
