"""One clip in a worker: the analysis, the poster, and the facts for journal and summary. Used by worker processes and
Ray actors."""

from __future__ import annotations

import errno
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from kasf_demo.batch.fingerprint import model_options
from kasf_demo.batch.gallery import save_poster
from kasf_demo.batch.jobs import Job
from kasf_demo.batch.measured import measured
from kasf_demo.batch.names import options_of
from kasf_demo.engine import Engine
from kasf_demo.errors import OutputError
from kasf_demo.files.atomic import output_error
from kasf_demo.options import Options
from kasf_demo.pipeline import analyse
from kasf_demo.progress import Progress
from kasf_demo.results.motion_record import motion_record
from kasf_demo.types.result import Result


class Engines:
    """The loaded models of a worker: kept from clip to clip, reloaded only if a clip's options need other models."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._engine: Engine | None = None
        self._key: tuple[Any, ...] = ()

    def of(self, options: Options) -> Engine:
        """The engine for `options`; loading may raise ModelError later, at first use."""
        key = model_options(options)
        if self._engine is None or key != self._key:
            self.close()
            self._engine, self._key = Engine(options, self._progress), key
        return self._engine

    def close(self) -> None:
        """Frees the models. May be called twice."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None


def run_job(job: Job, engines: Engines, progress: Progress) -> dict[str, Any]:
    """Analyses the clip and returns what journal and summary record, in JSON's own types. Raises KasfError."""
    options = replace(job.options, overwrite=job.replace or job.upload is not None)
    with _place(job) as out:
        options = options_of(out, options)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise output_error(e, out) from e
        result = analyse(job.clip, out, options=options, engine=engines.of(options), progress=progress)
        files = {str(p.relative_to(_base(out, job.name))): _file_record(p) for p in result.files}
        poster = save_poster(_seen(result, job), job.poster, at_s=_middle_s(result, options))
        if job.upload is not None:
            from kasf_demo.batch.upload import upload

            upload(_base(out, job.name), list(files), job.upload)
    return _record(result, files, poster)


@contextmanager
def _place(job: Job) -> Iterator[Path]:
    """Where the results are written: their place, or a folder of this machine that they are uploaded from."""
    if job.upload is None:
        yield job.out
        return
    folder = Path(tempfile.mkdtemp(prefix="kasf-batch-"))
    try:
        yield folder / f"{job.name}.mp4"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _base(out: Path, name: str) -> Path:
    """The folder that a result's name is relative to."""
    return out.parents[name.count("/")]


def _file_record(path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _seen(result: Result, job: Job) -> Path:
    """Source of the poster: the result's video, else the clip."""
    return next((p for p in result.files if p.suffix == ".mp4"), job.clip)


def _middle_s(result: Result, options: Options) -> float:
    """The middle of what was analysed, in seconds of the video that the poster is taken from."""
    middle = float(result.played_s[-1] + result.played_s[0]) / 2
    return middle - float(result.played_s[0]) if options.video else middle


def _record(result: Result, files: dict[str, Any], poster: bool) -> dict[str, Any]:
    info, made = result.video, result.provenance
    assert made is not None
    frames = len(result.times_s)
    length_s = float(result.played_s[-1] - result.played_s[0]) + 1 / float(info.fps)
    return {
        "input": {"bytes": made.clip_bytes, "sha256": made.clip_sha256},
        "files": files,
        "poster": poster,
        "frames": frames,
        "seconds": round(length_s, 3),
        "fps": str(info.fps),
        "width": info.width,
        "height": info.height,
        "people": len(result.people),
        "frames_with_pose": sum(int(p.pose.valid.sum()) for p in result.people),
        "truncated": made.truncated,
        "detector": made.detector,
        "lifter": made.lifter,
        "warnings": list(result.warnings),
        "measured": measured([{"id": p.id} | motion_record(p.measured) for p in result.people[:1]]),
        "replaced": result.replaced,
    }


def disk_is_full(error: BaseException) -> bool:
    """Whether an error, or what caused it, is a full disk, a quota or a limit on the size of files."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return True
        cause = cause.__cause__
    # for ffmpeg only its message is available
    words = ("No space left", "disk is full", "Disk quota", "File too large")
    return isinstance(error, OutputError) and any(word in str(error) for word in words)
