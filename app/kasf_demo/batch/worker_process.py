"""Parent's handle of a worker process: start, send a job, read events, end."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from kasf_demo.batch.jobs import Job
from kasf_demo.batch.resources import thread_environment
from kasf_demo.batch.worker import OUT_OF_MEMORY
from kasf_demo.errors import printable
from kasf_demo.system import processes

WORKER = (sys.executable, "-P", "-m", "kasf_demo.batch.worker")
_JOIN_S = 5.0  # for the threads that read, after the process has ended


class WorkerProcess:
    """Leads a group of its own: a Ctrl-C meant for the batch does not reach it, and killing its group ends its ffmpeg
    too. Two threads read what it says, so that it never waits for the batch; Windows has no other way."""

    def __init__(
        self,
        number: int,
        *,
        threads: int,
        cores: Sequence[int],
        news: threading.Event,
        command: Sequence[str] = WORKER,
        lock: int = -1,
        gpu: str | None = None,
    ) -> None:
        """news: set when `listen` has something. lock: a descriptor to inherit, see lock.FolderLock. gpu: the only one
        it sees."""
        words = ["--threads", str(threads), "--cores", ",".join(map(str, cores))]
        env = os.environ | thread_environment(threads) | ({} if gpu is None else {"CUDA_VISIBLE_DEVICES": gpu})
        self.started_s = time.time()
        self._process = subprocess.Popen(
            [*command, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            **processes.own_group(),
            **processes.inheriting([lock] if lock >= 0 else []),
        )
        self.number, self.pid = number, self._process.pid
        self.ready = self.quitting = False
        self.job: Job | None = None
        self.attempt = 0
        self.since = time.monotonic()
        self._news = news
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._said: deque[str] = deque(maxlen=20)
        self._readers = [
            threading.Thread(target=target, name=f"worker-{number}", daemon=True)
            for target in (self._read_events, self._read_errors)
        ]
        for reader in self._readers:
            reader.start()

    def _read_events(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
            self._news.set()
        self._lines.put(None)
        self._news.set()

    def _read_errors(self) -> None:
        """Keeps the last lines of its stderr."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if line.strip():
                self._said.append(line.decode(errors="replace").rstrip())

    def give(self, job: Job, attempt: int) -> None:
        """Sends it a job. `listen` detects a dead worker."""
        self.job, self.attempt, self.since = job, attempt, time.monotonic()
        self._tell(json.dumps(job.to_json()))

    def quit(self) -> None:
        """Asks it to end when it has nothing to do."""
        self.quitting = True
        self._tell("quit")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(line.encode("ascii") + b"\n")
            self._process.stdin.flush()

    def listen(self) -> tuple[list[dict[str, Any]], bool]:
        """The events since last time, and whether it is gone."""
        events: list[dict[str, Any]] = []
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get_nowait()) is not None:
                if line.endswith(b"\n"):  # not cut off by its end
                    events.append(json.loads(line))
            return events, True
        return events, False

    def late(self) -> bool:
        """True if the clip has reached its time limit."""
        return (
            self.job is not None and self.job.limit_s is not None and time.monotonic() - self.since > self.job.limit_s
        )

    def ask_to_end(self) -> None:
        """Asks the worker, and where there are signals all processes that it started, to clean up and end."""
        if not processes.ask_group_to_end(self.pid):
            self._tell("stop")

    def ended(self, within_s: float) -> bool:
        """True if the worker ends within this time. If the system can report this without reaping it, the process id
        stays reserved until `bury`."""
        deadline = time.monotonic() + within_s
        while not processes.has_ended(self._process):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def bury(self) -> str:
        """Kills what is left of its group, reaps it, closes the pipes. Returns how it ended, in words."""
        processes.kill_group(self.pid, self.started_s)
        code = self._process.wait()
        for reader in self._readers:
            reader.join(_JOIN_S)
        reading = [reader.is_alive() for reader in self._readers]  # closing would wait for a thread that reads
        pipes = [self._process.stdin, self._process.stdout, self._process.stderr]
        for pipe, busy in zip(pipes, [False, *reading], strict=True):
            if pipe is not None and not busy:
                with contextlib.suppress(OSError):
                    pipe.close()
        return self._ending(code)

    def _ending(self, code: int) -> str:
        if processes.was_killed(code):
            return "its worker was killed (SIGKILL): was the memory used up?"
        if code == OUT_OF_MEMORY:
            return "its worker ran out of memory"
        if how := processes.ended_by(code):
            return f"its worker crashed ({how})"
        return f"its worker ended with status {code}" + (f": {printable(self._said[-1])[:200]}" if self._said else "")
