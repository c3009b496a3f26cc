"""Parent's handle of a worker process: start, send a job, read events, end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from kasf_demo.batch.jobs import Job
from kasf_demo.batch.resources import thread_environment
from kasf_demo.batch.worker import OUT_OF_MEMORY
from kasf_demo.errors import printable

WORKER = (sys.executable, "-P", "-m", "kasf_demo.batch.worker")
_CHUNK = 1 << 16


class WorkerProcess:
    """Leads a session of its own: a Ctrl-C meant for the batch does not reach it, and killing its group ends its ffmpeg
    too."""

    def __init__(
        self,
        number: int,
        *,
        threads: int,
        cores: Sequence[int],
        command: Sequence[str] = WORKER,
        lock: int = -1,
        gpu: str | None = None,
    ) -> None:
        """lock: a descriptor to inherit, see lock.FolderLock. gpu: the only one it sees."""
        read, write = os.pipe()
        os.set_blocking(read, False)
        words = ["--events", str(write), "--threads", str(threads), "--cores", ",".join(map(str, cores))]
        env = os.environ | thread_environment(threads) | ({} if gpu is None else {"CUDA_VISIBLE_DEVICES": gpu})
        inherited = (write, lock) if lock >= 0 else (write,)
        try:
            self._process = subprocess.Popen(
                [*command, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=inherited,
                start_new_session=True,
                env=env,
            )
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        assert self._process.stdin is not None and self._process.stderr is not None
        os.set_blocking(self._process.stderr.fileno(), False)
        self.number, self.pid = number, self._process.pid
        self.events, self.errors = read, self._process.stderr.fileno()
        self.ready = self.quitting = False
        self.job: Job | None = None
        self.attempt = 0
        self.since = time.monotonic()
        self._buffer = b""
        self._said: deque[str] = deque(maxlen=20)

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
        while True:
            try:
                data = os.read(self.events, _CHUNK)
            except BlockingIOError:
                return events, False
            if not data:
                return events, True
            *lines, self._buffer = (self._buffer + data).split(b"\n")
            events += [json.loads(line) for line in lines]

    def overhear(self) -> bool:
        """Keeps the last lines of its stderr. False at the end of the stream."""
        try:
            data = os.read(self.errors, _CHUNK)
        except BlockingIOError:
            return True
        self._said += [line for line in data.decode(errors="replace").splitlines() if line.strip()]
        return bool(data)

    def late(self) -> bool:
        """True if the clip has reached its time limit."""
        return (
            self.job is not None and self.job.limit_s is not None and time.monotonic() - self.since > self.job.limit_s
        )

    def signal(self, number: int) -> None:
        """Sends a signal to the worker and all processes that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def ended(self, within_s: float) -> bool:
        """True if the worker ends within this time. If the system can report this without reaping it, the process id
        stays reserved until `bury`."""
        deadline = time.monotonic() + within_s
        while not self._has_ended():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def _has_ended(self) -> bool:
        if self._process.returncode is None and hasattr(os, "waitid"):  # not on macOS before Python 3.13
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        return self._process.poll() is not None

    def bury(self) -> str:
        """Kills what is left of its group, reaps it, closes the pipes. Returns how it ended, in words."""
        self.signal(signal.SIGKILL)
        code = self._process.wait()
        while self.overhear():
            if not self._waiting():
                break
        for pipe in (self._process.stdin, self._process.stderr):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        os.close(self.events)
        return self._ending(code)

    def _waiting(self) -> bool:
        import select

        return bool(select.select([self.errors], [], [], 0)[0])

    def _ending(self, code: int) -> str:
        if code == -signal.SIGKILL:
            return "its worker was killed (SIGKILL): was the memory used up?"
        if code == OUT_OF_MEMORY:
            return "its worker ran out of memory"
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"its worker crashed ({signal.Signals(-code).name})"
        return f"its worker ended with status {code}" + (f": {printable(self._said[-1])[:200]}" if self._said else "")
