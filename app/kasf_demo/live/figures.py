"""How fast it goes: frames per second, the time from camera to screen, dropped frames."""

from __future__ import annotations

import time
from collections import deque

import numpy as np

RATE_S = 2.0  # frames per second are those of so long


class Figures:
    """Counts the frames that were shown."""

    def __init__(self) -> None:
        self.shown = 0
        self._latency_s: list[float] = []
        self._recent: deque[tuple[float, float]] = deque()
        self._began: float | None = None
        self._last = 0.0

    def add(self, captured_clock_s: float) -> None:
        """A frame was shown now that arrived at `captured_clock_s`."""
        now = time.monotonic()
        self._began, self._last = now if self._began is None else self._began, now
        self.shown += 1
        self._latency_s.append(now - captured_clock_s)
        self._recent.append((now, now - captured_clock_s))
        while self._recent[0][0] < now - RATE_S:
            self._recent.popleft()

    @property
    def now(self) -> tuple[float, float]:
        """Frames per second and median latency, s, of the last seconds."""
        return _rate([t for t, _ in self._recent]), float(np.median([s for _, s in self._recent] or [0.0]))

    def line(self, dropped: int) -> str:
        """All of the run in words."""
        if not self._latency_s:
            return "no frame was shown"
        median, late = np.percentile(self._latency_s, [50, 95]) * 1e3
        rate = (self.shown - 1) / (self._last - (self._began or 0.0)) if self.shown > 1 else 0.0
        return (
            f"{self.shown} frames shown, {rate:.1f} frames/s; from camera to screen {median:.0f} ms (95 %: {late:.0f}"
            f" ms); {dropped} frames dropped"
        )


def _rate(times: list[float]) -> float:
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 and times[-1] > times[0] else 0.0
