"""Progress of a batch: a bar and one line per running clip on a terminal, plain lines elsewhere, nothing with
--quiet."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol

from kasf_demo.batch.jobs import Event, Finished, Job, Message, Moved, Started
from kasf_demo.batch.plan import Plan
from kasf_demo.batch.resources import Sizes
from kasf_demo.errors import printable
from kasf_demo.progress import DETECTING_AGAIN, DRAWING

_EACH = 5  # at most this many of a kind are named, the others are counted


def plan_lines(plan: Plan, minutes: float, sizes: Sizes | None) -> Iterator[str]:
    """How many clips and minutes, what needs nothing, what is skipped and why."""
    unknown = sum(job.frames is None for job in plan.jobs)
    length = (
        f", {minutes:.1f} minutes of video" + (f" ({unknown} of unknown length)" if unknown else "")
        if plan.jobs
        else ""
    )
    yield f"{_clips(len(plan.jobs))} to do{length}" + _how(plan, sizes)
    for reason, n in Counter(plan.why_again.values()).items():
        yield f"  {n} again: {reason}"
    if plan.done:
        yield f"{_clips(len(plan.done))} done already"
    if plan.failed:
        yield f"{_clips(len(plan.failed))} failed earlier: --retry-failed tries them again"
    for why, paths in _grouped(plan):
        named = ", ".join(printable(p) for p in paths[:_EACH]) + (
            f" and {len(paths) - _EACH} more" if len(paths) > _EACH else ""
        )
        yield f"skipped: {named}: {why}"
    if plan.others:
        kinds = ", ".join(f"{n} {printable(suffix)}" for suffix, n in plan.others.most_common(6))
        yield f"skipped: {plan.others.total()} files without the suffix of a video ({kinds})"


def _clips(n: int) -> str:
    return "1 clip" if n == 1 else f"{n} clips"


def _how(plan: Plan, sizes: Sizes | None) -> str:
    if sizes is None or not plan.jobs:
        return ""
    return (
        f"; {sizes.workers} worker{'s' if sizes.workers > 1 else ''} with {sizes.threads}"
        f" thread{'s' if sizes.threads > 1 else ''} each"
    )


def _grouped(plan: Plan) -> list[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for skipped in plan.skipped:
        groups.setdefault(skipped.why, []).append(skipped.path)
    return list(groups.items())


LINE_EVERY_S = 30.0


@dataclass
class Tally:
    """Progress of the batch, computed from its events. A clip has two stages where a video is drawn: half of it
    each."""

    total: int
    frames: int  # of all clips, from their headers
    unknown: int  # clips of unknown length
    done: int = 0
    failed: int = 0
    frames_done: float = 0.0
    started: float = field(default_factory=time.monotonic)
    # name -> worker, job, part done, stage
    running: dict[str, tuple[str, Job, float, str]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Counts an event."""
        if isinstance(event, Started):
            self.running[event.job.name] = (event.where, event.job, 0.0, "starting")
        elif isinstance(event, Moved):
            stages = 2 if event.job.options.video else 1
            total = event.total or event.job.frames
            part = min(1.0, event.n / total) if total else 0.0
            if event.stage == DETECTING_AGAIN:  # some people of some clips: the first half is done
                part = 1.0
            self.running[event.job.name] = (
                event.where,
                event.job,
                ((event.stage == DRAWING) + part) / stages,
                event.stage,
            )
        elif isinstance(event, Finished):
            self.running.pop(event.job.name, None)
            self.done += event.how == "done"
            self.failed += event.how != "done"
            self.frames_done += event.result.get("frames", 0) if event.how == "done" else event.job.frames or 0
        elif isinstance(event, Message):  # the clip waits for another worker
            name = event.text.split(": ", 1)[0]
            self.running = {k: v for k, v in self.running.items() if printable(k) != name}

    @property
    def frames_so_far(self) -> float:
        """Number of frames done, including parts of the running clips."""
        return self.frames_done + sum((job.frames or 0) * part for _, job, part, _ in self.running.values())

    @property
    def frames_per_s(self) -> float:
        """Mean frames per second since the start."""
        return self.frames_so_far / max(time.monotonic() - self.started, 1e-6)

    @property
    def left_s(self) -> float | None:
        """Estimated time left, s, from the rate so far. Clips of unknown length count as the average."""
        known = self.total - self.unknown
        frames = self.frames * self.total / known if known else 0.0
        rate = self.frames_per_s
        return max(0.0, frames - self.frames_so_far) / rate if rate > 0 and frames else None


def clock(seconds: float | None) -> str:
    """1:02:03, 2:03, or -:-- for None."""
    if seconds is None:
        return "-:--"
    minutes, s = divmod(round(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02d}:{s:02d}" if hours else f"{m}:{s:02d}"


def finished_line(event: Finished, tally: Tally) -> str:
    """One line for a clip that has ended."""
    head = f"[{tally.done + tally.failed}/{tally.total}]"
    if event.how != "done":
        return f"{head} FAILED {event.why}"
    r = event.result
    warnings = f", {len(r['warnings'])} warnings" if len(r["warnings"]) > 1 else ", 1 warning" if r["warnings"] else ""
    replaced = f"; {printable(r['replaced'])}" if r.get("replaced") else ""
    return (
        f"{head} {printable(event.job.name)}: {r['frames']} frames in {event.seconds:.1f} s, {r['people']}"
        f" tracked{warnings}{replaced}"
    )


class Display(Protocol):
    """Context manager that receives every event after the tally counted it."""

    def __enter__(self) -> Display: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def say(self, text: str) -> None: ...
    def show(self, event: Event, tally: Tally) -> None: ...


class QuietDisplay:
    """Prints nothing."""

    def __enter__(self) -> QuietDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def say(self, text: str) -> None: ...
    def show(self, event: Event, tally: Tally) -> None: ...


class LinesDisplay:
    """One line per finished clip, and one on the whole batch every 30 s."""

    def __init__(self, write: Callable[[str], object] | None = None) -> None:
        self._write = write or (lambda text: print(text, file=sys.stderr, flush=True))
        self._said = time.monotonic()

    def __enter__(self) -> LinesDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def say(self, text: str) -> None:
        self._write(text)

    def show(self, event: Event, tally: Tally) -> None:
        if isinstance(event, Finished):
            self._write(finished_line(event, tally))
        elif isinstance(event, Message):
            self._write(event.text)
        if (now := time.monotonic()) - self._said > LINE_EVERY_S:
            self._said = now
            self._write(status_line(tally))


def status_line(tally: Tally) -> str:
    """The whole batch on one line."""
    ended = tally.done + tally.failed
    failed = f", {tally.failed} failed" if tally.failed else ""
    return f"{ended} of {tally.total} clips{failed}, {tally.frames_per_s:.1f} frames/s, {clock(tally.left_s)} left"


class LiveDisplay:
    """A rich display: one bar for the batch, one line per running clip; finished clips and problems are printed
    above."""

    def __init__(self, console: Any = None) -> None:
        from rich.console import Console
        from rich.live import Live

        self._live = Live(console=console or Console(stderr=True), refresh_per_second=4, transient=True)
        self._drawn = 0.0

    def __enter__(self) -> LiveDisplay:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        self._live.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def show(self, event: Event, tally: Tally) -> None:
        if isinstance(event, Finished):
            self.say(finished_line(event, tally))
        elif isinstance(event, Message):
            self.say(event.text)
        if (now := time.monotonic()) - self._drawn > 0.2:
            self._drawn = now
            self._live.update(table(tally))


def table(tally: Tally) -> Any:
    """The bar and the running clips."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    for ratio in (None, None, None, 1):
        grid.add_column(ratio=ratio, no_wrap=True, overflow="ellipsis")
    for name, (where, _, part, stage) in sorted(tally.running.items(), key=lambda item: item[1][0]):
        grid.add_row(
            Text(f"  {where}"), ProgressBar(total=1.0, completed=part, width=20), Text(stage), Text(printable(name))
        )
    ended = tally.done + tally.failed
    fraction = max(tally.frames_so_far / tally.frames if tally.frames else 0.0, ended / max(tally.total, 1))
    head = Table.grid(padding=(0, 1))
    head.add_row(ProgressBar(total=1.0, completed=min(1.0, fraction), width=40), Text(status_line(tally)))
    return Group(grid, head)
