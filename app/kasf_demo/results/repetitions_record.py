"""Repetitions as JSON and as tables. Definitions: docs/sports.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kasf_demo.assess.repetitions import SHOWN, Change, RepetitionSet
from kasf_demo.kinematics.repetitions import POINTS
from kasf_demo.types.arrays import FloatArray

COLUMNS = ("repetition", "start_s", "turn_s", "end_s", "number", "angle", "value", "unit", "mark", "doubtful")
CURVE_COLUMNS = ("angle", "percent", "unit", "mean", "sd", "doubtful")
DEFINITIONS = {
    "duration": "time from the start to the end of a repetition, long rest on either side left out",
    "least": "least value of the angle within a repetition",
    "greatest": "greatest value of the angle within a repetition",
    "range": "greatest minus least value of the angle within a repetition",
    "off_deg": "root mean square distance from the mean of the other repetitions, over all angles that move by 10° or"
    " more",
    "per_repetition": "slope of the straight line through the values of the repetitions, by least squares",
    "apart": "share of the variance of the motion that the mean repetition does not explain",
}  # fmt: skip


def repetitions_record(found: RepetitionSet, clip: str, about: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """In JSON's own types. clip: name of what was looked at; about: `scale` and `recorded`, if they are known."""
    return {
        "schema": 1,
        "input": clip,
        "frames_per_s": round(found.recording.rate_hz, 3),
        **(about or {}),
        "repetitions": [
            {
                "n": n + 1, "start_s": round(r.start_s, 3), "turn_s": round(r.turn_s, 3), "end_s": round(r.end_s, 3),
                "duration_s": round(r.end_s - r.start_s, 3), "off_deg": round(float(found.off_deg[n]), 2),
                "largest_difference": _difference(found, n),
            }
            for n, r in enumerate(found.each)
        ],
        "period_s": round(found.period_s, 3),
        "per_minute": round(60 / found.period_s, 1),
        "turn_percent": round(100 * found.turn, 1),
        "apart": round(found.found.apart, 3),
        "nearest_to_mean": found.nearest + 1,
        "farthest_from_mean": found.farthest + 1,
        "changes": [_change(c) for c in found.changes],
        "unit": "deg",
        "percent": list(range(POINTS)),
        "angles": {
            name: {
                "doubtful_share": round(float(found.doubtful[a]), 3),
                "mean_deg": _rounded(found.mean[:, a]),
                "sd_deg": _rounded(found.sd[:, a]),
                "repetitions_deg": [_rounded(curve) for curve in found.curves[:, :, a]],
            }
            for a, name in enumerate(SHOWN)
        },
        "definitions": DEFINITIONS,
    }  # fmt: skip


def _difference(found: RepetitionSet, n: int) -> dict[str, Any]:
    name, off, share = found.largest_difference(n)
    return {"angle": name, "difference_deg": round(off, 1), "percent": round(100 * share)}


def _change(c: Change) -> dict[str, Any]:
    return {
        "angle": c.key or None, "number": c.what, "unit": c.unit, "per_repetition": _number(c.per_rep),
        "sigma": _number(c.sigma), "sure": c.sure, "mean": _number(float(c.by_rep.mean())),
        "sd": _number(float(c.by_rep.std(ddof=1))),
    }  # fmt: skip


def repetition_rows(found: RepetitionSet) -> list[tuple[str, ...]]:
    """Rows under `COLUMNS`: each number of each repetition."""
    rows = []
    for n, r in enumerate(found.each):
        mark = "nearest" if n == found.nearest else "farthest" if n == found.farthest else ""
        times = tuple(f"{s:.3f}" for s in r)
        head = (str(n + 1), *times)
        rows.append((*head, "off_deg", "", f"{found.off_deg[n]:.2f}", "deg", mark, ""))
        for c in found.changes:
            doubt = "yes" if c.key and found.is_doubtful(c.key) else ""
            unit = "deg" if c.unit == "°" else c.unit
            rows.append((*head, c.what, c.key, f"{c.by_rep[n]:.3f}", unit, mark, doubt))
    return rows


def curve_rows(found: RepetitionSet) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Column names and rows: mean, SD and every repetition of each angle at 0 to 100 %."""
    names = (*CURVE_COLUMNS, *(f"repetition_{n + 1}" for n in range(len(found.each))))
    rows = []
    for a, name in enumerate(SHOWN):
        doubt = "yes" if found.is_doubtful(name) else ""
        for p in range(POINTS):
            each = tuple(f"{v:.2f}" for v in found.curves[:, p, a])
            rows.append((name, str(p), "deg", f"{found.mean[p, a]:.2f}", f"{found.sd[p, a]:.2f}", doubt, *each))
    return names, rows


def _rounded(values: FloatArray) -> list[float]:
    return [round(float(v), 2) + 0.0 for v in values]


def _number(value: float) -> float | None:
    return round(value, 4) + 0.0 if np.isfinite(value) else None
