"""Fixtures of the application's tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from walker import walk

__all__ = ["signal_handlers", "walk"]


@pytest.fixture(autouse=True)
def signal_handlers() -> Iterator[None]:
    """The command line sets its own; pytest wants its own back."""
    before = [(n, signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in before:
        signal.signal(number, handler)
