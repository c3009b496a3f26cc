"""The batch's pool of worker processes, kept open: tasks are added and cancelled while it runs."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kasf_demo.batch.jobs import Event, Job
from kasf_demo.batch.pool import Pool
from kasf_demo.batch.resources import Sizes
from kasf_demo.batch.worker_process import WorkerProcess
from kasf_demo.serve.worker_command import SERVE_WORKER


@dataclass(frozen=True)
class Task(Job):
    """Work for a worker: `kind` names the function of `tasks`, `args` are its arguments, in JSON's own types."""

    kind: str = "analyse"
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cancelled:
    """A task that was taken back. `job` did nothing, or its worker was ended and its partial files removed."""

    job: Job


Heard = Event | Cancelled


class LivePool(Pool):
    """`events` ends after `stop`. `add`, `cancel` and `stop` may be called from any thread.

    A worker that has had nothing to do for `idle_s` is ended, so that its models do not fill the memory.
    """

    def __init__(self, sizes: Sizes, *, command: Sequence[str] = SERVE_WORKER, lock: int = -1, idle_s: float) -> None:
        super().__init__((), sizes, command=command, lock=lock)
        self._inbox: queue.SimpleQueue[Task | str] = queue.SimpleQueue()
        self._idle_s, self._idle_since = idle_s, dict[int, float]()
        self._stopping = False

    def add(self, task: Task) -> None:
        """Puts it at the end of the queue."""
        self._inbox.put(task)
        self._news.set()

    def cancel(self, name: str) -> None:
        """Takes back the task of this name, waiting or running; a Cancelled, or a Finished if it was faster, follows.
        Nothing follows for an unknown name."""
        self._inbox.put(name)
        self._news.set()

    def stop(self) -> None:
        """`events` ends soon; running tasks are ended by `close`."""
        self._stopping = True
        self._news.set()

    def live_events(self) -> Iterator[Heard]:
        """As `Pool.events`, until `stop`."""
        while not self._stopping:
            while not self._inbox.empty():
                told = self._inbox.get_nowait()
                if isinstance(told, Task):
                    self._todo.append((told, 1))
                else:
                    yield from self._take_back(told)
            yield from self._turn(0.25 if self._todo or self._workers else 5.0)

    def _hand_out(self, worker: WorkerProcess) -> Iterator[Event]:
        if self._todo:
            self._idle_since.pop(worker.pid, None)
            yield from super()._hand_out(worker)
        elif time.monotonic() - self._idle_since.setdefault(worker.pid, time.monotonic()) > self._idle_s:
            self._idle_since.pop(worker.pid, None)
            worker.quit()

    def _take(self, worker: WorkerProcess, event: dict[str, Any]) -> Iterator[Event]:
        if event.get("kind") == "model":  # the clip's options ask for it: the others may do without
            event = event | {"kind": "error"}
        yield from super()._take(worker, event)

    def _take_back(self, name: str) -> Iterator[Heard]:
        for entry in [entry for entry in self._todo if entry[0].name == name]:
            self._todo.remove(entry)
            yield Cancelled(entry[0])
        for worker in [w for w in self._workers.values() if w.job is not None and w.job.name == name]:
            job = worker.job
            assert job is not None
            self._end([worker])
            done = [event for event in self.missed if event.job.name == name]
            self.missed = [event for event in self.missed if event.job.name != name]
            yield from done
            if not done:
                yield Cancelled(job)
