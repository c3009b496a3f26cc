"""Short tasks that requests wait for: their number is limited, and errors become statuses without paths."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from own_loop import run_alone

from kasf_demo.batch.jobs import Finished
from kasf_demo.options import Options
from kasf_demo.serve.errors import ApiError
from kasf_demo.serve.live_pool import Cancelled, Task
from kasf_demo.serve.queue import ShortTasks


class NoQueue:
    """Takes tasks, and does nothing."""

    def __init__(self) -> None:
        self.added: list[Task] = []

    def add(self, task: Task) -> None:
        self.added.append(task)


def short(most: int = 2) -> tuple[ShortTasks, NoQueue]:
    tasks, queue = ShortTasks(most), NoQueue()
    tasks.queue = tasks.slow_queue = queue  # type: ignore[assignment]
    return tasks, queue


def task(name: str) -> Task:
    return Task(
        name, Path("/srv/clips/a.mp4"), Path("/srv/clips/out.json"), Options(), Path("/srv/p.jpg"), kind="people"
    )


def test_results_come_back_to_who_asked() -> None:
    tasks, queue = short()
    one, two = tasks.ask(task("1")), tasks.ask(task("2"))
    tasks.hear(Finished(queue.added[1], "done", 1.0, result={"n": 2}))
    tasks.hear(Finished(queue.added[0], "done", 1.0, result={"n": 1}))
    assert (one.result(0), two.result(0)) == ({"n": 1}, {"n": 2})


def test_a_preview_does_not_wait_for_a_check() -> None:
    tasks, previews = short()
    tasks.slow_queue = checks = NoQueue()  # type: ignore[assignment]
    tasks.ask(task("1"))
    tasks.ask(replace(task("2"), kind="check"))
    assert [t.name for t in previews.added] == ["1"] and [t.name for t in checks.added] == ["2"]


def test_too_many_are_refused_until_one_has_ended() -> None:
    tasks, queue = short()
    tasks.ask(task("1")), tasks.ask(task("2"))
    with pytest.raises(ApiError) as e:
        tasks.ask(task("3"))
    assert (e.value.status, e.value.code) == (429, "busy") and e.value.headers["Retry-After"]
    tasks.hear(Cancelled(queue.added[0]))
    tasks.ask(task("3"))


@pytest.mark.parametrize(
    ("ended", "status", "code"),
    [
        ({"how": "crash", "exit_code": 1}, 422, "crashed"),
        ({"how": "timeout", "exit_code": 4}, 422, "took_too_long"),
        ({"how": "error", "exit_code": 4}, 422, "not_a_usable_clip"),
        ({"how": "error", "exit_code": 5}, 409, "no_model"),
        ({"how": "error", "exit_code": 6}, 409, "cannot_write"),
        ({"how": "error", "exit_code": 6, "disk_full": True}, 507, "disk_full"),
        ({"how": "error", "exit_code": 8}, 422, "not_shown"),
        ({"how": "error", "exit_code": 1}, 500, "failed"),
    ],
)
def test_failures_are_statuses_without_paths(ended: dict[str, Any], status: int, code: str) -> None:
    tasks, queue = short()
    future = tasks.ask(task("1"))
    why = "/srv/clips/a.mp4: cannot write in the folder /srv/clips: no; see /srv/clips/out.json"
    tasks.hear(Finished(queue.added[0], seconds=1.0, why=why, **ended))
    with pytest.raises(ApiError) as e:
        future.result(0)
    assert (e.value.status, e.value.code) == (status, code) and "/srv" not in e.value.text


def test_who_waits_when_the_server_ends_gets_an_error() -> None:
    tasks, _ = short()
    future = tasks.ask(task("1"))
    tasks.close()
    with pytest.raises(ApiError, match="stopped"):
        future.result(0)
    with pytest.raises(ApiError, match="stopped"):
        tasks.ask(task("2"))


def test_checks_do_not_refuse_previews_and_clips_that_have_arrived_are_looked_at() -> None:
    tasks, _ = short(1)
    tasks.ask(replace(task("check"), kind="check"))
    tasks.ask(task("preview"))
    for kind in ("export", "still"):
        with pytest.raises(ApiError, match="busy"):
            tasks.ask(replace(task("more"), kind=kind))
    probes = [tasks.ask(replace(task(f"probe {n}"), kind="probe")) for n in range(3)]
    assert not any(probe.done() for probe in probes)


def test_a_request_that_goes_away_does_not_harm_the_end() -> None:
    async def given_up() -> None:
        waiting = asyncio.ensure_future(asyncio.wrap_future(tasks.ask(task("1"))))
        await asyncio.sleep(0)
        waiting.cancel()

    tasks, queue = short()
    run_alone(given_up())
    tasks.hear(Finished(queue.added[0], "done", 1.0, result={}))
    run_alone(given_up())
    tasks.close()  # InvalidStateError without set_running_or_notify_cancel
