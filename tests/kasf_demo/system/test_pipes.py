"""Pipes between processes."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from kasf_demo.system import pipes

CODE = (
    "import os, subprocess; from kasf_demo.system.pipes import private_stdout\n"
    "kept = private_stdout()\n"
    "print('a library speaks', flush=True); subprocess.run(['echo', 'a child speaks'])\n"
    "os.write(kept, b'event\\n')"
)


def test_only_events_reach_the_parent() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True)
    assert done.stdout == b"event\n"


def test_pipes_are_widened_where_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    before = fcntl.fcntl(process.stdin, fcntl.F_GETPIPE_SZ)
    monkeypatch.setattr(pipes, "WINDOWS", True)
    with monkeypatch.context() as m:
        m.setitem(sys.modules, "fcntl", None)
        pipes.widen(process.stdin)
    assert fcntl.fcntl(process.stdin, fcntl.F_GETPIPE_SZ) == before
    monkeypatch.setattr(pipes, "WINDOWS", False)
    pipes.widen(process.stdin)
    assert fcntl.fcntl(process.stdin, fcntl.F_GETPIPE_SZ) == pipes.PIPE_BYTES > before
    process.communicate()


def test_output_on_windows_is_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252", write_through=True))
    with pytest.raises(UnicodeEncodeError):
        print("Ω")
    monkeypatch.setattr(pipes, "WINDOWS", True)
    pipes.print_utf8()
    print("Ω", end="")
    assert written.getvalue() == "Ω".encode()
