"""What asks a process to end: Ctrl-C, SIGTERM; on Windows Ctrl-Break, and a word from the parent."""

from __future__ import annotations

import _thread
import signal
from collections.abc import Callable
from typing import Any

Handler = Callable[[int, Any], None]


def on_stop(handler: Handler) -> None:
    """Calls handler(number, frame) in the main thread where this process is asked to end."""
    for number in _stop_numbers():
        signal.signal(number, handler)


def ignore_stop(number: int) -> None:
    """Ignores this way of asking from now on."""
    signal.signal(number, signal.SIG_IGN)


def on_terminate(handler: Handler) -> None:
    """As `on_stop`, for a process that its parent ends: Ctrl-C and Ctrl-Break are ignored."""
    for number in _stop_numbers():
        signal.signal(number, handler if number == signal.SIGTERM else signal.SIG_IGN)


def terminate_self() -> None:
    """Runs the handler of `on_terminate` in the main thread, from any thread."""
    _thread.interrupt_main(signal.SIGTERM)


def is_ctrl_c(number: int) -> bool:
    """Whether the user pressed Ctrl-C or Ctrl-Break."""
    return number != signal.SIGTERM


def _stop_numbers() -> list[int]:
    names = ("SIGINT", "SIGTERM", "SIGBREAK")  # the last on Windows only
    return [int(getattr(signal, name)) for name in names if hasattr(signal, name)]
