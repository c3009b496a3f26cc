"""The pool that stays open: idle workers end, and workers that do not start fail their tasks, not the server."""

from __future__ import annotations

import sys
import threading
import time
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
