"""The errors of all windows of one lifter: chunk by chunk, in threads of this process or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kasf_demo.batch.ray_backend import connect
from kasf_demo.benchmark.chunk_store import ChunkStore, chunks_of
from kasf_demo.benchmark.lifters import BenchmarkLifter, LifterFile, Protocol
from kasf_demo.benchmark.protocol import TestWindows, WindowErrors, joined, true_mm, window_errors
from kasf_demo.benchmark.recorded_set import RecordedSet
from kasf_demo.concurrency import map_ordered
from kasf_demo.cores import one_blas_thread
from kasf_demo.errors import KasfError, ModelError, first_line
from kasf_demo.progress import Progress

RAY_ATTEMPTS = 3  # losing a node is not the network's fault

Measured = Iterator[tuple[slice, WindowErrors]]


class ChunkWorker:
    """Measures chunks with one network; also the class of the actors of a Ray cluster."""

    def __init__(
        self, subject: LifterFile, data: RecordedSet, windows: TestWindows, protocol: Protocol, threads: int = 1
    ) -> None:
        import torch

        torch.set_num_threads(threads)
        self._lifter = BenchmarkLifter(subject)
        self._data, self._windows, self._protocol = data, windows, protocol

    def measure(self, chunk: slice) -> WindowErrors:
        """The errors of these windows."""
        frames = self._windows.frames[chunk]
        pose = self._lifter.predict(self._data, frames, self._protocol)
        return window_errors(pose, true_mm(self._data, frames))

    def hello(self) -> bool:
        """Answers when the network is loaded."""
        return True


def measure(
    subject: LifterFile, data: RecordedSet, windows: TestWindows, protocol: Protocol, store: ChunkStore,
    *, workers: int, ray: str | None, progress: Progress,
) -> WindowErrors:  # fmt: skip
    """The errors of all windows, those in `store` not measured again; each chunk is stored as soon as it is done.

    Raises ModelError for weights that cannot be used, OutputError if the store cannot be written.
    """
    length = windows.frames.shape[1]
    chunks = chunks_of(windows)
    found = {chunk.start: known for chunk in chunks if (known := store.load(chunk, length)) is not None}
    todo = [chunk for chunk in chunks if chunk.start not in found]
    if found and todo:
        progress.say(f"{subject.label}: {len(found)} of {len(chunks)} parts are there from an earlier run")
    if todo:
        make: Callable[[], Measured]
        if ray is None:
            make = lambda: _in_threads(subject, data, windows, protocol, todo, workers)  # noqa: E731
        else:
            make = lambda: _on_cluster(subject, data, windows, protocol, todo, workers, ray)  # noqa: E731

        def frames() -> Iterator[int]:
            for chunk, errors in make():
                store.save(chunk, errors)
                found[chunk.start] = errors
                yield from range((chunk.stop - chunk.start) * length)

        total = sum(chunk.stop - chunk.start for chunk in todo) * length
        for _ in progress.track(frames(), subject.label, total):
            pass
    return joined([found[chunk.start] for chunk in chunks])


def _in_threads(
    subject: LifterFile, data: RecordedSet, windows: TestWindows, protocol: Protocol, todo: list[slice], workers: int
) -> Measured:
    """`workers` threads of one torch thread each: torch releases the GIL. The results do not depend on their
    number."""
    worker = ChunkWorker(subject, data, windows, protocol)
    with one_blas_thread(), map_ordered(worker.measure, todo, workers=workers, name="benchmark") as results:
        yield from results


def _on_cluster(
    subject: LifterFile, data: RecordedSet, windows: TestWindows, protocol: Protocol, todo: list[slice], workers: int,
    address: str,
) -> Measured:  # fmt: skip
    """`workers` actors; the data travel through Ray's object store, the weights file must be on every node."""
    ray = connect(address)
    try:
        shared = ray.put(data), ray.put(windows)
        gpu = {"num_gpus": 0.25} if subject.device == "cuda" else {}
        remote = ray.remote(ChunkWorker).options(
            num_cpus=1, max_restarts=-1, max_task_retries=RAY_ATTEMPTS, scheduling_strategy="SPREAD", **gpu
        )
        actors = [remote.remote(subject, *shared, protocol) for _ in range(min(workers, len(todo)))]
        yield from _gather(ray, actors, todo)
    finally:
        ray.shutdown()


def _gather(ray: Any, actors: list[Any], todo: list[slice]) -> Measured:
    """Chunks as they are done; an actor gets the next one when it has answered."""
    waiting = list(reversed(todo))
    running = {actor.measure.remote(chunk): (actor, chunk) for actor in actors for chunk in [waiting.pop()]}
    while running:
        (ready, *_), _ = ray.wait(list(running), num_returns=1)
        actor, chunk = running.pop(ready)
        try:
            errors = ray.get(ready)
        except ray.exceptions.RayTaskError as e:
            cause = e.cause if isinstance(e.cause, KasfError) else None
            raise cause or ModelError(f"a worker of the cluster failed: {first_line(e.cause or e)}") from e
        except ray.exceptions.RayError as e:
            what = f"a worker of the cluster is gone: {first_line(e)}"
            raise KasfError(what, "run the same command again; finished parts are kept. See docs/ray.md") from e
        if waiting:
            chunk_next = waiting.pop()
            running[actor.measure.remote(chunk_next)] = (actor, chunk_next)
        yield chunk, errors
