"""One job as it is stored and shown: what was asked for, how far it is, how it ended."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from kasf_demo.batch.jobs import Moved
from kasf_demo.options import Options
from kasf_demo.progress import DETECTING, DETECTING_AGAIN, DRAWING, LOOKING_FOR_FEET

State = Literal["queued", "running", "done", "failed", "cancelled"]
WAITING: tuple[State, ...] = ("queued", "running")
STARTING, ASSESSING = "starting", "assessing"
# part of a clip's time in each stage: drawing takes about half the time of detecting (demo_videos/soccer_kick.mp4,
# mediapipe, two cores). Stages that a clip does not need are skipped
WEIGHTS = {
    STARTING: 0.05,
    DETECTING: 0.55,
    DETECTING_AGAIN: 0.06,
    LOOKING_FOR_FEET: 0.04,
    DRAWING: 0.25,
    ASSESSING: 0.05,
}


@dataclass
class JobRecord:
    """request: as the client gave it. name: of the result, below the results' folder, without suffix. result: its id.
    times in seconds since 1970. stages: name to the part that is done, of those that were reached."""

    id: str
    clip: str
    clip_name: str
    name: str
    result: str
    request: dict[str, Any]
    options: dict[str, Any]
    created: float
    frames: int | None = None
    state: State = "queued"
    error: str | None = None
    code: str | None = None
    started: float | None = None
    ended: float | None = None
    assessment: dict[str, Any] | None = None
    warnings: list[str] = field(default_factory=list)
    stage: str | None = None
    stages: dict[str, float] = field(default_factory=dict)
    progress: float = 0.0

    def stored(self) -> dict[str, Any]:
        """What is kept on the disk: all but the progress, which ends with the worker."""
        return {k: v for k, v in asdict(self).items() if k not in ("stage", "stages", "progress")}

    def restart(self) -> None:
        """Back into the queue: the server ended while it ran."""
        self.state, self.started, self.stage, self.stages, self.progress = "queued", None, None, {}, 0.0

    def begin(self, now: float) -> None:
        """A worker took it."""
        self.state, self.started, self.stage, self.stages, self.progress = (
            "running",
            now,
            STARTING,
            {STARTING: 0.0},
            0.0,
        )

    def move(self, event: Moved) -> None:
        """Frame n of `total` in a stage. Stages before it are done."""
        total = event.total or self.frames
        part = min(1.0, event.n / total) if total else 0.0
        names = list(WEIGHTS)
        if event.stage not in WEIGHTS:
            return
        for before in names[: names.index(event.stage)]:
            if before in self.stages:
                self.stages[before] = 1.0
        self.stage = event.stage
        self.stages[event.stage] = max(part, self.stages.get(event.stage, 0.0))
        done = sum(WEIGHTS[name] for name in names[: names.index(event.stage)])
        self.progress = max(self.progress, min(0.99, done + WEIGHTS[event.stage] * self.stages[event.stage]))

    def shown(self, position: int | None, now: float) -> dict[str, Any]:
        """For clients. position: 1 is the next one of the queue; None unless it waits."""
        eta_s = None
        if self.state == "running" and self.started is not None and self.progress > 0.08:
            eta_s = round((now - self.started) * (1 - self.progress) / self.progress, 1)
        done = self.state == "done"
        return {
            "id": self.id, "clip": self.clip, "clip_name": self.clip_name, "state": self.state, "position": position,
            "stage": self.stage if self.state == "running" else None,
            "stages": [{"name": n, "share": round(1.0 if done else share, 4)} for n, share in self.stages.items()],
            "progress": 1.0 if done else round(self.progress, 4), "eta_s": eta_s, "error": self.error,
            "code": self.code, "result": self.result if done else None, "created": self.created,
            "started": self.started, "ended": self.ended, "request": self.request, "assessment": self.assessment,
            "warnings": self.warnings,
        }  # fmt: skip


def plain_options(options: Options) -> dict[str, Any]:
    """Options in JSON's own types; options.from_mapping takes them back."""
    return {k: v for k, v in _plain(options).items() if v is not None}


def _plain(options: Options) -> dict[str, Any]:
    default = Options()
    changed = {
        n: getattr(options, n) for n in Options.__dataclass_fields__ if getattr(options, n) != getattr(default, n)
    }
    return {
        k: list(v) if isinstance(v, tuple) else v if isinstance(v, (bool, int, float, str)) else str(v)
        for k, v in changed.items()
    }
