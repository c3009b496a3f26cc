"""Stub workers as in `serve_stub`, whose clips and results have enough in them for the pages: two people in each frame,
findings, a report with events, angles with their uncertainty, a page. A job of a clip with `steps` in its name waits
between its frames until the file `go` lies beside the results."""

from __future__ import annotations

import base64
import json
import math
import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import serve_stub

from kasf_demo.batch import worker
from kasf_demo.progress import DETECTING, DRAWING

WIDTH, HEIGHT = 64, 48
VIDEO = "video.mp4"  # beside the results' folder: what every result shows
# an image of 32 by 24 px
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqm"
    "x5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAYACAD"
    "ASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAME/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABgBAQADAQAAAAAAAAAAAAAAAAABAgME/8QA"
    "FBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AzAIZAAKgOdUAB//Z"
)
PERSON = {
    "id": 1,
    "frames_with_pose": 50,
    "angles": {
        f"{side}_knee_flexion": {
            "min_deg": 5.0, "max_deg": 80.0, "range_deg": 75.0, "min_interval_deg": [1.0, 9.0],
            "max_interval_deg": [71.0, 89.0], "frames": 50, "doubtful_frames": 0,
        }
        for side in "rl"
    },
    "speeds": {"r_ankle": {"peak_m_per_s": 10.6, "peak_s": 1.0, "peak_interval_m_per_s": [9.3, 12.0]}},
    "events": {
        "flights": [],
        "contacts": [{"side": "r", "start_s": 0.0, "end_s": 0.8, "doubtful": False}],
        "strike": {
            "kind": "kick", "side": "r", "time_s": 1.0, "m_per_s": 10.6, "interval_m_per_s": [9.3, 12.0],
            "doubtful": False,
        },
    },
    "jumps": [],
    "spins": [],
}  # fmt: skip
FINDINGS = [
    {"code": "camera_still", "level": "ok", "text": "the camera is still", "remedy": "", "value": None, "unit": ""},
    {
        "code": "people", "level": "warning", "text": "2 people are in view",
        "remedy": "say which one with --athlete, or film the athlete alone", "value": 2.0, "unit": "people",
    },
]  # fmt: skip
PAGE = "<!doctype html><title>3D</title><body>a page<script>document.title = 'ran'</script>"


def person_at(x0: float) -> dict[str, Any]:
    """Somebody who stands with the left border of the box at `x0` px."""
    x, y = x0 + 6, 10.0
    points = [[x + (n % 2) * 4, y + n * 1.5, 0.9] for n in range(17)]
    return {"box": [x0, 8.0, x0 + 16, 40.0], "centre": [x0 + 8, 24.0], "score": 0.9, "keypoints": points}


def angles_table() -> str:
    """The table of angles of person 1, 50 frames."""
    sides = ("r_knee_flexion", "l_knee_flexion")
    head = ",".join(
        ["frame,time_s,person", *(f"{s}_deg" for s in sides), "doubtful", *(f"{s}_sigma_deg" for s in sides)]
    )
    rows = (f"{n},{n / 25:.3f},1,{20 + n},{'' if n == 7 else 60 - n},,5.0,6.0" for n in range(50))
    return "\n".join([head, *rows]) + "\n"


class WebWork(serve_stub.StubWork):
    """See the module."""

    def probe(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """As the other stub, with an image."""
        done = super().probe(job, clip, out, poster)
        poster.write_bytes(JPEG)
        return done

    def still(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """An image."""
        poster.write_bytes(JPEG)
        return {}

    def people(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """Two, and nobody in the first tenth of a second; the one on the right comes first."""
        time_s = math.ceil(job["args"]["time_s"] * 25 - 1e-3) / 25  # of the first frame at or after it
        rows = [] if time_s < 0.1 else [person_at(40.0), person_at(6.0)]
        return {"time_s": time_s, "width": WIDTH, "height": HEIGHT, "people": rows}

    def check(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """One warning, one that is in order."""
        out.write_text(json.dumps({"findings": FINDINGS}))
        return {}

    def analyse(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """A result with all that the pages show."""
        if "steps" not in clip.stem:
            done = super().analyse(job, clip, out, poster)
        else:
            for stage in (DETECTING, DRAWING):
                for n in self.progress.track(range(50), stage, 50):
                    while n == 40 and not (out.parent / "go").exists():
                        time.sleep(0.02)
                    time.sleep(0 if (out.parent / "go").exists() else 0.02)  # long enough to be reported
            done = {"warnings": [], "files": {}}
        poster.write_bytes(JPEG)
        for suffix, content in ((".html", PAGE), (".angles.csv", angles_table()), (".npz", "0"), (".csv", "0")):
            out.with_suffix(suffix).write_text(content)
        shutil.copy(out.parent.parent / VIDEO, out.with_suffix(".mp4"))
        options = {"athlete": job["options"].get("athlete", "auto")}
        report = serve_stub.REPORT | {"people": [PERSON], "findings": FINDINGS, "options": options}
        half = out.with_suffix(".json.part")
        half.write_text(json.dumps(report | {"scale": {"kind": "assumed", "height_m": 1.75}}))
        os.replace(half, out.with_suffix(".json"))
        return done


if __name__ == "__main__":
    sys.modules[serve_stub.job.__name__] = serve_stub.job
    worker.main(WebWork)
