"""Run a batch: find, plan, lock, run, record, summarise."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kasf_demo.batch import journal as journals
from kasf_demo.batch.discover import Discovery, discover
from kasf_demo.batch.display import Display, LinesDisplay, LiveDisplay, QuietDisplay, Tally, plan_lines
from kasf_demo.batch.fingerprint import stamp
from kasf_demo.batch.gallery import write_gallery
from kasf_demo.batch.jobs import Finished, Found, Job, Started
from kasf_demo.batch.journal import Journal
from kasf_demo.batch.lock import FolderLock
from kasf_demo.batch.names import STATE
from kasf_demo.batch.plan import Again, Plan, ask, make_plan, with_lengths
from kasf_demo.batch.pool import Pool
from kasf_demo.batch.probe import lengths
from kasf_demo.batch.resources import Sizes, sizes
from kasf_demo.batch.summary import counts, rows_of, write_summaries
from kasf_demo.batch.worker_process import WORKER
from kasf_demo.detect.feet import asks_network
from kasf_demo.errors import EXIT_OK, EXIT_SOME_FAILED, KasfError, OutputError, UsageError
from kasf_demo.files.atomic import output_error
from kasf_demo.files.leftovers import remove_leftovers
from kasf_demo.files.restore import restore_results
from kasf_demo.options import Options
from kasf_demo.results.outputs import check_folder, check_packages, make_folder
from kasf_demo.video.ffmpeg import find_ffmpeg

# Time limit of a clip: ten minutes, plus one minute per second of video. That is 30 times what one core needs with the
# slowest networks. If the header has no length, it is estimated from the size: no long video has less than 20 kB per
# second.
AUTO_BASE_S, AUTO_PER_S, AUTO_BYTES_PER_S = 600.0, 60.0, 20_000
Asked = Sequence[tuple[Found, Options]]


@dataclass(frozen=True)
class BatchOptions:
    """How a batch runs, apart from the options of its clips. workers, threads, timeout_s: None means `auto`;
    timeout_s 0 means no limit."""

    workers: int | None = None
    threads: int | None = None
    timeout_s: float | None = None
    dry_run: bool = False
    retry_failed: bool = False
    rehash: bool = False
    recursive: bool = True
    root: Path | None = None
    ray: str | None = None
    upload: str | None = None
    quiet: bool = False
    command: Sequence[str] = WORKER


def run_batch(inputs: Sequence[str], out: Path, options: Options, batch: BatchOptions) -> int:
    """Analyses all clips that `inputs` name into the folder `out`. Returns 0, or 3 when some failed; raises
    KasfError."""
    _check(options, batch)
    with _display(batch) as display:
        found = discover(inputs, out=out, root=batch.root, recursive=batch.recursive)
        asked = ask(found, out.absolute(), options)
        if batch.ray is None:  # the nodes of a cluster have packages of their own
            _check_packages(asked)
        if batch.dry_run:
            return _show(found, asked, out, options, batch)
        make_folder(out)
        _make(out / STATE)
        with FolderLock(out / STATE / "lock") as lock:
            if lock.took_over:
                display.say(f"taking over from {lock.took_over}, which did not end normally")
            if lock.unsupported:
                display.say(
                    "warning: this file system has no locks; make sure that no other batch runs into this folder"
                )
            return _Batch(out.absolute(), options, batch, display, lock.descriptor).run(found, asked)


def _show(found: Discovery, asked: Asked, out: Path, options: Options, batch: BatchOptions) -> int:
    again = Again(options.overwrite, batch.retry_failed, batch.rehash)
    entries = journals.read(out / STATE / "journal.jsonl")
    plan = make_plan(found, asked, out.absolute(), entries, again, upload=batch.upload)
    plan.jobs, minutes = with_lengths(plan.jobs, lengths, lambda job, s: None)
    for line in plan_lines(plan, minutes, None if batch.ray else _sizes(plan, batch)):
        print(line)
    return EXIT_OK


def _check(options: Options, batch: BatchOptions) -> None:
    for name, value, least in (
        ("--workers", batch.workers, 1),
        ("--threads", batch.threads, 1),
        ("--timeout", batch.timeout_s, 0),
    ):
        if value is not None and value < least:
            raise UsageError(f"{name} {value:g} is out of range", f"give {least} or more")
    if batch.upload is not None:
        from kasf_demo.batch.upload import check_url

        check_url(batch.upload)
    if options.video:
        find_ffmpeg()


def _check_packages(asked: Asked) -> None:
    """Raises UsageError, once for all clips, for a package that the options of a clip need and this machine lacks. A
    missing detector or backend is a ModelError, which ends the batch as it is."""
    for options in {options for _, options in asked}:
        check_packages(options)
        asks_network(options.feet)


def _display(batch: BatchOptions) -> Display:
    return QuietDisplay() if batch.quiet else LiveDisplay() if sys.stderr.isatty() else LinesDisplay()


def _sizes(plan: Plan, batch: BatchOptions) -> Sizes:
    gpu = all(job.options.device in ("auto", "cuda") for job in plan.jobs)
    return sizes(batch.workers, batch.threads, clips=max(1, len(plan.jobs)), gpu=gpu)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise output_error(e, folder) from e
    check_folder(folder)


class _Say:
    """A Progress that prints the messages of the plan, such as fetched weights."""

    def __init__(self, display: Display) -> None:
        self.say = display.say

    def track(self, items: Any, stage: str, total: int | None) -> Iterator[Any]:
        yield from items


class _Batch:
    """One run in a locked folder."""

    def __init__(self, folder: Path, options: Options, batch: BatchOptions, display: Display, lock: int) -> None:
        self.folder, self.options, self.batch, self.display, self.lock = folder, options, batch, display, lock
        self.path = folder / STATE / "journal.jsonl"
        self.began = time.monotonic()
        self.stamps: dict[str, dict[str, int] | None] = {}

    def run(self, found: Discovery, asked: Asked) -> int:
        again = Again(self.options.overwrite, self.batch.retry_failed, self.batch.rehash)
        entries = journals.read(self.path)
        plan = make_plan(
            found, asked, self.folder, entries, again, upload=self.batch.upload, progress=_Say(self.display)
        )
        self._clean(plan)
        plan.jobs, minutes = with_lengths(plan.jobs, lengths, self._limit)
        size = _sizes(plan, self.batch)
        for line in plan_lines(plan, minutes, None if self.batch.ray else size):
            self.display.say(line)
        for folder in {job.out.parent for job in plan.jobs} if self.batch.upload is None else ():
            _make(folder)
        with Journal(self.path) as journal:
            journal.append("run", schema=journals.SCHEMA, pid=os.getpid(), host=socket.gethostname(), at=_now())
            try:
                self._work(plan, size, journal)
            except KasfError:
                with contextlib.suppress(KasfError):  # the disk may be full: report the first error
                    self._summarise(plan)
                raise
            except BaseException:  # interrupted: finished results are kept and reported
                self._summarise(plan)
                raise
        remove_leftovers(self._folders(plan))  # workers of a killed run may have outlived the first look by a second
        return self._summarise(plan)

    def _folders(self, plan: Plan) -> set[Path]:
        """Where this batch writes."""
        folders = {self.folder, *((self.folder / f"{name}.mp4").parent for name in plan.clips)}
        return folders | {(self.folder / STATE / "posters" / name).parent for name in plan.clips}

    def _clean(self, plan: Plan) -> None:
        """Removes partial files of killed runs."""
        if self.batch.upload is None:  # these clips run again: the restored report lists what the new result replaces
            restore_results([self.folder / f"{name}.json" for name in plan.clips])
        gone = remove_leftovers(self._folders(plan))
        if gone:
            self.display.say(f"removed {len(gone)} unfinished files of an earlier run")

    def _limit(self, job: Job, seconds: float | None) -> float | None:
        if self.batch.timeout_s is not None:
            return self.batch.timeout_s or None
        size = (stamp(job.clip) or {"bytes": 0})["bytes"]
        return AUTO_BASE_S + AUTO_PER_S * max(seconds or 0.0, size / AUTO_BYTES_PER_S)

    def _work(self, plan: Plan, size: Sizes, journal: Journal) -> None:
        """Runs the jobs; each is in the journal before it starts and when it ends."""
        tally = Tally(len(plan.jobs), sum(j.frames or 0 for j in plan.jobs), sum(j.frames is None for j in plan.jobs))
        if not plan.jobs:
            return
        pool = self._source(plan, size)
        try:
            for event in pool.events():
                if isinstance(event, Started):
                    self.stamps[event.job.name] = stamp(event.job.clip)
                    journal.append("start", name=event.job.name)
                elif isinstance(event, Finished):
                    self._record(event, plan, journal)
                tally.take(event)
                self.display.show(event, tally)
                if isinstance(event, Finished) and event.disk_full:
                    raise OutputError(
                        f"{event.why}; the batch stops here",
                        "free some space and run it again: it goes on where it stopped",
                    )
        finally:
            pool.close()
            for event in pool.missed:
                self._record(event, plan, journal)

    def _source(self, plan: Plan, size: Sizes) -> Any:
        if self.batch.ray is None:
            return Pool(plan.jobs, size, command=self.batch.command, lock=self.lock)
        from kasf_demo.batch.ray_backend import Cluster

        return Cluster(
            plan.jobs, self.batch.ray, workers=self.batch.workers, threads=self.batch.threads, say=self.display.say
        )

    def _record(self, event: Finished, plan: Plan, journal: Journal) -> None:
        name = event.job.name
        known: dict[str, Any] = dict(self.stamps.get(name) or {})
        common = {
            "name": name,
            "identity": plan.identities[name],
            "took_s": round(event.seconds, 3),
            "attempts": event.attempts,
        }
        if event.how == "done":
            result = dict(event.result) | ({} if event.job.upload is None else {"upload": event.job.upload})
            journal.append("done", **common, **result | {"input": known | result["input"]})
        else:
            journal.append("failed", **common, how=event.how, why=event.why, exit_code=event.exit_code, input=known)

    def _summarise(self, plan: Plan) -> int:
        """Writes the summaries and the gallery; prints the last lines. Returns the exit code of a completed batch."""
        rows = rows_of(plan.clips, _without_foreign(journals.read(self.path), plan), plan.skipped, self.folder)
        numbers = counts(rows)
        facts = {"at": _now(), "took_s": round(time.monotonic() - self.began, 1), "results": self.batch.upload or "."}
        write_summaries(self.folder, rows, facts)
        write_gallery(self.folder, rows, title=self.folder.name, results=self.batch.upload or "")
        for row in rows:
            if row.status == "failed":
                print(f"error: {row.error}", file=sys.stderr)
        self.display.say(_last_line(numbers, self.folder))
        return EXIT_SOME_FAILED if numbers["failed"] else EXIT_OK


def _without_foreign(entries: dict[str, journals.JournalEntry], plan: Plan) -> dict[str, journals.JournalEntry]:
    return {name: entry for name, entry in entries.items() if name in plan.clips}


def _last_line(numbers: dict[str, int], folder: Path) -> str:
    total = numbers["done"] + numbers["failed"] + numbers["pending"]
    more = "".join(f", {numbers[k]} {k}" for k in ("failed", "pending", "skipped") if numbers[k])
    return f"{numbers['done']} of {total} clips done{more}: {folder / 'index.html'}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
