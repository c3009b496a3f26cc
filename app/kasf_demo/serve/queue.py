"""A thread that runs a LivePool: what waits, runs and has ended is reported to a listener."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any

from kasf_demo.batch.jobs import Finished
from kasf_demo.batch.resources import Sizes
from kasf_demo.errors import KasfError
from kasf_demo.serve.errors import ApiError, disk_is_full
from kasf_demo.serve.live_pool import Cancelled, Heard, LivePool, Task

LOG = logging.getLogger("kasf_demo.serve")
SLOW = ("check", "compare", "export")  # kinds of tasks that take more than a second or two
PAUSE_S = 5.0  # until workers are tried again that do not start
Listener = Callable[[Heard], None]


class WorkQueue:
    """Context manager. `listener` is called in the queue's thread, once for every event."""

    def __init__(
        self, name: str, sizes: Sizes, *, command: Sequence[str], lock: int, idle_s: float, listener: Listener
    ) -> None:
        self._make = partial(LivePool, sizes, command=command, lock=lock, idle_s=idle_s)
        self._pool = self._make()
        self._listener, self._known, self._unwanted = listener, dict[str, Task](), set[str]()
        self._closing, self._ended, self._guard, self._pause_s = False, threading.Event(), threading.Lock(), PAUSE_S
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> WorkQueue:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        with self._guard:
            self._closing = True
            self._pool.stop()
        self._ended.set()
        self._thread.join()

    def add(self, task: Task) -> None:
        """Puts a task at the end of the queue."""
        with self._guard:
            self._known[task.name] = task
            self._pool.add(task)

    def cancel(self, name: str) -> None:
        """Takes a task back."""
        with self._guard:
            if name in self._known:
                self._unwanted.add(name)
            self._pool.cancel(name)

    def _run(self) -> None:
        while not self._closing:
            pool, failed, why = self._pool, list[Task](), KasfError("")
            try:
                for event in pool.live_events():
                    self._hear(event)
            except Exception as error:
                why = _why(error)
                with self._guard:  # what comes from now on has a new pool
                    failed = list(self._known.values())
            self._close(pool)
            if self._closing:  # jobs go on at the next start
                return
            for task in failed:
                self._hear(Finished(task, "error", 0.0, why=str(why), exit_code=why.exit_code))
            self._renew()

    def _close(self, pool: LivePool) -> None:
        try:
            pool.close()
        except Exception:
            LOG.exception("a bug while the workers were ended")
        for event in pool.missed:
            self._hear(event)

    def _renew(self) -> None:
        """A new pool with what has been asked for since the old one failed; tried until there is one."""
        pool: LivePool | None = None
        while pool is None and not self._closing:
            try:
                pool = self._make()
            except Exception as error:
                LOG.error("the workers do not start (%s); trying again", error)
                self._ended.wait(self._pause_s)
        if pool is None:
            return
        with self._guard:
            if not self._closing:
                self._pool = pool
                for task in self._known.values():
                    pool.add(task)
                for name in self._unwanted:
                    pool.cancel(name)
                return
        pool.close()

    def _hear(self, event: Heard) -> None:
        if isinstance(event, Finished | Cancelled):
            with self._guard:
                self._unwanted.discard(event.job.name)
                if self._known.pop(event.job.name, None) is None:
                    return
        try:
            self._listener(event)
        except Exception:  # the queue goes on: what it reports to must not end it
            LOG.exception("a bug while an event was recorded")


def _why(error: Exception) -> KasfError:
    """What ended a pool, for the jobs that it had."""
    if isinstance(error, KasfError):
        LOG.error("%s", error)
        return error
    LOG.error("the workers failed", exc_info=error)
    text = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return KasfError(f"the workers failed: {text}", "the terminal of the server says more; try again")


class ShortTasks:
    """Tasks whose result a request waits for: a preview, a check, an export.

    Those of SLOW go to a queue of their own, with a limit of its own: a preview does not wait for the seconds of a
    check. Probes have no limit here: uploads have one, and a clip that has arrived is not to be thrown away.
    """

    def __init__(self, most: int) -> None:
        self.queue: WorkQueue | None = None
        self.slow_queue: WorkQueue | None = None
        self._most, self._closed, self._guard = most, False, threading.Lock()
        self._waiting = dict[str, tuple[Task, Future[dict[str, Any]]]]()

    def ask(self, task: Task) -> Future[dict[str, Any]]:
        """Its result, later. The future raises ApiError. Raises ApiError: 429 if too many wait already, 409 at the
        end."""
        future: Future[dict[str, Any]] = Future()
        future.set_running_or_notify_cancel()  # who waited may go away; the result is then dropped
        with self._guard:
            if self._closed:
                raise _stopped()
            if task.kind != "probe" and self._alike(task) >= self._most:
                text = "the server is busy with other previews and checks; try again in some seconds"
                raise ApiError(429, "busy", text, {"Retry-After": "5"})
            self._waiting[task.name] = task, future
        queue = self.slow_queue if task.kind in SLOW else self.queue
        assert queue is not None
        queue.add(replace(task, replace=True))
        return future

    def _alike(self, task: Task) -> int:
        """How many wait in the same queue."""
        kinds = [other.kind for other, _ in self._waiting.values() if other.kind != "probe"]
        return sum((kind in SLOW) == (task.kind in SLOW) for kind in kinds)

    def hear(self, event: Heard) -> None:
        """The listener of the queue."""
        if not isinstance(event, Finished | Cancelled):
            return
        with self._guard:
            _, future = self._waiting.pop(event.job.name, (None, None))
        if future is None:
            return
        if isinstance(event, Cancelled):
            future.set_exception(_stopped())
        elif event.how == "done":
            future.set_result(dict(event.result))
        else:
            future.set_exception(_failure(event))

    def close(self) -> None:
        """Whoever still waits gets an error, and who asks from now on."""
        with self._guard:
            self._closed, waiting, self._waiting = True, list(self._waiting.values()), {}
        for _, future in waiting:
            future.set_exception(_stopped())


def _stopped() -> ApiError:
    return ApiError(409, "cancelled", "the server was stopped; try again")


def _failure(event: Finished) -> ApiError:
    if event.disk_full:
        return disk_is_full()
    if event.how == "timeout":
        return ApiError(422, "took_too_long", "it took too long and was stopped; try a shorter or smaller clip")
    if event.how == "crash":
        return ApiError(422, "crashed", "the clip crashed the program that read it; convert it to H.264 first")
    status = {2: 422, 4: 422, 5: 409, 6: 409, 7: 507, 8: 422}.get(event.exit_code, 500)
    code = {2: "invalid", 4: "not_a_usable_clip", 5: "no_model", 6: "cannot_write", 8: "not_shown"}
    return ApiError(status, code.get(event.exit_code, "failed"), without_path(event.why, event))


def without_path(why: str, event: Finished) -> str:
    """An error's text without the places of files on this machine."""
    for path in (event.job.clip, event.job.out, event.job.out.with_suffix(".json")):
        why = why.replace(f"{path}: ", "").replace(str(path), path.name).replace(str(path.parent), path.parent.name)
    return why
