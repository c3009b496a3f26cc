"""Stages in threads: order, bounds, errors from either side, Ctrl-C; never a thread left."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo import concurrency


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


class Source:
    """0, 1, 2, ...: counts what was taken, fails at `fail_at`, and knows whether it was closed."""

    def __init__(self, n: int, fail_at: int | None = None) -> None:
        self.n, self.fail_at = n, fail_at
        self.taken, self.closed, self.closed_in = 0, False, ""

    def __iter__(self) -> Iterator[int]:
        try:
            for k in range(self.n):
                if k == self.fail_at:
                    raise OSError(f"no {k}")
                self.taken += 1
                yield k
        finally:
            self.closed, self.closed_in = True, threading.current_thread().name


def test_ahead_keeps_order_and_stays_within_its_room() -> None:
    source = Source(50)
    with concurrency.prefetch(source, room=3, name="t") as items:
        assert next(items) == 0
        time.sleep(0.05)
        assert source.taken <= 1 + 3 + 1
        assert list(items) == list(range(1, 50))
    assert source.closed and source.closed_in == "t"


def test_ahead_when_the_producer_fails() -> None:
    got = []
    with pytest.raises(OSError, match="no 4"), concurrency.prefetch(Source(9, fail_at=4), room=2, name="t") as items:
        got += [0] if next(items) == 0 else []
        for item in items:
            got.append(item)
    assert got == [0, 1, 2, 3]  # what came before the failure arrives first


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_ahead_when_the_consumer_fails(error: type[BaseException]) -> None:
    source = Source(10**9)
    with pytest.raises(error), concurrency.prefetch(source, room=2, name="t") as items:
        for item in items:
            if item == 5:
                raise error
    assert source.closed and source.taken < 12


def test_mapped_keeps_order_whatever_takes_longer() -> None:
    def slow_when_even(k: int) -> int:
        time.sleep(0.004 * (k % 2 == 0))
        return k * k

    with concurrency.map_ordered(slow_when_even, range(30), workers=3, name="t") as results:
        assert list(results) == [(k, k * k) for k in range(30)]


def test_mapped_works_at_the_same_time_but_never_on_more_than_it_may() -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def count(_: int) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.005)
        with lock:
            running[0] -= 1

    source = Source(20)
    with concurrency.map_ordered(count, source, workers=2, name="t") as results:
        next(results)
        assert source.taken <= 3
        list(results)
    assert most[0] == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_mapped_raises_in_place(workers: int) -> None:
    def fails(k: int) -> int:
        if k == 3:
            raise OSError("no 3")
        return k

    got = []
    with (
        pytest.raises(OSError, match="no 3"),
        concurrency.map_ordered(fails, range(9), workers=workers, name="t") as results,
    ):
        for item, _ in results:
            got.append(item)
    assert got == [0, 1, 2]


@given(count=st.integers(0, 40), size=st.integers(1, 17))
def test_in_batches_asks_for_full_batches_and_answers_item_by_item(count: int, size: int) -> None:
    asked: list[int] = []

    def squares(part: list[int]) -> list[int]:
        asked.append(len(part))
        return [k * k for k in part]

    assert list(concurrency.map_batches(squares, iter(range(count)), size=size)) == [(k, k * k) for k in range(count)]
    assert asked == [size] * (count // size) + [count % size] * (count % size > 0)


def test_in_batches_takes_no_item_before_it_is_wanted() -> None:
    source = Source(50)
    results = concurrency.map_batches(list, source, size=4)
    assert source.taken == 0 and next(results) == (0, 0) and source.taken == 4


def test_behind_consumes_everything_in_order() -> None:
    got: list[int] = []
    with concurrency.BackgroundConsumer(got.append, room=2, name="t") as behind:
        for k in range(40):
            behind.put(k)
        behind.finish()
        assert got == list(range(40))


def test_behind_raises_what_its_thread_raised() -> None:
    def fails(k: int) -> None:
        if k == 2:
            raise OSError("disk")

    with pytest.raises(OSError, match="disk"), concurrency.BackgroundConsumer(fails, room=1, name="t") as behind:
        for k in range(1000):
            behind.put(k)
        behind.finish()
    with pytest.raises(OSError, match="disk"), concurrency.BackgroundConsumer(fails, room=9, name="t") as behind:
        for k in range(4):
            behind.put(k)
        behind.finish()


def test_behind_drops_what_waits_when_it_is_left_early() -> None:
    got: list[int] = []

    def slow(k: int) -> None:
        time.sleep(0.01)
        got.append(k)

    with pytest.raises(KeyboardInterrupt), concurrency.BackgroundConsumer(slow, room=50, name="t") as behind:
        for k in range(50):
            behind.put(k)
        raise KeyboardInterrupt
    assert len(got) < 50


def test_inline_does_the_same_in_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "inline", True)
    threads, got = set[str](), list[int]()
    with (
        concurrency.prefetch(Source(5), room=1, name="t") as items,
        concurrency.map_ordered(str, items, workers=3, name="t") as results,
    ):
        for k, text in results:
            threads |= {t.name for t in threading.enumerate()}
            assert text == str(k)
    with concurrency.BackgroundConsumer(got.append, room=1, name="t") as behind:
        behind.put(7)
        behind.finish()
    assert got == [7] and "t" not in threads


CHILD = """
import itertools, signal, sys, threading, time
from kasf_demo import concurrency
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with concurrency.prefetch(itertools.count(), room=2, name="a") as items, \\
         concurrency.map_ordered(lambda k: time.sleep(0.01), items, workers=2, name="m") as results, \\
         concurrency.BackgroundConsumer(lambda k: time.sleep(0.01), room=2, name="b") as behind:
        print("ready", flush=True)
        for k, _ in results:
            behind.put(k)
except KeyboardInterrupt:
    print([t.name for t in threading.enumerate()], flush=True)
"""


def test_an_interrupt_ends_every_thread() -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "['MainThread']\n"
        assert process.wait(timeout=10) == 0


def test_early_value_and_error() -> None:
    begun, go = threading.Event(), threading.Event()

    def compute() -> int:
        begun.set()
        go.wait(30)
        return 7

    early = concurrency.Early(compute, name="early")
    assert begun.wait(30)  # nobody has asked for it yet
    go.set()
    assert early.result() == early.result() == 7
    early.end()

    def fail() -> int:
        raise ValueError("no weights")

    failed = concurrency.Early(fail, name="early")
    failed.end()  # forgets it
    for _ in range(2):
        with pytest.raises(ValueError, match="no weights"):
            failed.result()


def test_early_value_inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "inline", True)
    calls: list[str] = []

    def compute() -> int:
        calls.append(threading.current_thread().name)
        return 1

    early = concurrency.Early(compute, name="early")
    assert not calls and early.result() == early.result() == 1 and calls == [threading.main_thread().name]
