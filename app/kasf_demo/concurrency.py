"""Stages that work at the same time: read prefetch, map in several threads, write behind. All memory is bounded, and
all threads end.

Each is a context manager. Leaving the block, well or by an exception (Ctrl-C is one), stops and joins its threads
before anything else happens; what goes wrong in a thread is raised where its results are used. Threads help because
decoding, networks and pipes release the GIL.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")

# True: everything happens in the caller's thread, one stage at a time, for measuring
# (benchmarks/speed/profile_stages.py) and debugging
inline = False


class _Closed(Exception):
    """The other side has gone."""


class Channel(Generic[A]):
    """A queue of at most `room` items between two threads. Either side may close it, which wakes the other."""

    def __init__(self, room: int) -> None:
        self._room, self._items = room, deque[A]()
        self._changed = threading.Condition()
        self._closed = False
        self._error: BaseException | None = None

    def put(self, item: A) -> None:
        """Waits for room. Raises _Closed once the channel is closed."""
        with self._changed:
            while len(self._items) >= self._room and not self._closed:
                self._changed.wait()
            if self._closed:
                raise _Closed
            self._items.append(item)
            self._changed.notify_all()

    def get(self) -> A:
        """Waits for an item. Once closed and empty: raises the error that it was closed with, else _Closed."""
        with self._changed:
            while not self._items and not self._closed:
                self._changed.wait()
            if self._items:
                item = self._items.popleft()
                self._changed.notify_all()
                return item
            raise self._error or _Closed

    def close(self, error: BaseException | None = None, *, drop: bool = False) -> None:
        """No more items: those inside can still be taken, unless `drop`. A second call changes nothing but may drop."""
        with self._changed:
            if not self._closed:
                self._closed, self._error = True, error
            if drop:
                self._items.clear()
            self._changed.notify_all()


@contextlib.contextmanager
def prefetch(items: Iterable[A], *, room: int, name: str) -> Generator[Iterator[A]]:
    """Yields an iterator over `items`, which a thread called `name` runs through, at most `room` + 1 items prefetch.

    An exception of `items` is raised at its place in the order. `items` is closed in its own thread, if it can be.
    """
    if inline:
        yield iter(items)
        return
    channel = Channel[A](room)

    def produce() -> None:
        iterator = iter(items)
        try:
            for item in iterator:
                channel.put(item)
            channel.close()
        except _Closed:
            pass
        except BaseException as error:
            channel.close(error)
        finally:
            if isinstance(iterator, Generator):
                iterator.close()

    def consume() -> Iterator[A]:
        with contextlib.suppress(_Closed):
            while True:
                yield channel.get()

    thread = threading.Thread(target=produce, name=name, daemon=True)
    try:
        thread.start()
        yield consume()
    finally:
        channel.close(drop=True)
        if thread.ident is not None:
            thread.join()


@contextlib.contextmanager
def map_ordered(
    function: Callable[[A], B], items: Iterable[A], *, workers: int, name: str
) -> Generator[Iterator[tuple[A, B]]]:
    """Yields an iterator over (item, function(item)) in the order of `items`, computed by `workers` threads; one is the
    caller's own.

    At most `workers` + 1 items are under way. An exception of `function` is raised in its item's place.
    """
    if inline or workers <= 1:
        yield ((item, function(item)) for item in items)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix=name) as pool:
        under_way: deque[tuple[A, Future[B]]] = deque()

        def results() -> Iterator[tuple[A, B]]:
            for item in items:
                under_way.append((item, pool.submit(function, item)))
                if len(under_way) > workers:
                    first, result = under_way.popleft()
                    yield first, result.result()
            while under_way:
                first, result = under_way.popleft()
                yield first, result.result()

        try:
            yield results()
        finally:
            for _, result in under_way:
                result.cancel()


def map_batches(function: Callable[[list[A]], list[B]], items: Iterable[A], *, size: int) -> Iterator[tuple[A, B]]:
    """(item, its result) in the order of `items`; `function` is given `size` of them at a time, fewer at the end, and
    answers each."""
    iterator = iter(items)
    while part := list(itertools.islice(iterator, size)):
        yield from zip(part, function(part), strict=True)


class Early(Generic[A]):
    """A value that a thread called `name` computes from now on."""

    def __init__(self, compute: Callable[[], A], *, name: str) -> None:
        self._compute = compute
        self._found: Future[A] = Future()
        self._thread = None if inline else threading.Thread(target=self._run, name=name, daemon=True)
        if self._thread:
            self._thread.start()

    def _run(self) -> None:
        try:
            self._found.set_result(self._compute())
        except BaseException as error:
            self._found.set_exception(error)

    def result(self) -> A:
        """Waits for the value. Raises what computing it raised."""
        if not self._thread and not self._found.done():
            self._run()
        return self._found.result()

    def end(self) -> None:
        """Waits for the thread, and forgets what it raised. May be called twice."""
        if self._thread:
            self._thread.join()


class BackgroundConsumer(Generic[A]):
    """Gives items to `consume` in a thread called `name`, at most `room` + 1 of them behind.

    `finish` waits for the last one; leaving the block drops those that wait.
    """

    def __init__(self, consume: Callable[[A], object], *, room: int, name: str) -> None:
        self._consume = consume
        self._channel = Channel[A](room)
        self._error: BaseException | None = None
        self._thread = None if inline else threading.Thread(target=self._run, name=name, daemon=True)
        if self._thread:
            self._thread.start()

    def _run(self) -> None:
        try:
            while True:
                self._consume(self._channel.get())
        except _Closed:
            pass
        except BaseException as error:
            self._error = error
            self._channel.close(drop=True)

    def put(self, item: A) -> None:
        """Hands `item` over, waiting for room. Raises what `consume` raised for an earlier one."""
        if self._thread is None:
            self._consume(item)
            return
        try:
            self._channel.put(item)
        except _Closed:
            self._raise()
            raise RuntimeError("put after finish or stop") from None

    def finish(self) -> None:
        """Waits until everything is consumed. Raises what `consume` raised."""
        self._channel.close()
        self._join()
        self._raise()

    def stop(self) -> None:
        """Drops what waits and joins the thread; `consume` must have been made to return if it blocks. May be called
        twice."""
        self._channel.close(drop=True)
        self._join()

    def _join(self) -> None:
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()

    def _raise(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def __enter__(self) -> BackgroundConsumer[A]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
