"""A server in this process on a free port, with stub workers unless told otherwise, and a client for it."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import serve_stub
import uvicorn

from kasf_demo.serve.access import open_access
from kasf_demo.serve.config import Limits, ServeOptions
from kasf_demo.serve.server import http_server, listen
from kasf_demo.serve.service import Service, open_service

STUB = (sys.executable, "-P", serve_stub.__file__)
PATIENCE_S = 60.0


@dataclass
class Served:
    """A running server. `client` has the token for writing requests."""

    url: str
    folder: Path
    service: Service
    server: uvicorn.Server
    client: httpx.Client

    def upload(self, name: str, data: bytes = b"a video") -> dict[str, Any]:
        """The stored clip."""
        answer = self.client.post("/api/clips", params={"name": name}, content=data, headers=OCTETS)
        assert answer.status_code == 201, answer.text
        clip: dict[str, Any] = answer.json()
        return clip

    def start(self, clip: dict[str, Any], **wanted: Any) -> dict[str, Any]:
        """The job."""
        answer = self.client.post("/api/jobs", json={"clip": clip["id"], **wanted})
        assert answer.status_code == 201, answer.text
        job: dict[str, Any] = answer.json()
        return job

    def job(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job now."""
        now: dict[str, Any] = self.client.get(f"/api/jobs/{job['id']}").json()
        return now

    def until(self, job: dict[str, Any], *states: str) -> dict[str, Any]:
        """The job, once it is in one of the states."""
        waited(lambda: self.job(job)["state"] in states)
        return self.job(job)


OCTETS = {"Content-Type": "application/octet-stream"}


def waited(good: Callable[[], bool]) -> None:
    """Returns when it is good; fails after a long time."""
    deadline = time.monotonic() + PATIENCE_S
    while not good():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


def client_of(url: str, **headers: str) -> httpx.Client:
    """A client with the token for writing requests."""
    client = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_S, trust_env=False, verify=False)
    client.headers["X-KASF-CSRF"] = client.get("/api/session").json().get("csrf", "")
    return client


@contextlib.contextmanager
def served(folder: Path, *, limits: Limits | None = None, **changes: Any) -> Iterator[Served]:
    """Serves the results' folder `folder`."""
    limits = limits or Limits(requests_per_s=1e6, burst=10**6, free_bytes=0)
    options = ServeOptions(folder, port=0, workers=1, command=STUB, limits=limits, state=folder.parent / "state")
    options = replace(options, **changes)
    access = open_access(options)
    with listen("127.0.0.1", 0) as listener, open_service(options, access) as service:
        server = http_server(service)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        token = {} if access.token is None else {"Authorization": f"Bearer {access.token}"}
        try:
            with contextlib.closing(client_of(url, **token)) as client:
                yield Served(url, folder, service, server, client)
        finally:
            server.should_exit = True
            thread.join(PATIENCE_S)
