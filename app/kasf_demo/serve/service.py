"""Everything behind the HTTP interface: the stores, the two queues and the results' folder, opened and closed
together."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kasf_demo import weights
from kasf_demo.batch.lock import FolderLock
from kasf_demo.batch.names import STATE
from kasf_demo.batch.resources import Sizes, sizes
from kasf_demo.detect.offered import default_offer, offered
from kasf_demo.errors import OutputError
from kasf_demo.files.atomic import output_error
from kasf_demo.results.outputs import make_folder
from kasf_demo.serve.access import Access
from kasf_demo.serve.clips import ClipStore
from kasf_demo.serve.config import ServeOptions
from kasf_demo.serve.jobs import JobStore
from kasf_demo.serve.queue import ShortTasks, WorkQueue
from kasf_demo.serve.records import OWN_FOLDER
from kasf_demo.serve.results import ResultStore

LOG = logging.getLogger("kasf_demo.serve")
JOBS_IDLE_S, SHORT_IDLE_S = 300.0, 120.0  # workers that long without work are ended, and their memory is free


@dataclass
class Service:
    """What the routes work with. folder: of the results, absolute. detectors: name to the qualities that are on this
    machine."""

    options: ServeOptions
    access: Access
    folder: Path
    clips: ClipStore
    jobs: JobStore
    results: ResultStore
    short: ShortTasks
    detectors: dict[str, list[str]]
    workers: int
    resumed: int = 0
    uploading: set[str] = field(default_factory=set)  # ids of clips that are on their way

    @property
    def own(self) -> Path:
        """The server's own folder."""
        return self.folder / OWN_FOLDER

    @property
    def detector(self) -> str:
        """The default: mediapipe where it is installed, whose licence asks nothing of who offers it over a network."""
        if self.options.detector is not None:
            return self.options.detector
        return default_offer(self.detectors)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[FolderLock]:
    """The lock that batches use too. Raises OutputError."""
    with contextlib.ExitStack() as stack:
        try:
            lock = stack.enter_context(FolderLock(folder / STATE / "lock"))
        except OutputError as error:
            remedy = error.remedy.replace("--out", "--dir")
            raise OutputError(error.what, remedy, path=error.path) from error
        if lock.unsupported:
            LOG.warning("warning: this file system has no locks; no batch or other server may use %s meanwhile", folder)
        yield lock


@contextlib.contextmanager
def open_service(options: ServeOptions, access: Access) -> Iterator[Service]:
    """Locks the folder against batches and other servers, starts the queues, resumes the jobs. Raises KasfError."""
    folder = options.folder.absolute()
    make_folder(folder)
    own = [folder / OWN_FOLDER, *(folder / OWN_FOLDER / n for n in ("posters", "pages", "clips", "jobs"))]
    links = [folder / STATE / n for n in ("posters", "lock")] + [folder / OWN_FOLDER / "clips" / "records"]
    for path in (folder / STATE, *own, *links):
        if path.is_symlink():
            remedy = "remove the link, or choose another --dir"
            raise OutputError("it is a link, which may lead out of the results' folder", remedy, path=path)
        if path in links:
            continue
        try:
            path.mkdir(exist_ok=True)
        except OSError as error:
            raise output_error(error, path) from error
    detectors = offered(options.detector_weights, lambda name: weights.available(name) is not None)
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context(_locked(folder))
        clips = ClipStore(folder / OWN_FOLDER / "clips")
        jobs = JobStore(folder, clips, options.limits.jobs)
        results, short = ResultStore(folder), ShortTasks(options.limits.short_tasks)
        jobs.on_finished = results.forget
        stack.callback(jobs.write_again)
        size = sizes(options.workers, None, clips=1_000_000, gpu=True)
        one = Sizes(1, size.threads, ((),), size.gpus)
        made = {"command": options.command, "lock": lock.descriptor}
        jobs.queue = stack.enter_context(
            WorkQueue("kasf-jobs", size, idle_s=JOBS_IDLE_S, listener=jobs.hear, **made)  # type: ignore[arg-type]
        )
        stack.callback(short.close)
        short.queue, short.slow_queue = (
            stack.enter_context(WorkQueue(name, one, idle_s=SHORT_IDLE_S, listener=short.hear, **made))  # type: ignore[arg-type]
            for name in ("kasf-short", "kasf-slow")
        )
        resumed = jobs.resume()
        yield Service(options, access, folder, clips, jobs, results, short, detectors, size.workers, resumed)
