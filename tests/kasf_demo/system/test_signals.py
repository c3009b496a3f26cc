"""Being asked to end."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from kasf_demo.system import signals

DEAF = (
    "import sys, threading, time; from kasf_demo.system import signals\n"
    "def stop(number, frame): print('stopped', flush=True); sys.exit(5)\n"
    "signals.on_terminate(stop)\n"
    "print('ready', flush=True)\n"
    "threading.Thread(target=lambda: sys.stdin.readline() and signals.terminate_self(), daemon=True).start()\n"
    "while True: time.sleep(0.05)"
)


def test_a_word_from_the_parent_does_what_a_signal_does() -> None:
    """Windows has no SIGTERM to send: the worker's thread that reads raises it in the main thread."""
    process = subprocess.Popen([sys.executable, "-c", DEAF], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None and process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)  # not for it
    process.stdin.write("stop\n")
    process.stdin.flush()
    assert process.communicate(timeout=60)[0] == "stopped\n" and process.returncode == 5


def test_ctrl_break_stops_too(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: dict[int, object] = {}
    windows = SimpleNamespace(SIGINT=2, SIGTERM=15, SIGBREAK=21, SIG_IGN=1, signal=taken.__setitem__)
    monkeypatch.setattr(signals, "signal", windows)
    signals.on_stop(print)
    assert taken == {2: print, 15: print, 21: print}
    signals.on_terminate(print)
    assert taken == {2: 1, 15: print, 21: 1}
    signals.ignore_stop(15)
    assert taken[15] == 1
    assert signals.is_ctrl_c(21) and signals.is_ctrl_c(2) and not signals.is_ctrl_c(15)
