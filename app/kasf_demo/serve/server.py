"""Starts and ends the server: the port, the lines at the start, uvicorn, the orderly end."""

from __future__ import annotations

import errno
import logging
import socket
import sys
from collections.abc import Callable
from urllib.parse import quote

import uvicorn

from kasf_demo.errors import UsageError
from kasf_demo.serve.access import Access, open_access, own_addresses
from kasf_demo.serve.app import create_app
from kasf_demo.serve.config import ServeOptions
from kasf_demo.serve.protocol import GuardedProtocol
from kasf_demo.serve.service import Service, open_service

SHUTDOWN_S = 5


def serve(options: ServeOptions) -> None:
    """Serves until SIGINT or SIGTERM. Raises KasfError: the port is taken, the folder is in use or not writable."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING, stream=sys.stderr)
    with listen(options.host, options.port) as listener:
        access = open_access(options)
        with open_service(options, access) as service:
            announce(options, access, service, listener.getsockname()[1])
            try:
                http_server(service).run(sockets=[listener])
            finally:
                if waiting := service.jobs.waiting:
                    print(f"{_jobs(waiting)} at the next start", flush=True)


def http_server(service: Service) -> uvicorn.Server:
    """The server, without a log of requests: addresses may hold the access token."""
    config = uvicorn.Config(
        create_app(service), log_config=None, access_log=False, server_header=False, lifespan="off", ws="none",
        limit_concurrency=200, timeout_keep_alive=30, timeout_graceful_shutdown=SHUTDOWN_S,
        h11_max_incomplete_event_size=32 * 1024, proxy_headers=False, loop="asyncio", http=GuardedProtocol,
    )  # fmt: skip
    return ReleasingServer(config, service.short.close)


class ReleasingServer(uvicorn.Server):
    """Calls `release` when the end begins: requests that wait for a worker are answered and do not hold it up."""

    def __init__(self, config: uvicorn.Config, release: Callable[[], None]) -> None:
        super().__init__(config)
        self._release = release

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        self._release()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises UsageError if the port is taken or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would share the port with another program
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise _cannot_listen(error, host, port) from None
    listener.set_inheritable(False)
    return listener


def _cannot_listen(error: OSError, host: str, port: int) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(
            f"port {port} is in use, perhaps by another kasf-demo serve", f"end that one, or use --port {port + 1}"
        )
    if error.errno == errno.EACCES:
        return UsageError(f"port {port} is reserved for the system", "use --port 8000")
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return UsageError(f"--host {host} is no address of this machine", "use --host 127.0.0.1 or --host 0.0.0.0")
    return UsageError(f"cannot listen on {host}:{port} ({error.strerror})", "choose another --port")


def announce(options: ServeOptions, access: Access, service: Service, port: int) -> None:
    """The lines at the start, on stdout: where to open it, and what is waiting."""
    query = f"/enter?token={quote(access.token)}" if access.token else ""
    print(f"Results: {service.folder}")
    if service.resumed:
        print(f"{_jobs(service.resumed)} where the last server ended")
    if options.local:
        name = f"[{options.host}]" if ":" in options.host else options.host
        print(f"Open http://{name}:{port}{query}   (Ctrl-C ends it)", flush=True)
        return
    addresses = own_addresses() if options.host in ("0.0.0.0", "::") else [options.host]
    print(f"Open http://127.0.0.1:{port}{query} on this machine")
    for address in addresses:
        name = f"[{address}]" if ":" in address else address
        print(f"Open http://{name}:{port}{query} on a phone in the same network")
    if addresses:
        print_qr(f"http://{addresses[0]}:{port}{query}")
    print("Everyone with this link can use the server. The connection is not encrypted: use a network that you trust.")
    print("Ctrl-C ends it", flush=True)


def _jobs(number: int) -> str:
    return "1 job goes on" if number == 1 else f"{number} jobs go on"


def print_qr(text: str) -> None:
    """The text as a QR code of characters, if the terminal can show them."""
    import segno

    try:
        "█▀▄".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return
    segno.make(text, micro=False).terminal(compact=True, out=sys.stdout)
