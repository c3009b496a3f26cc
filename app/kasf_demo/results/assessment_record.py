"""An assessment as JSON and as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kasf_demo.assess.values import Assessment, Measured

COLUMNS = ("test", "number", "side", "value", "unit", "low", "high", "trust", "time_s", "note", "definition", "source")


def assessment_record(assessment: Assessment, clip: str, about: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """In JSON's own types. clip: name of what was assessed; about: `scale` and `recorded`, if they are known."""
    return {
        "schema": 1,
        "input": clip,
        **(about or {}),
        "test": assessment.test,
        "frames_per_s": round(assessment.rate_hz, 3),
        "values": [_value(v) for v in assessment.values],
        "moments": [{"time_s": round(time_s, 3), "name": name} for time_s, name in assessment.moments],
        "notes": list(assessment.notes),
    }


def _value(v: Measured) -> dict[str, Any]:
    d = v.definition
    digits = d.digits + 1
    between = None if v.interval is None else [round(end, digits) + 0.0 for end in v.interval]
    value = None if v.value is None else round(v.value, digits) + 0.0
    return {
        "key": v.key, "side": v.side, "label": d.label, "value": value,
        "unit": d.unit, "interval": between, "trust": v.trust, "time_s": None if v.at_s is None else round(v.at_s, 3),
        "note": v.note, "definition": d.text, "source": d.source,
    }  # fmt: skip


def assessment_rows(assessment: Assessment) -> list[dict[str, str]]:
    """Rows of text under `COLUMNS`; empty cells for what is not known."""
    rows = []
    for v in (_value(v) for v in assessment.values):
        low, high = v["interval"] or ("", "")
        cells = (assessment.test, v["key"], v["side"], v["value"], v["unit"], low, high, v["trust"], v["time_s"],
                 v["note"], v["definition"], v["source"])  # fmt: skip
        rows.append({name: "" if cell is None else str(cell) for name, cell in zip(COLUMNS, cells, strict=True)})
    return rows
