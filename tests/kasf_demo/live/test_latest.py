"""Only the newest passes between threads; errors pass too."""

from __future__ import annotations

import threading

import pytest

from kasf_demo.live.latest import Latest


def test_newest_wins_and_the_rest_is_counted() -> None:
    slot: Latest[int] = Latest()
    for number in range(5):
        slot.put(number)
    assert slot.get() == 4 and slot.dropped == 4 and slot.given == 5
    assert slot.get(0.0) is None


def test_merge_keeps_what_was_passed_over() -> None:
    slot: Latest[list[int]] = Latest(lambda old, new: old + new)
    for number in range(3):
        slot.put([number])
    assert slot.get() == [0, 1, 2]


def test_waits_for_the_next() -> None:
    slot: Latest[str] = Latest()
    threading.Timer(0.05, slot.put, ["late"]).start()
    assert slot.get(30.0) == "late"


def test_closing_leaves_the_last_one() -> None:
    slot: Latest[int] = Latest()
    slot.put(1)
    slot.close()
    slot.put(2)
    assert not slot.ended and slot.get() == 1 and slot.ended and slot.get() is None


def test_error_is_raised_where_items_are_taken() -> None:
    slot: Latest[int] = Latest()
    slot.close(ValueError("broken"))
    slot.close()
    with pytest.raises(ValueError, match="broken"):
        slot.get()
