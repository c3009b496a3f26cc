"""A file server on 127.0.0.1 that can be slow, cut the connection, answer with a page, an archive, an error or a
redirect."""

from __future__ import annotations

import contextlib
import io
import tarfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"<!DOCTYPE html><html><head><title>Quota exceeded</title></head><body>Too many users</body></html>"
PAYLOAD = bytes(range(256)) * 4096  # 1 MiB


def tgz(*members: tuple[str, bytes | str]) -> bytes:
    """A .tgz of files by name; text stands for a symbolic link to there."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


class Server(ThreadingHTTPServer):
    """`requests` lists the paths asked for; `archive` is the answer to /tgz/... and, cut in half, to /cuttgz/..."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[str] = []
        self.archive = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        what = self.path.split("/")[1].split("?")[0]
        if what == "missing":
            return self.send_error(404)
        if what == "redirect":
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/redirect"))
            return self.end_headers()
        body = PAGE if what == "page" else b"" if what == "empty" else PAYLOAD
        if what in ("tgz", "cuttgz"):
            body = self.server.archive if what == "tgz" else self.server.archive[: len(self.server.archive) // 2]
        self.send_response(200)
        if what == "uc":  # as Google Drive names a file
            self.send_header("Content-Disposition", 'attachment; filename="../../elsewhere.pth"')
        self.send_header("Content-Type", "text/html; charset=utf-8" if body is PAGE else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        step = len(body) // 16 or 1
        with contextlib.suppress(ConnectionError):
            for k in range(0, len(body) // 2 if what == "cut" else len(body), step):
                self.wfile.write(body[k : k + step])
                if what == "slow":
                    time.sleep(0.08)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serve() -> Iterator[Server]:
    """The server, running."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
