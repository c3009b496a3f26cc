"""A worker of a batch that does to a clip what its name says: crash, be killed, hang, run out of memory. Otherwise the real one.

`python faulty_worker.py --events ...` in place of `python -m kasf_demo.batch.worker`. A clip called `once-...` does so only the first
time; where that was is marked beside the clip.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from kasf_demo.batch import job as jobs
from kasf_demo.batch import worker

real = jobs.run_job


def faulty(job: jobs.Job, *others: Any) -> dict[str, Any]:
    """`run_job`, with faults."""
    name = job.clip.stem
    if name.startswith("once-"):
        mark = job.clip.with_suffix(".mark")
        if mark.exists():
            return real(job, *others)
        mark.touch()
    if "segv" in name:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "kill" in name:
        (job.out.parent / f".{name}.v{os.getpid()}-00c0ffee.part.mp4").write_bytes(b"half")
        subprocess.Popen(["sleep", "300"])
        os.kill(os.getpid(), signal.SIGKILL)
    if "hang" in name:
        subprocess.Popen(["sleep", "300"])
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(300)
    if "memory" in name:
        raise MemoryError
    if "bug" in name:
        raise RuntimeError("made up")
    return real(job, *others)


jobs.run_job = faulty
if __name__ == "__main__":
    if Path(sys.argv[0]).name != "faulty_worker.py":
        sys.exit("to be run as a program")
    worker.main()
