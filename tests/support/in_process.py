"""A batch whose clips are analysed in this process, for tests of what a batch plans, keeps and records: a worker takes
seconds to start.

What workers are for (crashes, signals, hanging, two at once) is tested with real ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from kasf_demo.batch import run
from kasf_demo.batch.job import Engines, disk_is_full, run_job
from kasf_demo.batch.jobs import Event, Finished, Job, Started
from kasf_demo.errors import KasfError
from kasf_demo.progress import Quiet


class InProcess:
    """In place of `kasf_demo.batch.pool.Pool`. Jobs travel as JSON here too."""

    def __init__(self, jobs: Sequence[Job], *_: Any, **__: Any) -> None:
        self._jobs, self._engines = jobs, Engines(Quiet())
        self.missed: list[Finished] = []

    def events(self) -> Iterator[Event]:
        """Started and Finished, in time."""
        for job in self._jobs:
            yield Started(job, "1")
            since = time.monotonic()
            try:
                result = run_job(Job.from_json(job.to_json()), self._engines, Quiet())
            except KasfError as e:
                yield Finished(job, "error", time.monotonic() - since, 1, str(e), e.exit_code, disk_is_full(e))
            else:
                yield Finished(job, "done", time.monotonic() - since, result=result)

    def close(self) -> None:
        """Frees the models."""
        self._engines.close()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of this test run in this process."""
    monkeypatch.setattr(run, "Pool", InProcess)
