"""Groups of processes, on this system and as on Windows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from kasf_demo.batch.watchdog import Guard
from kasf_demo.system import processes

# a process that starts another, in a session of its own so that only its parent leads to it, and waits
PARENT = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], start_new_session=SESSION)\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(300)"
)


def parent(*, child_session: bool, group: bool = True) -> tuple[subprocess.Popen[bytes], psutil.Process]:
    """A process that leads a group, and its child."""
    code = PARENT.replace("SESSION", str(child_session))
    more = processes.own_group() if group else {}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, **more)
    assert process.stdout is not None
    child = psutil.Process(int(process.stdout.readline()))
    process.stdout.close()
    return process, child


def wait_for(what: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Until it is true."""
    deadline = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def gone(process: psutil.Process) -> bool:
    """Zombies are gone: without an init process, nothing reaps orphans."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("windows", [False, True])
def test_a_killed_group_has_no_survivors(windows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    since_s = time.time()
    process, child = parent(child_session=windows)
    monkeypatch.setattr(processes, "WINDOWS", windows)
    processes.kill_group(process.pid, since_s)
    wait_for(lambda: processes.has_ended(process))
    assert process.wait() == -signal.SIGKILL
    wait_for(lambda: gone(child))
    processes.kill_group(process.pid, since_s)  # nothing is left: not an error


def test_windows_kills_no_older_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows a child goes on naming a parent that has ended, whose number may be another's by now."""
    process, child = parent(child_session=True)
    monkeypatch.setattr(processes, "WINDOWS", True)
    assert [p.pid for p in processes._tree(process.pid, 0)] == [child.pid]
    assert processes._tree(process.pid, time.time() + 60) == []
    processes.kill_group(process.pid, 0)
    process.wait()


@pytest.mark.parametrize("windows", [False, True])
def test_a_process_ends_itself_with_what_it_started(windows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        f"import subprocess, sys; from kasf_demo.system import processes; processes.WINDOWS = {windows}\n"
        f"child = subprocess.Popen(['sleep', '300'], start_new_session={windows}); print(child.pid, flush=True)\n"
        "sys.stdin.readline(); processes.end_own_group(7)"
    )
    monkeypatch.setattr(processes, "WINDOWS", False)
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **processes.own_group()
    )
    assert process.stdout is not None and process.stdin is not None
    child = psutil.Process(int(process.stdout.readline()))
    process.stdout.close()
    process.stdin.close()
    assert process.wait(60) == (7 if windows else -signal.SIGKILL)
    wait_for(lambda: gone(child))


def test_a_process_that_leads_no_group_ends_alone() -> None:
    code = "from kasf_demo.system.processes import end_own_group; end_own_group(7)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 7


@pytest.mark.parametrize("windows", [False, True])
def test_the_watchdog_kills_what_it_watches(windows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    since_s = time.time()
    watched, child = parent(child_session=windows)
    forgotten, spared = parent(child_session=windows)
    monkeypatch.setattr(processes, "WINDOWS", windows)
    if windows:  # the program's process has a constant of its own
        monkeypatch.setenv("KASF_TEST_SYSTEM", "windows")
    guard = Guard()
    guard.watch(watched.pid, since_s)
    guard.watch(forgotten.pid, since_s)
    guard.forget(forgotten.pid)
    guard.close()
    assert watched.wait(60) == -signal.SIGKILL
    wait_for(lambda: gone(child))
    assert forgotten.poll() is None and not gone(spared)
    processes.kill_group(forgotten.pid, since_s)
    forgotten.wait()


def test_windows_has_no_signal_to_ask_with(monkeypatch: pytest.MonkeyPatch) -> None:
    process, child = parent(child_session=False)
    monkeypatch.setattr(processes, "WINDOWS", True)
    assert not processes.ask_group_to_end(process.pid) and process.poll() is None
    monkeypatch.setattr(processes, "WINDOWS", False)
    assert processes.ask_group_to_end(process.pid)
    assert process.wait(60) == -signal.SIGTERM
    wait_for(lambda: gone(child))
    assert processes.ask_group_to_end(process.pid)  # gone: not an error


def test_orphans_are_waited_for_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process stands for one that has ended: its children lead to it."""
    child = subprocess.Popen(["sleep", "300"])
    waited: list[float] = []
    monkeypatch.setattr(processes.time, "sleep", waited.append)
    processes.wait_for_orphans(os.getpid(), 0.2)
    assert not waited  # elsewhere they hold the lock
    monkeypatch.setattr(processes, "WINDOWS", True)
    processes.wait_for_orphans(os.getpid(), 0.2)
    assert waited
    child.kill()
    child.wait()


def test_what_runs_and_since_when() -> None:
    own = processes.started_s(os.getpid())
    assert own is not None and abs(own - psutil.Process().create_time()) < 1 and own < time.time() + 1
    ended = subprocess.Popen(["true"])
    assert processes.is_running(os.getpid()) and ended.wait() == 0
    assert not processes.is_running(ended.pid) and processes.started_s(ended.pid) is None
    assert processes.is_running(10**12) and processes.started_s(10**12) is None  # no number of a process


def test_how_a_process_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [processes.ended_by(n) for n in (0, 3, -11, -9, -999)] == ["", "", "SIGSEGV", "SIGKILL", ""]
    assert processes.was_killed(-9) and not processes.was_killed(-15)
    assert processes.file_was_too_large(-signal.SIGXFSZ)
    monkeypatch.setattr(processes, "WINDOWS", True)
    assert [processes.ended_by(n) for n in (0, 3, 0xC0000005, 0xC0000409 - 2**32)] == [
        "",
        "",
        "access violation",
        "abort",
    ]
    assert not processes.was_killed(1) and not processes.file_was_too_large(1)
