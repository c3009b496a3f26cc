"""The jobs: a queue that survives the server, shown to clients, worked off by a WorkQueue."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kasf_demo.batch.jobs import Finished, Message, Moved, Started, Tick
from kasf_demo.batch.run import AUTO_BASE_S, AUTO_PER_S
from kasf_demo.errors import KasfError, OutputError, printable
from kasf_demo.files.leftovers import remove_leftovers
from kasf_demo.files.restore import restore_results
from kasf_demo.options import Options, from_mapping
from kasf_demo.serve.clips import Clip, ClipStore
from kasf_demo.serve.errors import ApiError, not_found
from kasf_demo.serve.job_record import WAITING, JobRecord, plain_options
from kasf_demo.serve.live_pool import Cancelled, Heard, Task
from kasf_demo.serve.names import free_stem, id_of, is_stem, new_id, safe_stem
from kasf_demo.serve.queue import WorkQueue, without_path
from kasf_demo.serve.records import OWN_FOLDER, read_records, remove_record, write_record
from kasf_demo.serve.results import MAX_REPORT_BYTES

LOG = logging.getLogger("kasf_demo.serve")
TRY_AGAIN_S = 5.0  # until a record that could not be written is tried again
TEST_STOPPED = "the test was stopped before its end; start the analysis again for its numbers"
KEPT_ENDED = 200  # ended jobs that stay in the list


class JobStore:
    """Jobs of the results' folder `results`. `queue` is set before `resume`. Safe to call from several threads."""

    def __init__(self, results: Path, clips: ClipStore, most: int) -> None:
        self.results, self.clips, self._most = results, clips, most
        self.folder = results / OWN_FOLDER / "jobs"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.queue: WorkQueue | None = None
        self.on_finished: Callable[[], None] = lambda: None
        self._guard = threading.RLock()
        self._jobs, self._unwritten, self._tried = dict[str, JobRecord](), set[str](), 0.0
        for record in read_records(self.folder):
            with contextlib.suppress(TypeError, ValueError, KasfError):
                job = JobRecord(**record)
                from_mapping(job.options)
                if is_stem(job.name):
                    self._jobs[job.id] = job

    def resume(self) -> int:
        """Queues again what waited or ran when the server ended, in the old order; partial files are removed. Returns
        how many."""
        waiting = sorted((j for j in self._jobs.values() if j.state in WAITING), key=lambda j: (j.created, j.id))
        restore_results([self.results / f"{job.name}.json" for job in waiting])
        remove_leftovers([self.results, self.results / OWN_FOLDER / "posters"])
        for job in waiting:
            try:
                again = job.state == "running"
                job.restart()
                self._queue(job, self.clips.get(job.clip), again=again)
            except (ApiError, KasfError) as error:
                self._end(job, "failed", str(error))
        return len(waiting)

    def all(self) -> list[dict[str, Any]]:
        """The newest first."""
        with self._guard:
            queued = self._queued()
            jobs = sorted(self._jobs.values(), key=lambda j: (-j.created, j.id))
            return [job.shown(queued.get(job.id), time.time()) for job in jobs]

    def get(self, job_id: str) -> dict[str, Any]:
        """Raises ApiError (404)."""
        with self._guard:
            if job_id not in self._jobs:
                raise not_found("job")
            return self._jobs[job_id].shown(self._queued().get(job_id), time.time())

    def of_clip(self, clip_id: str, *, waiting: bool = False) -> list[str]:
        """Ids of the jobs of a clip; only of those that wait or run."""
        with self._guard:
            return [j.id for j in self._jobs.values() if j.clip == clip_id and (not waiting or j.state in WAITING)]

    def writes(self, name: str) -> bool:
        """Whether a job that has not ended writes the result `name`."""
        with self._guard:
            return any(j.name == name and j.state in WAITING for j in self._jobs.values())

    @property
    def waiting(self) -> int:
        """How many jobs wait or run."""
        with self._guard:
            return sum(j.state in WAITING for j in self._jobs.values())

    def _queued(self) -> dict[str, int]:
        waiting = sorted((j for j in self._jobs.values() if j.state == "queued"), key=lambda j: (j.created, j.id))
        return {job.id: number for number, job in enumerate(waiting, 1)}

    def add(
        self, clip: Clip, options: Options, request: dict[str, Any], taken: Callable[[str], bool]
    ) -> dict[str, Any]:
        """A new job at the end of the queue. taken: whether a result of this name exists. Raises ApiError (409, 429)
        and OutputError."""
        with self._guard:
            if self.waiting >= self._most:
                text = f"{self._most} jobs are waiting; cancel one or wait until one has ended"
                raise ApiError(429, "too_many_jobs", text, {"Retry-After": "60"})
            name = free_stem(safe_stem(clip.file), lambda n: taken(n) or self.writes(n))
            now = max([time.time(), *(j.created + 1e-4 for j in self._jobs.values())])  # the order of the queue
            job = JobRecord(
                new_id(), clip.id, clip.name, name, id_of(name), request, plain_options(options), now, clip.frames
            )
            from_mapping(job.options)  # they can be read back after a restart
            self._store(job)
            self._jobs[job.id] = job
            self._forget_old()
            self._queue(job, clip)
            return job.shown(self._queued().get(job.id), time.time())

    def _forget_old(self) -> None:
        ended = sorted((j for j in self._jobs.values() if j.state not in WAITING), key=lambda j: j.created)
        for job in ended[: max(0, len(ended) - KEPT_ENDED)]:
            self._remove(job)

    def _queue(self, job: JobRecord, clip: Clip, *, again: bool = False) -> None:
        assert self.queue is not None
        options = from_mapping(job.options)
        length_s = clip.duration_s if options.end_s is None else min(clip.duration_s, options.end_s)
        length_s -= min(options.start_s or 0.0, length_s)
        if clip.frames and clip.duration_s > 0:
            job.frames = max(1, round(clip.frames * length_s / clip.duration_s))
        poster = self.results / OWN_FOLDER / "posters" / f"{job.result}.jpg"
        limit_s = AUTO_BASE_S + AUTO_PER_S * length_s
        task = Task(
            job.id, self.clips.path(clip), self.results / f"{job.name}.mp4", options, poster, replace=again,
            frames=job.frames, limit_s=limit_s, args={"test": job.request.get("test")},
        )  # fmt: skip
        self.queue.add(task)

    def cancel(self, job_id: str) -> bool:
        """Cancels a job, or removes an ended one from the list (True). Raises ApiError (404)."""
        with self._guard:
            job = self._jobs.get(job_id)
            if job is None:
                raise not_found("job")
            if job.state not in WAITING:
                self._remove(job)
                return True
        assert self.queue is not None
        self.queue.cancel(job_id)
        return False

    def hear(self, event: Heard) -> None:
        """The listener of the queue."""
        if isinstance(event, Message | Tick):
            if self._unwritten and time.monotonic() - self._tried > TRY_AGAIN_S:
                self.write_again()
            return
        job = self._jobs.get(event.job.name)
        if job is None:
            return
        cut = isinstance(event, Cancelled) or (isinstance(event, Finished) and event.how in ("timeout", "crash"))
        whole = cut and self._whole(job)
        with self._guard:
            if isinstance(event, Moved):
                job.move(event)
            elif isinstance(event, Started):
                job.begin(time.time())
                self._keep(job)
            elif whole:  # the result was there already; the test that follows was stopped
                if job.request.get("test"):
                    job.assessment = {"test": job.request["test"], "error": TEST_STOPPED}
                self._end(job, "done")
            elif isinstance(event, Cancelled):
                self._end(job, "cancelled")
            elif isinstance(event, Finished) and event.how == "done":
                job.assessment = event.result.get("assessment")
                job.warnings = [printable(w) for w in event.result.get("warnings", ())]
                self._end(job, "done")
            elif isinstance(event, Finished):
                job.code = "disk_full" if event.disk_full else event.how
                self._end(job, "failed", without_path(event.why, event))
        if isinstance(event, Finished | Cancelled):
            self.on_finished()

    def _end(self, job: JobRecord, state: Any, error: str | None = None) -> None:
        job.state, job.error, job.ended = state, None if error is None else printable(error), time.time()
        self._keep(job)

    def _whole(self, job: JobRecord) -> bool:
        """Whether the job's result is there: its report, made of its clip."""
        report = self.results / f"{job.name}.json"
        with contextlib.suppress(ApiError, OSError, ValueError, RecursionError, KeyError, TypeError):
            if not report.is_symlink() and report.stat().st_size <= MAX_REPORT_BYTES:
                made_of = json.loads(report.read_bytes())["input"]["sha256"]
                return bool(made_of == self.clips.get(job.clip).sha256)
        return False

    def _keep(self, job: JobRecord) -> None:
        """Stores the job, later if the disk is full now: a job that has ended must not run again."""
        try:
            self._store(job)
            self._unwritten.discard(job.id)
        except OutputError as error:
            if job.id not in self._unwritten:
                LOG.error("%s", error)
            self._unwritten.add(job.id)
            self._tried = time.monotonic()

    def write_again(self) -> None:
        """Stores what could not be stored."""
        with self._guard:
            self._unwritten &= self._jobs.keys()
            for job_id in list(self._unwritten):
                self._keep(self._jobs[job_id])

    def _store(self, job: JobRecord) -> None:
        write_record(self.folder / f"{job.id}.json", job.stored())

    def _remove(self, job: JobRecord) -> None:
        del self._jobs[job.id]
        remove_record(self.folder / f"{job.id}.json")
