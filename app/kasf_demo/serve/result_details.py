"""One result in full: its files with their kinds, its people, and what is known of how it was made."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kasf_demo.errors import printable
from kasf_demo.serve.results import TESTS, FoundResult

# kind and media type by the end of the name, the longest first
KINDS = (
    (".angles.csv", "angles", "text/csv"), (".feet.csv", "feet", "text/csv"), (".jumps.csv", "jumps", "text/csv"),
    (".report.html", "report", "text/html"), (".report.pdf", "report", "application/pdf"),
    (".ik.mot", "opensim", "text/plain"), (".ik.json", "opensim", "application/json"),
    (".osim", "opensim", "application/xml"),
    (".mp4", "video", "video/mp4"), (".csv", "joints", "text/csv"), (".json", "json", "application/json"),
    (".html", "page", "text/html"), (".npz", "arrays", "application/octet-stream"), (".trc", "trc", "text/plain"),
    (".c3d", "c3d", "application/octet-stream"), (".bvh", "bvh", "text/plain"), (".mot", "mot", "text/plain"),
    (".glb", "glb", "model/gltf-binary"), (".rrd", "rerun", "application/octet-stream"), (".png", "plot", "image/png"),
    (".svg", "plot", "image/svg+xml"),
)  # fmt: skip
LABELS = {
    "video": "Video", "joints": "Joints in metres (CSV)", "angles": "Joint angles (CSV)", "feet": "Feet (CSV)",
    "jumps": "Jumps and spins (CSV)", "json": "All numbers (JSON)", "page": "3D page", "arrays": "Arrays (NPZ)",
    "trc": "TRC", "c3d": "C3D", "bvh": "BVH", "mot": "MOT", "glb": "GLB", "opensim": "OpenSim", "rerun": "Rerun",
    "report": "Report", "plot": "Plot", "assessment": "Test",
}  # fmt: skip
MAX_DEPTH = 40  # of lists in lists; reports have less than 10
_TEST = re.compile(rf"\.({'|'.join(TESTS)})\.(json|csv|html)$")


def kind_of(name: str) -> tuple[str, str]:
    """Kind and media type of a file of a result."""
    kind, media = next(((k, m) for end, k, m in KINDS if name.endswith(end)), ("file", "application/octet-stream"))
    return ("assessment" if _TEST.search(name) else kind), media


def listed(found: FoundResult) -> list[dict[str, Any]]:
    """Its files for clients."""
    rows = []
    for name, path in found.files().items():
        try:
            size = path.stat().st_size
        except OSError:  # it was removed meanwhile
            continue
        kind, media = kind_of(name)
        person = re.search(r"\.p([0-9]{1,6})\.", name[len(found.base.name) :])
        rows.append(
            {
                "name": name, "bytes": size, "kind": kind, "media_type": media,
                "label": LABELS.get(kind, kind), "person": int(person[1]) if person else None,
                "url": f"/api/results/{found.id}/files/{quote(name, safe='')}",
            }
        )  # fmt: skip
    return rows


def details(found: FoundResult, report: dict[str, Any]) -> dict[str, Any]:
    """Files, people with key angles and events, warnings, findings, and the assessments, as strict JSON."""
    shown: dict[str, Any] = _strict({
        "people": report["people"], "warnings": _texts(report.get("warnings")),
        "findings": _rows(report.get("findings")), "scale": _without(report.get("scale"), ""),
        "camera": _without(report.get("camera"), "motion"), "time": _without(report.get("time"), "media_s"),
        "video": report["video"], "options": report["options"], "detector": _without(report.get("detector"), ""),
        "versions": _without(report.get("versions"), ""), "assessments": assessments(found), "input": report["input"],
    })  # fmt: skip
    return shown


def _strict(value: Any, depth: int = 0) -> Any:
    """`value` as strict JSON: None for what is not finite or is nested too deep, escapes for halves of characters."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict | list) and depth >= MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {_strict(k): _strict(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_strict(v, depth + 1) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def assessments(found: FoundResult) -> list[dict[str, Any]]:
    """What `kasf-demo assess` wrote beside the result."""
    rows = []
    for test in TESTS:
        path = found.base.with_name(f"{found.base.name}.{test}.json")
        record = _json(path)
        if record is not None:
            rows.append({"test": test, "values": _rows(record.get("values")), "notes": _texts(record.get("notes"))})
    return rows


def _json(path: Path) -> dict[str, Any] | None:
    try:
        if path.is_symlink() or path.stat().st_size > 1 << 22:
            return None
        record = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _texts(values: Any) -> list[str]:
    return [printable(v) for v in values if isinstance(v, str)] if isinstance(values, list) else []


def _rows(values: Any) -> list[dict[str, Any]]:
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []


def _without(value: Any, key: str) -> Any:
    return {k: v for k, v in value.items() if k != key} if isinstance(value, dict) else None
