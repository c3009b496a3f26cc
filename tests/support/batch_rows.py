"""A job, and rows of a batch's summary with hostile names."""

from __future__ import annotations

from pathlib import Path

from kasf_demo.batch.jobs import Job
from kasf_demo.batch.summary import ClipRow
from kasf_demo.options import from_mapping


def a_job(name: str = "a", **changes: object) -> Job:
    return Job(
        name,
        Path(f"/in/{name}.mp4"),
        Path(f"/out/{name}.mp4"),
        from_mapping(changes),
        Path(f"/out/{name}.jpg"),
        frames=100,
    )


HOSTILE = [
    "=cmd|calc!A1",
    "<img src=x onerror=alert(1)>",
    'quo"te, comma',
    "new\nline",
    "bad\udcffname",
    "http:x",
    "../../up",
]


def hostile_rows() -> list[ClipRow]:
    record = {
        "frames": 3,
        "seconds": 0.1,
        "width": 16,
        "height": 16,
        "people": 0,
        "warnings": ["<b>w</b>"],
        "files": {},
        "poster": True,
    }
    return [
        ClipRow(n, f"/c/{n}.mp4", "done", record | {"files": {f"{n}.mp4": {}, f"{n}.csv": {}}}) for n in HOSTILE
    ] + [
        ClipRow("f<", "/c/f<.mp4", "failed", {}, "f<: <script>alert(2)</script>\nsecond line"),
        ClipRow("", "/x/.h", "skipped", error="hidden"),
    ]
