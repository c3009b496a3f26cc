"""Rates and latencies in words."""

from __future__ import annotations

import time

import pytest

from kasf_demo.live.figures import Figures


def test_rate_and_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [50.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    figures = Figures()
    assert figures.line(0) == "no frame was shown" and figures.now == (0.0, 0.0)
    for k in range(101):
        clock[0] = 50 + k / 25
        figures.add(clock[0] - (0.2 if k % 10 == 9 else 0.08))
    assert figures.now == pytest.approx((25.0, 0.08))
    assert figures.line(7) == (
        "101 frames shown, 25.0 frames/s; from camera to screen 80 ms (95 %: 200 ms); 7 frames dropped"
    )
