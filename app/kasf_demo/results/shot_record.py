"""A measured shot as JSON and as rows of a table."""

from __future__ import annotations

from typing import Any

from kasf_demo.strikes.definitions import NUMBERS
from kasf_demo.strikes.features import ShotValue
from kasf_demo.strikes.measured import ShotReport

SHOT_COLUMNS = ("group", "number", "value", "unit", "trust", "time_s", "frame", "percentile", "note", "definition")


def shot_record(report: ShotReport, clip: str) -> dict[str, Any]:
    """In JSON's own types. clip: the name of what was measured."""
    shot = report.shot
    return {
        "schema": 1,
        "input": clip,
        "person": report.person,
        "people": report.people,
        "shooter": report.how,
        "kind": shot.kind,
        "side": shot.side,
        "mirrored": shot.mirrored,
        "strike_s": round(shot.strike_s, 3),
        "height_m": round(shot.height_m, 3),
        "heading_deg": round(shot.heading_deg, 1),
        "poses_seen": int(shot.known.sum()),
        "path_known": shot.path_known,
        "sure": not report.doubts,
        "why_unsure": list(report.doubts),
        "style": _style(report),
        "values": [_value(report, v) for v in report.values],
        "published": {name: round(value, 6) for name, value in report.published.items()},
        "published_code": None if report.code is None else [round(c, 6) for c in report.code],
    }


def _style(report: ShotReport) -> dict[str, Any] | None:
    found, library = report.match, report.library
    if found is None or library is None:
        return None
    return {
        "style": found.style, "nearest_style": found.nearest_style, "styles": library.k, "shots": len(library),
        "in_style": library.counts()[found.nearest_style - 1], "distance": round(found.distance, 4),
        "far": round(found.far, 4), "silhouette": round(found.silhouette, 3),
        "library_silhouette": round(library.silhouette, 3), "library": library.made_of,
        "nearest": [
            {"name": n.name, "what": n.what, "style": n.style, "distance": round(n.distance, 4), "link": n.link}
            for n in found.nearest
        ],
    }  # fmt: skip


def _value(report: ShotReport, v: ShotValue) -> dict[str, Any]:
    number, shot = NUMBERS[v.key], report.shot
    label, text = number.words(shot.kind)
    percentile = None if report.match is None else report.match.percentiles.get(v.key)
    return {
        "key": v.key, "label": label, "value": None if v.value is None else round(v.value, number.digits + 1) + 0.0,
        "unit": number.unit, "trust": v.trust,
        "time_s": None if v.at_s is None else round(shot.strike_s + v.at_s, 3), "frame": v.frame,
        "percentile": None if percentile is None else round(percentile), "note": v.note, "definition": text,
    }  # fmt: skip


def shot_rows(report: ShotReport) -> list[dict[str, str]]:
    """Rows of text under `SHOT_COLUMNS`: our numbers, then the published ones; empty cells for what is not known."""
    rows: list[dict[str, Any]] = [
        {"group": "shot", "number": v["key"], **{name: v[name] for name in SHOT_COLUMNS[2:]}}
        for v in (_value(report, v) for v in report.values)
    ]
    for name, value in report.published.items():
        unit = "°" if "angle" in name else "of the largest coordinate"
        rows.append({"group": "published", "number": name, "value": round(value, 6), "unit": unit})
    return [{name: "" if row.get(name) is None else str(row[name]) for name in SHOT_COLUMNS} for row in rows]
