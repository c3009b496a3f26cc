"""What the server's workers do besides analysing: open clips that may be hostile, and run other commands. Each function
returns JSON's own types and raises KasfError."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.batch.job import Engines, run_job
from kasf_demo.batch.jobs import Job
from kasf_demo.detect.base import Detector
from kasf_demo.errors import EXIT_NOT_SHOWN, InputError, KasfError, OutputError, UsageError
from kasf_demo.files.atomic import atomic_write_path
from kasf_demo.progress import Progress
from kasf_demo.types.arrays import Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections
from kasf_demo.video.reader import VideoReader

ASSESSING = "assessing"
MAX_PEOPLE = 8  # in a preview
GREY = 114  # of what is painted over


def analyse(job: Job, args: Mapping[str, Any], engines: Engines, progress: Progress) -> dict[str, Any]:
    """A clip of a batch, and the test that is asked for. The result of run_job; `assessment`: see `assess`."""
    done = run_job(job, engines, progress)
    if args.get("test"):
        list(progress.track((), ASSESSING, 1))  # says that it begins: an item is told of at its end
        for _ in progress.track([None], ASSESSING, 1):
            done["assessment"] = assess(job, str(args["test"]))
    return done


def assess(job: Job, test: str) -> dict[str, Any]:
    """Runs `kasf-demo assess` on the result. error: why the clip does not show the test, else None."""
    base = job.out.with_suffix("")
    files = {flag: base.with_name(f"{base.name}.{test}.{flag}") for flag in ("json", "csv", "html")}
    words = [test, str(job.out.with_suffix(".json")), "--clip", str(job.clip), "--overwrite", "--quiet"]
    try:
        command("assess", *words, *(word for flag, path in files.items() for word in (f"--{flag}", str(path))))
    except KasfError as error:
        return {"test": test, "error": error.what}
    return {"test": test, "error": None}


def command(*words: str) -> None:
    """Runs `kasf-demo` with these words in a process of this worker's group. Raises KasfError with its error line."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "kasf_demo", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    if done.returncode:
        lines = [line for line in done.stderr.decode(errors="replace").splitlines() if line.startswith("error: ")]
        failed = KasfError(lines[-1].removeprefix("error: ") if lines else f"status {done.returncode}")
        failed.exit_code = done.returncode
        raise failed


def probe(job: Job, args: Mapping[str, Any], engines: Engines, progress: Progress) -> dict[str, Any]:
    """Size, rate and length of a clip; its first frame is decoded and written as a small image. Raises InputError."""
    reader = VideoReader(job.clip)
    first = next(iter(reader), None)
    if first is None:
        raise InputError("it has no frame that can be decoded", "convert it to H.264 first", path=job.clip)
    info = reader.info
    frames, seconds = info.declared_frames, info.duration_s
    if seconds is None or seconds <= 0:
        frames, seconds = _count(reader, float(args["most_s"]))
    _save(first.image, job.poster, 480)
    return {
        "width": info.width, "height": info.height, "frame_rate": round(float(info.fps), 4),
        "duration_s": round(seconds, 4), "frames": frames, "container": info.container,
    }  # fmt: skip


def _count(reader: VideoReader, most_s: float) -> tuple[int, float]:
    """Frames and seconds of a clip whose header has none, up to what is allowed."""
    n, last_s = 0, 0.0
    for frame in reader:
        n, last_s = n + 1, frame.time_s
        if last_s > most_s:
            break
    return n, last_s + 1 / float(reader.info.fps)


def still(job: Job, args: Mapping[str, Any], engines: Engines, progress: Progress) -> dict[str, Any]:
    """Writes the frame at `time_s` as a JPEG of at most `width` pixels to the job's poster."""
    _save(_frame(job.clip, float(args["time_s"]))[1], job.poster, int(args["width"]))
    return {}


def _frame(clip: Path, time_s: float) -> tuple[float, Image]:
    """The first frame at or after `time_s` seconds, else the last one; and its time."""
    for start_s in (time_s, max(0.0, time_s - 1.0), None):
        last = None
        with contextlib.suppress(UsageError):  # it has no frames there
            for frame in VideoReader(clip, start_s=start_s):
                last = (frame.time_s, frame.image)
                if frame.time_s >= time_s - 1e-6:
                    break
        if last is not None:
            return last
    raise InputError("it has no frame there", "choose another time", path=clip)


def _save(image: Image, target: Path, width: int) -> None:
    import cv2

    scale = min(1.0, width / image.shape[1])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    good, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82])
    if not good:
        raise OutputError("the image cannot be compressed", "choose another time", path=target)
    with atomic_write_path(target, overwrite=True) as part:
        part.write_bytes(data.tobytes())


def people(job: Job, args: Mapping[str, Any], engines: Engines, progress: Progress) -> dict[str, Any]:
    """The people in one frame, px of the upright clip: `box` x0, y0, x1, y1, and COCO-17 `keypoints` x, y, score."""
    time_s, image = _frame(job.clip, float(args["time_s"]))
    reader = VideoReader(job.clip)
    detector = engines.of(job.options).detector(reader.info, lifts=False)
    rows = _everybody(detector, image)
    engines.of(job.options).clip_done()
    rows.sort(key=lambda row: -_area(row["box"]))
    return {"time_s": round(time_s, 4), "width": image.shape[1], "height": image.shape[0], "people": rows}


def _everybody(detector: Detector, image: Image) -> list[dict[str, Any]]:
    """The people in one image. A detector that finds one at a time looks again with those painted over that it has
    found."""
    rows: list[dict[str, Any]] = []
    image = image.copy()
    while len(rows) < MAX_PEOPLE:
        detector.restart()
        found = detector.detect(Frame(0, 0.0, image))
        new = [row for row in (_person(found, i) for i in range(len(found))) if not _known(row["box"], rows)]
        if not new:
            break
        rows += new
        for x0, y0, x1, y1 in (row["box"] for row in new):
            image[max(0, int(y0)) : int(y1) + 1, max(0, int(x0)) : int(x1) + 1] = GREY
    return rows


def _known(box: Sequence[float], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether most of a box lies in that of somebody who was found already."""
    for other in (row["box"] for row in rows):
        sides = [min(box[2], other[2]) - max(box[0], other[0]), min(box[3], other[3]) - max(box[1], other[1])]
        if min(sides) > 0 and sides[0] * sides[1] > 0.5 * _area(box):
            return True
    return False


def _person(found: Detections, i: int) -> dict[str, Any]:
    x0, y0, x1, y1 = (float(v) for v in found.box[i])
    points = np.column_stack([found.xy[i], found.score[i]])
    return {
        "box": [round(v, 1) for v in (x0, y0, x1, y1)],
        "centre": [round((x0 + x1) / 2, 1), round((y0 + y1) / 2, 1)],
        "score": round(float(found.box_score[i]), 3),
        "keypoints": [[round(float(x), 1), round(float(y), 1), round(float(score), 3)] for x, y, score in points],
    }


def _area(box: Sequence[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def check(job: Job, args: Mapping[str, Any], engines: Engines, progress: Progress) -> dict[str, Any]:
    """Runs `kasf-demo check` on a clip; the findings are written to the job's `out`."""
    o = job.options
    words = [
        str(job.clip),
        "--json",
        str(job.out),
        "--overwrite",
        "--quiet",
        "--detector",
        o.detector,
        "--quality",
        o.quality,
    ]
    words += ["--for", str(args["test"])] if args.get("test") else []
    try:
        command("check", *words, *(["--offline"] if o.offline else []))
    except KasfError as error:
        if error.exit_code != EXIT_NOT_SHOWN:
            raise
    return {}


def compare(job: Job, args: Mapping[str, Any], engines: Engines, progress: Progress) -> dict[str, Any]:
    """Runs `kasf-demo compare`; the page is written to the job's `out`. args: `words` of the command."""
    command("compare", *args["words"], "--html", str(job.out), "--overwrite")
    return {}


def export(job: Job, args: Mapping[str, Any], engines: Engines, progress: Progress) -> dict[str, Any]:
    """Writes the files of a format beside the result, from its arrays. `files`: their names."""
    from kasf_demo.serve.exports import export_result

    return {"files": [path.name for path in export_result(job.out, str(args["format"]))]}


TASKS: dict[str, Callable[[Job, Mapping[str, Any], Engines, Progress], dict[str, Any]]] = {
    "analyse": analyse, "probe": probe, "still": still, "people": people, "check": check, "compare": compare,
    "export": export,
}  # fmt: skip


class ServeWork:
    """The work of the server's workers."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._engines = progress, Engines(progress)

    def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """The result of the task `kind`."""
        plain = {name: value for name, value in job.items() if name not in ("kind", "args")}
        return TASKS[job["kind"]](Job.from_json(plain), job["args"], self._engines, self._progress)

    def close(self) -> None:
        """Frees the models."""
        self._engines.close()
