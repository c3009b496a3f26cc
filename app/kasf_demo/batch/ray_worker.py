"""The worker of a cluster: a plain class that Ray makes an actor of. It holds the models and does one clip after
another."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

from kasf_demo.batch.jobs import Job
from kasf_demo.batch.resources import thread_environment
from kasf_demo.cores import available_cores
from kasf_demo.errors import EXIT_BUG, KasfError, ModelError
from kasf_demo.system.locks import try_lock
from kasf_demo.system.machine import keep_to_cores, user_tag

Item = TypeVar("Item")


class _Memo:
    """A Progress that stores the state of the clip for the driver to poll."""

    def __init__(self) -> None:
        self.last: tuple[str, int, int | None] | None = None

    def say(self, text: str) -> None:
        pass

    def track(self, items: Iterable[Item], stage: str, total: int | None) -> Iterator[Item]:
        for n, item in enumerate(items, 1):
            yield item
            self.last = (stage, n, total)


class ClipWorker:
    """`run` is called for one clip at a time, `moved` beside it."""

    def __init__(self, threads: int) -> None:
        os.environ.update(thread_environment(threads))
        self._cores = CoreClaim(threads)
        import cv2

        from kasf_demo.batch.job import Engines

        cv2.setNumThreads(threads)
        self._progress = _Memo()
        self._engines = Engines(self._progress)

    def hello(self) -> str:
        """The node's name."""
        return socket.gethostname()

    def run(self, data: dict[str, Any]) -> dict[str, Any]:
        """Runs the job and returns the event that a worker process would send (worker.serve)."""
        from kasf_demo.batch.job import disk_is_full, run_job

        job = Job.from_json(data)
        self._progress.last = None
        try:
            return {"event": "done", "result": run_job(job, self._engines, self._progress)}
        except KasfError as e:
            self._engines.close()
            kind = "model" if isinstance(e, ModelError) else "error"
            return {
                "event": "failed",
                "kind": kind,
                "why": str(e),
                "exit_code": e.exit_code,
                "disk_full": disk_is_full(e),
            }
        except MemoryError:
            os._exit(1)  # a fresh worker has its memory back
        except Exception as e:
            self._engines.close()
            why = f"{job.clip}: a bug: {type(e).__name__}: {e}"
            return {"event": "failed", "kind": "error", "why": why, "exit_code": EXIT_BUG, "disk_full": False}

    def moved(self) -> tuple[str, int, int | None] | None:
        """Stage, frame, of how many."""
        return self._progress.last


class CoreClaim:
    """Keeps this process to `threads` cores of its own, agreed on with the others of this machine by locks that end
    with it.

    Ray counts cores and hands out none in particular, and OpenVINO, MediaPipe and ffmpeg take all they may run on.
    """

    def __init__(self, threads: int, folder: Path | None = None) -> None:
        self.cores: list[int] = []
        self._locks: list[IO[bytes]] = []
        where = folder or Path(tempfile.gettempdir()) / f"kasf-demo-cores-{user_tag()}"
        with contextlib.suppress(OSError):
            where.mkdir(exist_ok=True)
            for core in available_cores():
                if len(self.cores) < threads and self._take(where / str(core)):
                    self.cores.append(core)
        if len(self.cores) == threads:  # Ray's own threads too: new ones inherit from whoever starts them
            keep_to_cores(self.cores, all_threads=True)

    def _take(self, path: Path) -> bool:
        file = open(path, "ab")  # noqa: SIM115 (open for as long as this process has the core)
        with contextlib.suppress(OSError):
            if try_lock(file.fileno()):
                self._locks.append(file)
                return True
        file.close()
        return False
