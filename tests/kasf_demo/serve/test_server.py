"""The server as a process: what it prints, how it ends, and that a killed one leaves nothing behind but its queue."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import serve_command
from command_line import call
from served import OCTETS, client_of, waited

from kasf_demo.errors import UsageError
from kasf_demo.serve import server
from kasf_demo.serve.server import listen, print_qr


@contextlib.contextmanager
def process(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """The process, its address, and the lines that it printed up to that."""
    command = [sys.executable, serve_command.__file__, "--dir", str(folder), "--port", "0", "--workers", "1", *words]
    env = os.environ | {"XDG_STATE_HOME": str(folder.parent / "state"), "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, start_new_session=True
    )
    assert running.stdout is not None
    lines: list[str] = []
    try:
        while not any(line.startswith("Open http") for line in lines):
            line = running.stdout.readline()
            assert line, lines
            lines.append(line.rstrip("\n"))
        yield running, lines[-1].split()[1], lines
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        running.stdout.close()


def start(client: httpx.Client, name: str) -> str:
    clip = client.post("/api/clips", params={"name": name}, content=b"x", headers=OCTETS).json()
    return str(client.post("/api/jobs", json={"clip": clip["id"]}).json()["id"])


def state(client: httpx.Client, job: str) -> str:
    return str(client.get(f"/api/jobs/{job}").json()["state"])


@pytest.mark.slow
def test_killed_and_started_again_then_ended_by_ctrl_c(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    with process(folder) as (killed, url, lines):
        assert lines[0] == f"Results: {folder}" and url.startswith("http://127.0.0.1:")
        client = client_of(url)
        slow, fine = start(client, "slow.mp4"), start(client, "fine.mp4")
        waited(lambda: state(client, slow) == "running")
        csrf = client.headers["X-KASF-CSRF"]
        children = psutil.Process(killed.pid).children(recursive=True)
        killed.kill()
        killed.wait()
        gone, alive = psutil.wait_procs(children, 15)
        assert len(gone) >= 3 and not alive  # workers and watchdogs
    with process(folder) as (ended, url, lines):
        assert "2 jobs go on where the last server ended" in lines
        client = httpx.Client(
            base_url=url, headers={"X-KASF-CSRF": csrf}, verify=False
        )  # a page that was open meanwhile
        waited(lambda: state(client, slow) == "running")
        assert client.delete(f"/api/jobs/{slow}").status_code == 204
        waited(lambda: state(client, slow) == "cancelled" and state(client, fine) == "done")
        assert [p.name for p in folder.glob(".*")] == [] and (folder / "fine.json").is_file()
        again = start(client, "slow.mp4")
        waited(lambda: state(client, again) == "running")
        children = psutil.Process(ended.pid).children(recursive=True)
        os.kill(ended.pid, signal.SIGINT)
        said, _ = ended.communicate(timeout=60)
        assert (
            ended.returncode == 130
            and "1 job goes on at the next start" in said
            and "The server has ended." in said
            and "error:" not in said
        )
        assert not psutil.wait_procs(children, 5)[1]
        assert [p.name for p in folder.glob(".*")] == []


def test_a_port_in_use_is_one_line_with_the_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = call("serve", "--port", port, "--dir", tmp_path / "results", code=2, capsys=capsys)
    assert (
        said
        == f"error: port {port} is in use, perhaps by another kasf-demo serve; end that one, or use --port {port + 1}\n"
    )
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("host", "text"), [("203.0.113.7", "no address of this machine"), ("no such host", "no address")]
)
def test_an_address_that_is_not_here(host: str, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        listen(host, 0)


def test_a_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    said = call("serve", code=2, capsys=capsys)
    assert 'pip install "kasf-demo[app]"' in said


def test_the_help_loads_no_web_framework() -> None:
    program = "import sys; from kasf_demo.cli.app import app; app(['serve', '--help'], standalone_mode=False)"
    program += "; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "--max-duration" in done.stdout
    assert not {"fastapi", "starlette", "uvicorn", "numpy", "cv2"} & set(done.stdout.split())


def test_a_folder_that_is_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from kasf_demo.batch.lock import FolderLock

    folder = tmp_path / "results" / "batch_files"
    folder.mkdir(parents=True)
    with FolderLock(folder / "lock"):
        said = call("serve", "--port", 0, "--dir", tmp_path / "results", code=6, capsys=capsys)
    assert f"in use by pid {os.getpid()}" in said and "another --dir" in said


def test_the_link_and_its_code_for_a_phone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from served import served

    monkeypatch.setattr(server, "own_addresses", lambda: ["192.168.1.7"])
    with served(tmp_path / "results", host="0.0.0.0") as app:
        server.announce(app.service.options, app.service.access, app.service, 8000)
        said = capsys.readouterr().out
        link = f"http://192.168.1.7:8000/enter?token={app.service.access.token}"
        assert f"Open {link} on a phone" in said and "not encrypted" in said
        print_qr(link)
        assert capsys.readouterr().out in said
        entered = app.client.get("/enter", params={"token": app.service.access.token}, headers={"Authorization": ""})
        assert entered.status_code == 303


def test_requests_that_wait_are_released_when_the_end_begins(tmp_path: Path) -> None:
    from served import served

    class Nobody:
        def add(self, task: object) -> None:
            asked.set()

    asked, answers = threading.Event(), list[httpx.Response]()
    with served(tmp_path / "results") as app:
        clip = app.upload("a.mp4")
        app.service.short.queue = Nobody()  # type: ignore[assignment]
        url = f"/api/clips/{clip['id']}/people"
        waiting = threading.Thread(target=lambda: answers.append(app.client.get(url)))
        waiting.start()
        asked.wait(20)
        app.server.should_exit = True
        waiting.join(20)
    assert answers[0].status_code == 409 and answers[0].json()["code"] == "cancelled"
