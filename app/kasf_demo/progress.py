"""Progress reports on stderr: a bar on a terminal, plain lines elsewhere, nothing with --quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Protocol, TypeVar

Item = TypeVar("Item")
LINE_EVERY_S = 10.0
DETECTING, DETECTING_AGAIN, DRAWING = "detecting", "detecting again", "drawing"  # stages of one clip
LOOKING_FOR_FEET = "looking for feet"


class Progress(Protocol):
    """Receives the progress of the stages."""

    def say(self, text: str) -> None:
        """One line for the user."""

    def track(self, items: Iterable[Item], stage: str, total: int | None) -> Iterator[Item]:
        """Passes `items` on, showing how far `stage` is."""


class Quiet:
    """Says nothing."""

    def say(self, text: str) -> None:
        pass

    def track(self, items: Iterable[Item], stage: str, total: int | None) -> Iterator[Item]:
        yield from items


class Notes:
    """What the user learns of one clip: its progress, and warnings, each shown once and kept in order."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.warnings: list[str] = []

    def say(self, text: str) -> None:
        """One line for the user."""
        self.progress.say(text)

    def track(self, items: Iterable[Item], stage: str, total: int | None) -> Iterator[Item]:
        """Passes `items` on, showing how far `stage` is."""
        return self.progress.track(items, stage, total)

    def warn(self, *texts: str) -> None:
        """Shows and keeps each warning that is new."""
        for text in texts:
            if text not in self.warnings:
                self.warnings.append(text)
                self.say(f"warning: {text}")


class Lines:
    """Plain lines: one when a stage ends, and one every ten seconds of a long stage."""

    def __init__(self, write: Callable[[str], object] | None = None) -> None:
        self._write = write or (lambda text: print(text, file=sys.stderr, flush=True))

    def say(self, text: str) -> None:
        self._write(text)

    def track(self, items: Iterable[Item], stage: str, total: int | None) -> Iterator[Item]:
        start = said = time.monotonic()
        n = 0
        for n, item in enumerate(items, 1):
            yield item
            if (now := time.monotonic()) - said > LINE_EVERY_S:
                said = now
                self.say(f"{stage}: {n}{f' of {total}' if total else ''} frames, {n / (now - start):.0f} frames/s")
        seconds = time.monotonic() - start
        self.say(f"{stage}: {n} frames in {seconds:.1f} s, {n / max(seconds, 1e-6):.0f} frames/s")


class Bars:
    """rich progress bars; a context manager, so that the terminal is left in order."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )

    def __enter__(self) -> Bars:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def track(self, items: Iterable[Item], stage: str, total: int | None) -> Iterator[Item]:
        task = self._bar.add_task(stage, total=total, rate="")
        start = time.monotonic()
        n = 0
        for n, item in enumerate(items, 1):
            yield item
            self._bar.update(task, completed=n, rate=f"{n / max(time.monotonic() - start, 1e-6):.0f}/s")
        self._bar.update(task, total=n, completed=n)
