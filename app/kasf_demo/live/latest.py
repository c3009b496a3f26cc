"""Passing the newest of something from one thread to another: what comes too late is dropped, never queued."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

A = TypeVar("A")


class Latest(Generic[A]):
    """A place for one item. A new one replaces one that nobody has taken, which counts as dropped; `merge` makes it of
    both."""

    def __init__(self, merge: Callable[[A, A], A] | None = None) -> None:
        self._changed = threading.Condition()
        self._merge = merge
        self._item: A | None = None
        self._error: BaseException | None = None
        self._closed = False
        self.given = self.dropped = 0

    def put(self, item: A) -> None:
        """Never waits. Nothing happens once closed."""
        with self._changed:
            if self._closed:
                return
            self.given += 1
            if self._item is not None:
                self.dropped += 1
                item = self._merge(self._item, item) if self._merge is not None else item
            self._item = item
            self._changed.notify_all()

    def get(self, timeout_s: float | None = None) -> A | None:
        """Waits for the next item; None once closed, or after `timeout_s`. Raises the error that it was closed with."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._closed, timeout_s)
            item, self._item = self._item, None
            if item is None and self._error is not None:
                raise self._error
            return item

    @property
    def ended(self) -> bool:
        """True if nothing comes any more."""
        with self._changed:
            return self._closed and self._item is None

    def close(self, error: BaseException | None = None) -> None:
        """No more items; the last one can still be taken. May be called twice."""
        with self._changed:
            if not self._closed:
                self._closed, self._error = True, error
            self._changed.notify_all()
