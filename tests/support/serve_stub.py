"""A worker of the server that analyses nothing, so that tests of the server are quick: `python serve_stub.py ...` in
place of `python -m kasf_demo.serve.worker`.

What a clip is follows from its bytes: `bad...` is no video, `long...` has 9999 s, anything else 2 s. How its job goes
follows from its name: `slow` takes until it is ended, `broken` fails, `crash` kills the worker, others are done.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from kasf_demo.batch import worker
from kasf_demo.errors import InputError, OutputError
from kasf_demo.progress import DETECTING, DRAWING, Progress

REPORT = {
    "schema": 1,
    "input": {"name": "kick.mp4", "bytes": 3, "sha256": "0" * 64},
    "video": {"width": 64, "height": 48, "fps": "25", "start_s": 0.0, "end_s": 1.96},
    "counts": {"frames": 50, "people": 1},
    "people": [{"id": 1, "frames_with_pose": 50, "angles": {}, "events": {}}],
    "options": {"athlete": "auto"},
    "warnings": ["a warning"],
    "findings": [],
    "detector": {"name": "stub"},
}
JPEG = b"\xff\xd8\xff\xe0 not really"


class StubWork:
    """See `kasf_demo.batch.worker.Work`."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """The result of the task `kind`."""
        out, poster = Path(job["out"]), Path(job["poster"])
        done: dict[str, Any] = getattr(self, str(job["kind"]))(job, Path(job["clip"]), out, poster)
        return done

    def probe(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """Size and length by the content."""
        data = clip.read_bytes()[:8]
        if data.startswith(b"bad"):
            raise InputError("not a video, or its header is damaged", "copy it again", path=clip)
        if data.startswith(b"kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        poster.write_bytes(JPEG)
        seconds = 9999.0 if data.startswith(b"long") else 2.0
        return {
            "width": 64,
            "height": 48,
            "frame_rate": 25.0,
            "duration_s": seconds,
            "frames": 50,
            "container": "mov,mp4",
        }

    def still(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """An image."""
        poster.write_bytes(JPEG)
        return {}

    def people(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """One person."""
        person = {"box": [1, 2, 3, 4], "centre": [2, 3], "score": 0.9, "keypoints": [[1, 2, 0.5]] * 17}
        return {"time_s": job["args"]["time_s"], "width": 64, "height": 48, "people": [person]}

    def check(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """One finding."""
        finding = {"code": "size", "level": "ok", "text": "large", "remedy": "", "value": 1.0, "unit": "px"}
        out.write_text(json.dumps({"findings": [finding]}))
        return {}

    def export(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """A file."""
        path = out.with_suffix("." + job["args"]["format"])
        path.write_text("made")
        return {"files": [path.name]}

    def compare(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """A page."""
        out.write_text("<!doctype html><title>compared</title><script>1</script>")
        return {}

    def analyse(self, job: Mapping[str, Any], clip: Path, out: Path, poster: Path) -> dict[str, Any]:
        """A result, or what the name asks for."""
        frames = [None] * 50
        for _ in self.progress.track(frames, DETECTING, 50):
            if "slow" in clip.stem:
                with part(out) as half:
                    half.write_bytes(b"half")
                    time.sleep(0.005)
        if "slow" in clip.stem:
            for _ in self.progress.track(range(100_000), DRAWING, 100_000):
                time.sleep(0.02)
        if "broken" in clip.stem:
            raise InputError("no frame can be decoded", "convert it", path=clip)
        if "full" in clip.stem:
            raise OutputError("the disk is full: No space left", "free some space", path=out)
        if "crash" in clip.stem:
            os.kill(os.getpid(), signal.SIGKILL)
        for suffix in (".mp4", ".csv", ".html", ".npz", ".angles.csv"):
            out.with_suffix(suffix).write_bytes(b"0123456789" * 100)
        poster.write_bytes(JPEG)
        out.with_suffix(".json").write_text(json.dumps(REPORT))
        return {"warnings": ["a warning"], "files": {}}

    def close(self) -> None:
        """Nothing is held."""


@contextlib.contextmanager
def part(out: Path) -> Iterator[Path]:
    """A hidden file as `files.atomic` makes them."""
    path = out.parent / f".{out.stem}.{os.getpid()}-00c0ffee.part.mp4"
    yield path
    path.unlink()


# the whole program, which takes seconds to load, is in there; a worker wants one function of it
job: Any = ModuleType("kasf_demo.batch.job")
job.disk_is_full = lambda error: "No space left" in str(error)
if __name__ == "__main__":
    sys.modules[job.__name__] = job
    if Path(sys.argv[0]).name != "serve_stub.py":
        sys.exit("to be run as a program")
    worker.main(StubWork)
