"""Jobs on worker processes. If a worker dies or hangs, only its clip is affected; after a crash it is tried once more.

Not a stock process pool: concurrent.futures breaks all of its tasks when one process dies, and multiprocessing.Pool
never returns in that case.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from kasf_demo.batch.jobs import Event, Finished, Job, Message, Moved, Started, Tick
from kasf_demo.batch.resources import Sizes
from kasf_demo.batch.watchdog import Guard
from kasf_demo.batch.worker_process import WORKER, WorkerProcess
from kasf_demo.errors import EXIT_BUG, EXIT_INPUT, EXIT_MODEL, KasfError, ModelError, printable
from kasf_demo.files.leftovers import remove_leftovers

CRASHES = 2  # attempts at a clip whose worker dies
_STILLBORN = 3  # workers that die before they are ready, until the batch gives up
_TICK_S = 0.25
_GRACE_S = 5.0  # to clean up when asked to end


class Pool:
    """Runs `jobs`; `events` yields events until all are finished. `close` ends all workers in any state."""

    def __init__(self, jobs: Sequence[Job], sizes: Sizes, *, command: Sequence[str] = WORKER, lock: int = -1) -> None:
        self._todo: deque[tuple[Job, int]] = deque((job, 1) for job in jobs)
        self._sizes, self._command, self._lock = sizes, command, lock
        self._news = threading.Event()
        self._workers: dict[int, WorkerProcess] = {}
        self._stillborn = 0
        self._guard = Guard()
        self.missed: list[Finished] = []

    def events(self) -> Iterator[Event]:
        """Started, Moved, Finished and Message, in time, with Ticks in between. Raises ModelError if models cannot be
        loaded, KasfError if no worker starts."""
        while self._todo or any(w.job for w in self._workers.values()):
            yield from self._turn()

    def _turn(self, wait_s: float = _TICK_S) -> Iterator[Event]:
        """Starts workers, hands out jobs, and waits up to `wait_s` for what the workers report."""
        self._man()
        for worker in list(self._workers.values()):
            if worker.ready and worker.job is None and not worker.quitting:
                yield from self._hand_out(worker)
        self._news.wait(wait_s)
        self._news.clear()
        for worker in list(self._workers.values()):
            if worker.number in self._workers:
                yield from self._hear(worker)
        yield from self._end_late()
        yield Tick()

    def _man(self) -> None:
        """Starts workers, as many as there is work for."""
        wanted = min(self._sizes.workers, len(self._todo) + sum(w.job is not None for w in self._workers.values()))
        for number in range(self._sizes.workers):
            if number not in self._workers and len(self._workers) < wanted:
                s = self._sizes
                gpu = s.gpus[number % len(s.gpus)] if s.gpus else None
                worker = WorkerProcess(
                    number,
                    threads=s.threads,
                    cores=s.cores[number],
                    news=self._news,
                    command=self._command,
                    lock=self._lock,
                    gpu=gpu,
                )
                self._workers[number] = worker
                self._guard.watch(worker.pid, worker.started_s)

    def _hand_out(self, worker: WorkerProcess) -> Iterator[Event]:
        if not self._todo:
            worker.quit()
            return
        job, attempt = self._todo.popleft()
        worker.give(job, attempt)
        yield Started(job, _where(worker))

    def _hear(self, worker: WorkerProcess) -> Iterator[Event]:
        events, gone = worker.listen()
        for event in events:
            yield from self._take(worker, event)
        if gone:
            yield from self._died(worker)

    def _take(self, worker: WorkerProcess, event: dict[str, Any]) -> Iterator[Event]:
        if event["event"] == "ready":
            worker.ready, self._stillborn = True, 0
            return
        job = worker.job
        if job is None:  # pragma: no cover - a worker speaks of its job only
            return
        if event["event"] == "moved":
            yield Moved(job, _where(worker), event["stage"], event["n"], event["total"])
            return
        seconds, worker.job = time.monotonic() - worker.since, None
        if event["event"] == "done":
            yield Finished(job, "done", seconds, worker.attempt, result=event["result"])
        elif event["exit_code"] == EXIT_MODEL and event["kind"] == "model":
            raise _Unusable(event["why"])
        else:
            yield Finished(job, "error", seconds, worker.attempt, event["why"], event["exit_code"], event["disk_full"])

    def _died(self, worker: WorkerProcess) -> Iterator[Event]:
        how = self._remove(worker)
        if worker.quitting:
            return
        job = worker.job
        if job is None:
            if not worker.ready:
                self._stillborn += 1
            if self._stillborn >= _STILLBORN:
                raise KasfError(f"no worker starts: {how}", "run one clip with kasf-demo CLIP to see why")
            return
        if worker.attempt < CRASHES:
            self._todo.append((replace(job, replace=True), worker.attempt + 1))
            yield Message(f"{printable(job.name)}: {how}; trying once more")
            return
        why = f"{printable(job.clip)}: {how}, {worker.attempt} times; use fewer --workers, or report it with the clip"
        yield Finished(job, "crash", time.monotonic() - worker.since, worker.attempt, why, EXIT_BUG)

    def _end_late(self) -> Iterator[Event]:
        for worker in [w for w in self._workers.values() if w.late()]:
            job = worker.job
            assert job is not None
            self._end([worker])
            why = f"{printable(job.clip)}: no end after {job.limit_s:g} s, stopped; give it more time with --timeout"
            yield Finished(job, "timeout", time.monotonic() - worker.since, worker.attempt, why, EXIT_INPUT)

    def _end(self, workers: Sequence[WorkerProcess]) -> None:
        for worker in workers:
            worker.ask_to_end()
        deadline = time.monotonic() + _GRACE_S
        for worker in workers:
            worker.ended(max(0.0, deadline - time.monotonic()))
        for worker in workers:
            self._remove(worker)

    def _remove(self, worker: WorkerProcess) -> str:
        """Removes a worker, killing it if needed, and its partial files. Returns how it ended."""
        del self._workers[worker.number]
        self._guard.forget(worker.pid)
        how = worker.bury()
        for event in worker.listen()[0]:  # events that were not read yet
            if event["event"] == "done" and worker.job is not None:
                self.missed.append(
                    Finished(
                        worker.job, "done", time.monotonic() - worker.since, worker.attempt, result=event["result"]
                    )
                )
        if worker.job is not None:
            remove_leftovers([worker.job.out.parent, worker.job.poster.parent], of=worker.pid)
        return how

    def close(self) -> None:
        """Ends all workers and waits for them; `missed` are the clips that were finished meanwhile. May be called
        twice."""
        idle = [w for w in self._workers.values() if w.job is None]
        for worker in idle:
            worker.quit()
        self._end([w for w in self._workers.values() if w not in idle])
        for worker in idle:
            worker.ended(_GRACE_S)
            self._remove(worker)
        self._guard.close()


def _where(worker: WorkerProcess) -> str:
    return str(worker.number + 1)


class _Unusable(ModelError):
    """The models cannot be used, in the worker's words, which name path and remedy already."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
