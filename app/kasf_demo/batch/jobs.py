"""Jobs and events passed between the parts of a batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from kasf_demo.options import Options, from_mapping

How = Literal["done", "error", "crash", "timeout"]


@dataclass(frozen=True)
class Found:
    """A clip to analyse: where it is, the name of its result (relative, without suffix, `monday/kick`), and its own
    options."""

    path: Path
    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Skipped:
    """An entry that was skipped, with the reason."""

    path: str
    why: str


@dataclass(frozen=True)
class Job:
    """One clip for a worker. Serialised as JSON for other processes and machines.

    out: NAME.mp4 of the result. poster: the image for the gallery. replace: existing files of the result belong to this
    batch and may be replaced.
    upload: an fsspec URL that the results go to instead of the folder of `out`. limit_s: time limit, None for none.
    """

    name: str
    clip: Path
    out: Path
    options: Options
    poster: Path
    replace: bool = False
    upload: str | None = None
    frames: int | None = None
    limit_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        """In JSON's own types; `from_json` gives it back."""
        plain = {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self) if f.name != "options"}
        return plain | {"options": {k: _plain(v) for k, v in self.options.record().items()}}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Job:
        """The job that `to_json` wrote."""
        paths = {name: Path(data[name]) for name in ("clip", "out", "poster")}
        return Job(**{**data, **paths, "options": from_mapping(data["options"])})


def _plain(value: Any) -> Any:
    if isinstance(value, Path | Fraction):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True)
class Started:
    """A worker took the job. `where` is the worker, for the display."""

    job: Job
    where: str


@dataclass(frozen=True)
class Moved:
    """A running clip: frame n of `total` in a stage."""

    job: Job
    where: str
    stage: str
    n: int
    total: int | None


@dataclass(frozen=True)
class Finished:
    """How a job ended. `result` (of a done one) is what `job.run_job` returns; `why` (of others) is one line."""

    job: Job
    how: How
    seconds: float
    attempts: int = 1
    why: str = ""
    exit_code: int = 0
    disk_full: bool = False
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tick:
    """Periodic event: time to redraw."""


@dataclass(frozen=True)
class Message:
    """A line for the user: a worker died and its clip is tried again, a node is gone."""

    text: str


Event = Started | Moved | Finished | Message | Tick
