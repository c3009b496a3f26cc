"""The same jobs on a Ray cluster (extra `cluster`): actors that hold the models take clip after clip. Scheduling is
Ray's.

Every node sees the clips and the results' folder under the same paths (or results go to a URL, see upload), and has
kasf-demo installed. If an actor or node dies, another one processes its clip again. Journal, summary and gallery are
the driver's.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from kasf_demo.batch.jobs import Event, Finished, Job, Message, Moved, Started, Tick
from kasf_demo.batch.resources import PER_GPU, WORKER_BYTES
from kasf_demo.errors import EXIT_BUG, EXIT_INPUT, EXIT_MODEL, KasfError, ModelError, UsageError, first_line, printable
from kasf_demo.files.leftovers import remove_leftovers

ATTEMPTS = 3  # losing a node is not the clip's fault
_STILLBORN = 5
_TICK_S = 0.5


class _Actor:
    """An actor as the driver sees it: its handle, and what is asked of it."""

    def __init__(self, handle: Any, hello: Any) -> None:
        self.handle, self.hello = handle, hello
        self.node = ""  # known after its first answer
        self.job: Job | None = None
        self.attempt = 0
        self.since = 0.0
        self.answer: Any = None
        self.moved: Any = None


class Cluster:
    """Runs `jobs` on the cluster at `address` ("auto": the one this machine belongs to). As Pool: `events`, then
    `close`.

    workers: how many actors; None: as many as the nodes have cores (`threads` each, one by default) and memory for, or
    PER_GPU for each GPU. Raises UsageError if ray is not installed or there is no cluster.
    """

    def __init__(
        self, jobs: Sequence[Job], address: str, *, workers: int | None, threads: int | None, say: Callable[[str], None]
    ) -> None:
        self._ray = connect(address)
        self._todo: deque[tuple[Job, int]] = deque((job, 1) for job in jobs)
        self._threads = threads or 1
        self._gpu = self._ray.cluster_resources().get("GPU", 0) > 0 and all(
            job.options.device in ("auto", "cuda") for job in jobs
        )
        self._wanted = min(workers or self._slots(), len(jobs))
        self._actors: list[_Actor] = []
        self._orphaned: list[Job] = []  # clips whose worker died: their hidden files are removed at the end
        self._stillborn = 0
        self.missed: list[Finished] = []  # as Pool's; an actor that is ended has finished nothing
        nodes = sum(bool(node["Alive"]) for node in self._ray.nodes())
        say(
            f"Ray: {nodes} nodes, {self._wanted} workers with {self._threads} threads each"
            + (f", {PER_GPU} per GPU" if self._gpu else "")
        )

    def _slots(self) -> int:
        if self._gpu:
            return max(1, int(self._ray.cluster_resources()["GPU"] * PER_GPU))
        resources = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        return max(
            1,
            sum(min(int(r.get("CPU", 0)) // self._threads, int(r.get("memory", 0)) // WORKER_BYTES) for r in resources),
        )

    def _start(self) -> _Actor:
        from kasf_demo.batch.ray_worker import ClipWorker

        share = {"num_gpus": 1 / PER_GPU} if self._gpu else {}
        remote = self._ray.remote(ClipWorker).options(
            num_cpus=self._threads, max_concurrency=2, scheduling_strategy="SPREAD", **share
        )
        handle = remote.remote(self._threads)
        return _Actor(handle, handle.hello.remote())

    def events(self) -> Iterator[Event]:
        """Started, Moved, Finished and Message, in time, with Ticks in between. Raises ModelError if models cannot be
        loaded."""
        while self._todo or any(a.job for a in self._actors):
            running = sum(a.job is not None for a in self._actors)
            while len(self._actors) < min(self._wanted, len(self._todo) + running):
                self._actors.append(self._start())
            waiting = {a.answer if a.job else a.hello: a for a in self._actors if a.job or a.hello is not None}
            ready, _ = self._ray.wait(list(waiting), timeout=_TICK_S) if waiting else ([], [])
            for reference in ready:
                yield from self._take(waiting[reference])
            for actor in [a for a in self._actors if a.job is None and a.hello is None and self._todo]:
                yield from self._hand_out(actor)
            yield from self._look()
            yield Tick()

    def _hand_out(self, actor: _Actor) -> Iterator[Event]:
        job, actor.attempt = self._todo.popleft()
        actor.job, actor.since = job, time.monotonic()
        actor.answer, actor.moved = actor.handle.run.remote(job.to_json()), actor.handle.moved.remote()
        yield Started(job, actor.node)

    def _take(self, actor: _Actor) -> Iterator[Event]:
        """An actor is ready, has finished its clip, or is dead."""
        try:
            answer = self._ray.get(actor.answer if actor.job else actor.hello)
        except self._ray.exceptions.RayError as e:
            yield from self._lost(actor, e)
            return
        if actor.job is None:
            actor.node, actor.hello, self._stillborn = answer, None, 0
            return
        job, actor.job = actor.job, None
        seconds = time.monotonic() - actor.since
        if answer["event"] == "done":
            yield Finished(job, "done", seconds, actor.attempt, result=answer["result"])
        elif answer["kind"] == "model" and answer["exit_code"] == EXIT_MODEL:
            raise ModelError(f"on {actor.node}: {answer['why']}")
        else:
            yield Finished(
                job, "error", seconds, actor.attempt, answer["why"], answer["exit_code"], answer["disk_full"]
            )

    def _lost(self, actor: _Actor, error: Exception) -> Iterator[Event]:
        self._actors.remove(actor)
        job = actor.job
        if job is None:
            self._stillborn += 1
            if self._stillborn >= _STILLBORN:
                what = f"no worker starts on the cluster: {first_line(error)}"
                raise KasfError(what, "is kasf-demo installed on all nodes? See docs/ray.md")
            return
        self._orphaned.append(job)
        if actor.attempt < ATTEMPTS:
            self._todo.appendleft((replace(job, replace=True), actor.attempt + 1))
            yield Message(f"{printable(job.name)}: its worker on {actor.node} is gone; another does it again")
            return
        why = (
            f"{printable(job.clip)}: its worker died {actor.attempt} times; was the memory used up? Use fewer --workers"
        )
        yield Finished(job, "crash", time.monotonic() - actor.since, actor.attempt, why, EXIT_BUG)

    def _look(self) -> Iterator[Event]:
        """Progress of the clips, and whether one exceeds its time limit."""
        for actor in [a for a in self._actors if a.job]:
            job = actor.job
            assert job is not None
            if job.limit_s is not None and time.monotonic() - actor.since > job.limit_s:
                self._ray.kill(actor.handle)
                self._actors.remove(actor)
                self._orphaned.append(job)
                why = (
                    f"{printable(job.clip)}: no end after {job.limit_s:g} s, stopped; give it more time with --timeout"
                )
                yield Finished(job, "timeout", time.monotonic() - actor.since, actor.attempt, why, EXIT_INPUT)
            elif self._ray.wait([actor.moved], timeout=0)[0]:
                try:
                    moved = self._ray.get(actor.moved)
                except self._ray.exceptions.RayError:
                    continue  # its death shows in `answer`
                actor.moved = actor.handle.moved.remote()
                if moved:
                    yield Moved(job, actor.node, *moved)

    def close(self) -> None:
        """Ends the actors and leaves the cluster. May be called twice."""
        for actor in self._actors:
            self._ray.kill(actor.handle)
        self._actors.clear()
        for job in self._orphaned:
            remove_leftovers([job.out.parent], stem=job.out.stem)
        self._ray.shutdown()


def connect(address: str) -> Any:
    """The ray module, connected. Raises UsageError."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # actors without a GPU keep their own environment
    try:
        import ray
    except ImportError:
        raise UsageError("--ray needs ray, which is not installed", 'pip install "kasf-demo[cluster]"') from None
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
    except (ConnectionError, ValueError, RuntimeError) as e:
        line = next((text for text in str(e).splitlines() if text.strip()), type(e).__name__)
        raise UsageError(
            f"--ray {address}: {line}", "start a cluster with `ray start --head`, see docs/ray.md"
        ) from None
    return ray
