"""The server with stub workers as a process of its own, to be killed: `python serve_process.py FOLDER PORT`."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

PATIENCE_S = 60.0


def free_port() -> int:
    """A port that nothing listens on."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def server_process(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Runs the server of `folder`/results until the end; it answers when this returns."""
    running = subprocess.Popen([sys.executable, __file__, str(folder), str(port)])
    try:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            assert running.poll() is None and time.monotonic() < deadline
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/api/health", verify=False, trust_env=False)
                break
            time.sleep(0.05)
        yield running
    finally:
        running.kill()
        running.wait()


if __name__ == "__main__":
    from serve_pages import WEB_STUB

    from kasf_demo.serve.config import Limits, ServeOptions
    from kasf_demo.serve.server import serve

    base = Path(sys.argv[1])
    limits = Limits(requests_per_s=1e6, burst=10**6, free_bytes=0)
    serve(
        ServeOptions(
            base / "results", port=int(sys.argv[2]), workers=1, command=WEB_STUB, limits=limits, state=base / "state"
        )
    )
