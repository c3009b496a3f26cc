"""The pool that stays open: idle workers end, and workers that do not start fail their tasks, not the server."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from served import STUB, waited

from kasf_demo.batch.jobs import Finished
from kasf_demo.batch.resources import Sizes
from kasf_demo.options import Options
from kasf_demo.serve.live_pool import Cancelled, Heard, LivePool, Task
from kasf_demo.serve.queue import WorkQueue

ONE = Sizes(1, 1, ((),))


def task(folder: Path, name: str, clip: str = "clip") -> Task:
    path = folder / f"{clip}.mp4"
    path.write_bytes(b"x")
    return Task(name, path, folder / f"{name}.mp4", Options(), folder / f"{name}.jpg", args={"test": None})


def test_a_worker_without_work_ends_and_the_next_task_gets_another(tmp_path: Path) -> None:
    pool, heard = LivePool(ONE, command=STUB, idle_s=0.2), list[Heard]()
    thread = threading.Thread(target=lambda: heard.extend(pool.live_events()))
    thread.start()
    try:
        for name in ("one", "two"):
            pool.add(task(tmp_path, name))
            waited((tmp_path / f"{name}.json").is_file)
            waited(lambda: not pool._workers)
    finally:
        pool.stop()
        thread.join()
        pool.close()
    assert [e.job.name for e in heard if isinstance(e, Finished) and e.how == "done"] == ["one", "two"]


@pytest.mark.slow
def test_tasks_are_taken_back_before_and_while_they_run(tmp_path: Path) -> None:
    heard: list[Heard] = []
    with WorkQueue("test", ONE, command=STUB, lock=-1, idle_s=60, listener=heard.append) as queue:
        for name in ("running", "waiting"):
            queue.add(task(tmp_path, name, clip="slow"))
        waited(lambda: any(getattr(e, "stage", "") == "drawing" for e in heard))
        queue.cancel("waiting")
        queue.cancel("unknown")
        queue.cancel("running")
        waited(lambda: len([e for e in heard if isinstance(e, Cancelled)]) == 2)
    assert [e.job.name for e in heard if isinstance(e, Cancelled)] == ["waiting", "running"]
    assert list(tmp_path.glob(".*")) == []


def test_workers_that_do_not_start_fail_their_tasks(tmp_path: Path) -> None:
    heard: list[Heard] = []
    broken = (sys.executable, "-c", "raise SystemExit('no such library')")
    options: dict[str, Any] = {"lock": -1, "idle_s": 60.0, "listener": heard.append}
    with WorkQueue("test", ONE, command=broken, **options) as queue:
        for name in ("one", "two"):  # the queue goes on after the first
            queue.add(task(tmp_path, name))
            waited(lambda name=name: any(isinstance(e, Finished) and e.job.name == name for e in heard))  # type: ignore[misc]
            time.sleep(0.05)
    ended = [e for e in heard if isinstance(e, Finished)]
    assert [e.how for e in ended] == ["error", "error"] and "no such library" in ended[0].why


def test_a_bug_of_the_listener_does_not_end_the_queue(tmp_path: Path) -> None:
    heard: list[Heard] = []

    def listen(event: Heard) -> None:
        heard.append(event)
        raise ValueError("a bug")

    with WorkQueue("test", ONE, command=STUB, lock=-1, idle_s=60, listener=listen) as queue:
        queue.add(task(tmp_path, "one"))
        waited(lambda: any(isinstance(e, Finished) for e in heard))


def test_a_program_that_is_missing_fails_its_tasks_and_the_queue_goes_on(tmp_path: Path) -> None:
    heard: list[Heard] = []
    with WorkQueue("test", ONE, command=("/nonexistent",), lock=-1, idle_s=60, listener=heard.append) as queue:
        for name in ("one", "two"):
            queue.add(task(tmp_path, name))
            waited(lambda name=name: any(isinstance(e, Finished) and e.job.name == name for e in heard))  # type: ignore[misc]
    ended = [e for e in heard if isinstance(e, Finished)]
    assert [e.how for e in ended] == ["error", "error"] and "No such file" in ended[0].why


class ScriptedPool:
    """Ends with a bug at its first task; `closing` is called while it closes."""

    missed: tuple[Finished, ...] = ()

    def __init__(self, closing: Callable[[], None] = lambda: None, *, broken: bool = False) -> None:
        self.told, self.given, self.stopped = list[Task | str](), threading.Event(), threading.Event()
        self.close, self._broken = closing, broken

    def add(self, task: Task) -> None:
        self.told.append(task)
        self.given.set()

    def cancel(self, name: str) -> None:
        self.told.append(name)

    def stop(self) -> None:
        self.stopped.set()

    def live_events(self) -> Iterator[Heard]:
        (self.given if self._broken else self.stopped).wait()
        if self._broken:
            raise ValueError("a bug")
        yield from ()


def test_what_is_added_while_a_failed_pool_closes_goes_to_the_next(tmp_path: Path) -> None:
    heard: list[Heard] = []
    queue = WorkQueue("test", ONE, command=STUB, lock=-1, idle_s=60, listener=heard.append)
    queue._pool.close()

    def meanwhile() -> None:
        queue.add(task(tmp_path, "two"))
        queue.add(task(tmp_path, "three"))
        queue.cancel("three")

    good, tries = ScriptedPool(), list[object]()

    def make() -> ScriptedPool:
        tries.append(None)
        if len(tries) == 1:
            raise OSError("no process")
        return good

    queue._pool, queue._make, queue._pause_s = ScriptedPool(meanwhile, broken=True), make, 0.01  # type: ignore[assignment]
    with queue:
        queue.add(task(tmp_path, "one"))
        waited(lambda: "three" in good.told)
    assert [(e.job.name, e.how) for e in heard if isinstance(e, Finished)] == [("one", "error")]
    assert [getattr(told, "name", told) for told in good.told] == ["two", "three", "three"] and len(tries) == 2
