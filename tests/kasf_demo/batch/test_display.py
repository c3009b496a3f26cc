"""What a running batch shows."""

from __future__ import annotations

import io

import pytest
from batch_rows import a_job

from kasf_demo.batch.display import Tally, clock, status_line, table
from kasf_demo.batch.jobs import Finished, Message, Moved, Started


def test_the_tally_and_its_lines() -> None:
    a, b, c = (a_job(n) for n in "abc")
    tally = Tally(3, 300, 0)
    tally.take(Started(a, "1"))
    tally.take(Started(b, "2"))
    tally.take(Moved(a, "1", "detecting", 50, 100))
    tally.take(Moved(b, "2", "drawing", 50, 100))
    assert tally.frames_so_far == pytest.approx(25 + 75)
    tally.take(Moved(a, "1", "detecting again", 50, 100))
    assert tally.frames_so_far == pytest.approx(50 + 75)
    tally.take(Finished(a, "done", 2.0, result={"frames": 100}))
    tally.take(Message("b: its worker crashed (SIGSEGV); trying once more"))
    assert not tally.running and tally.frames_so_far == 100
    tally.take(Finished(c, "error", 1.0, why="no"))
    tally.started -= 100
    assert "2 of 3 clips, 1 failed, 2.0 frames/s, 0:50 left" in status_line(tally)
    from rich.console import Console

    tally.take(Started(b, "1"))
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(table(tally))
    assert "starting" in console.export_text() and "1 failed" in console.export_text(clear=False) + status_line(tally)
    assert (clock(None), clock(61), clock(3661.4)) == ("-:--", "1:01", "1:01:01")
