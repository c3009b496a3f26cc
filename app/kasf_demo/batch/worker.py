"""A worker process: models loaded once, jobs from stdin, events to stdout. `python -m kasf_demo.batch.worker ...`

Jobs and events are JSON, one per line; whatever else is printed is dropped. The word `quit` ends it when it has nothing
to do, `stop` at once. The end of stdin without them means that its parent is gone, and then it ends with everything it
started: it leads a group of processes, and its ffmpeg stays in that.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from kasf_demo.errors import EXIT_BUG, EXIT_SIGTERM, KasfError, ModelError
from kasf_demo.progress import Progress
from kasf_demo.system import machine, signals
from kasf_demo.system.pipes import private_stdout
from kasf_demo.system.processes import end_own_group

Item = TypeVar("Item")
_EVERY_S = 0.25
OUT_OF_MEMORY = 70  # exit status: out of memory for the clip


class _Stop(BaseException):
    """Asked to end: raised in the running code so that every context manager cleans up."""


class EventPipe:
    """Events to the parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._lock = descriptor, threading.Lock()

    def send(self, event: str, **fields: Any) -> None:
        """Writes one line. Ends the worker if the pipe has no reader."""
        data = json.dumps({"event": event, **fields}).encode("ascii") + b"\n"
        with self._lock:
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:  # a broken pipe, which has other names on Windows
                end_own_group(EXIT_BUG)


class Reporter:
    """A Progress that reports the state of the clip to the parent."""

    def __init__(self, channel: EventPipe) -> None:
        self._channel = channel

    def say(self, text: str) -> None:
        pass  # warnings are in the result

    def track(self, items: Iterable[Item], stage: str, total: int | None) -> Iterator[Item]:
        sent_s, n = 0.0, 0
        for n, item in enumerate(items, 1):
            yield item
            if (now := time.monotonic()) - sent_s > _EVERY_S:
                sent_s = now
                self._channel.send("moved", stage=stage, n=n, total=total)
        self._channel.send("moved", stage=stage, n=n, total=n)


class Work(Protocol):
    """What a worker does with the jobs that it receives."""

    def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Does one job, as `Job.to_json` writes it. Returns its result in JSON's own types. Raises KasfError."""

    def close(self) -> None:
        """Frees the models; after a failure they are loaded anew."""


class Clips:
    """The work of a batch: each job is a clip to analyse."""

    def __init__(self, progress: Progress) -> None:
        from kasf_demo.batch.job import Engines, run_job

        self._progress, self._engines, self._run = progress, Engines(progress), run_job

    def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """The record of the clip for the journal."""
        from kasf_demo.batch.jobs import Job

        return self._run(Job.from_json(job), self._engines, self._progress)

    def close(self) -> None:
        """Frees the models."""
        self._engines.close()


def serve(channel: EventPipe, threads: int, kind: Callable[[Progress], Work] = Clips) -> None:
    """Does jobs until `quit`."""
    import cv2

    from kasf_demo.batch.job import disk_is_full
    from kasf_demo.video import ffmpeg

    cv2.setNumThreads(threads)
    ffmpeg.own_session = False
    work = kind(Reporter(channel))
    jobs: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(jobs,), name="jobs", daemon=True).start()
    channel.send("ready")
    while (line := jobs.get()) is not None:
        job = json.loads(line)
        try:
            channel.send("done", result=work.run(job))
        except KasfError as e:
            work.close()  # a detector that failed may be in any state
            sort = "model" if isinstance(e, ModelError) else "error"
            channel.send("failed", kind=sort, why=str(e), exit_code=e.exit_code, disk_full=disk_is_full(e))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)  # a fresh worker has its memory back
        except Exception as e:
            work.close()
            channel.send(
                "failed",
                kind="error",
                why=f"{job['clip']}: a bug: {type(e).__name__}: {e}",
                exit_code=EXIT_BUG,
                disk_full=False,
            )
    work.close()


def _read(jobs: queue.SimpleQueue[str | None]) -> None:
    for line in sys.stdin:
        word = line.strip()
        if word == "stop":
            signals.terminate_self()
        if word in ("stop", "quit"):
            jobs.put(None)
            return
        jobs.put(line)
    end_own_group(EXIT_BUG)


def settle(cores: list[int]) -> None:
    """This process ends before others if memory runs out, and keeps to its cores, where the system can."""
    machine.offer_memory_first()
    if cores:
        machine.keep_to_cores(cores)


def _stop(number: int, _frame: object) -> None:
    signals.ignore_stop(number)
    raise _Stop


def main(kind: Callable[[Progress], Work] = Clips) -> None:
    """The program of a worker that does this kind of work."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cores", default="")
    given = parser.parse_args()
    faulthandler.enable()
    signals.on_terminate(_stop)
    try:
        settle([int(core) for core in given.cores.split(",") if core])
        serve(EventPipe(private_stdout()), given.threads, kind)
    except _Stop:
        sys.exit(EXIT_SIGTERM)


if __name__ == "__main__":
    main()
