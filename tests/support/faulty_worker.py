"""A batch's worker that fails as the clip's name asks for: crash, be killed, hang, run out of memory. A clip called
`...quick...` is opened and given an empty result; any other is analysed as usual. The pipeline is loaded only then:
loading takes seconds.

`python faulty_worker.py ...` in place of `python -m kasf_demo.batch.worker`. A clip called `once-...` does so
only the first time; where that was is marked beside the clip.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from kasf_demo.batch import worker
from kasf_demo.batch.jobs import Job

JOB = "kasf_demo.batch.job"


def loaded() -> Any:
    """The real module, imported at first use."""
    if sys.modules.get(JOB) is faults:
        del sys.modules[JOB]
    return importlib.import_module(JOB)


class Engines:
    """Those of the real module, made at first use."""

    def __init__(self, progress: Any) -> None:
        self._progress, self._made = progress, None

    def of(self, options: Any) -> Any:
        """See `kasf_demo.batch.job.Engines`."""
        self._made = self._made or loaded().Engines(self._progress)
        return self._made.of(options)

    def close(self) -> None:
        """See `kasf_demo.batch.job.Engines`."""
        if self._made is not None:
            self._made.close()


def real(job: Job, engines: Engines, progress: Any) -> dict[str, Any]:
    """`run_job` without faults."""
    done: dict[str, Any] = loaded().run_job(job, engines, progress)
    return done


def quick(job: Job) -> dict[str, Any]:
    """The record of an empty result of a clip that can be read. Raises InputError."""
    from kasf_demo.video.reader import VideoReader

    with VideoReader(job.clip) as reader:
        size = {"width": reader.info.width, "height": reader.info.height}
    data = job.clip.read_bytes()
    job.out.parent.mkdir(parents=True, exist_ok=True)
    job.out.with_suffix(".json").write_text("{}")
    files = {f"{job.name}.json": {"bytes": 2, "sha256": hashlib.sha256(b"{}").hexdigest()}}
    return size | {
        "input": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()},
        "files": files,
        "poster": False,
        "frames": 1,
        "seconds": 1.0,
        "fps": "30",
        "people": 0,
        "frames_with_pose": 0,
        "truncated": False,
        "detector": "",
        "lifter": "",
        "warnings": [],
        "measured": {},
    }


def disk_is_full(error: BaseException) -> bool:
    """See `kasf_demo.batch.job`."""
    full: bool = loaded().disk_is_full(error)
    return full


def faulty(job: Job, *others: Any) -> dict[str, Any]:
    """`run_job`, with faults."""
    name = job.clip.stem
    if name.startswith("once-"):
        mark = job.clip.with_suffix(".mark")
        if mark.exists():
            return quick(job) if "quick" in name else real(job, *others)
        mark.touch()
    if "segv" in name:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "kill" in name:
        (job.out.parent / f".{name}.v{os.getpid()}-00c0ffee.part.mp4").write_bytes(b"half")
        subprocess.Popen(["sleep", "300"], cwd=job.out.parent)
        os.kill(os.getpid(), signal.SIGKILL)
    if "hang" in name:
        subprocess.Popen(["sleep", "300"], cwd=job.out.parent)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(300)
    if "memory" in name:
        raise MemoryError
    if "bug" in name:
        raise RuntimeError("made up")
    return quick(job) if "quick" in name else real(job, *others)


faults: Any = ModuleType(JOB)
faults.Engines, faults.run_job, faults.disk_is_full = Engines, faulty, disk_is_full
sys.modules[JOB] = faults
if __name__ == "__main__":
    if Path(sys.argv[0]).name != "faulty_worker.py":
        sys.exit("to be run as a program")
    worker.main()
