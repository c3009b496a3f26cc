"""Connections that send no request, or send it too slowly, and those of one address."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from own_loop import run_alone
from served import Served
from uvicorn.server import ServerState

from kasf_demo.serve import gate, linger, protocol
from kasf_demo.serve.protocol import PER_ADDRESS, GuardedProtocol

GET = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.2)


def connected(app: Served) -> socket.socket:
    where = urlsplit(app.url)
    return socket.create_connection((where.hostname, where.port), 10)


def ends(connection: socket.socket) -> bool:
    """Whether the server closes it, though a byte of a head comes now and then."""
    for byte in GET + b"X-Long: " + b"x" * 200:
        try:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)
            connection.setblocking(False)
            if connection.recv(10) == b"":
                return True
        except BlockingIOError:
            connection.settimeout(10)
        except ConnectionError:
            return True
    return False


@pytest.mark.usefixtures("impatient")
def test_a_connection_without_a_request_is_ended(app: Served) -> None:
    with connected(app) as idle:
        assert idle.recv(10) == b""
    with connected(app) as slow:
        assert ends(slow)


@pytest.mark.usefixtures("impatient")
def test_each_request_has_its_own_time(app: Served) -> None:
    with connected(app) as connection:
        for _ in range(2):
            connection.sendall(GET + b"\r\n")
            answer = b""
            while not answer.endswith(b"}"):
                piece = connection.recv(4096)
                assert piece
                answer += piece
            assert b" 200 " in answer
            time.sleep(0.25)  # between two requests it is kept
        assert ends(connection)


def test_a_body_that_is_no_upload_comes_in_time(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "BODY_S", 0.1)
    monkeypatch.setattr(linger, "LINGER_S", 0.05)
    head = f"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nX-KASF-CSRF: {app.service.access.csrf}\r\n"
    kind = "Content-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    with connected(app) as connection:
        connection.sendall((head + kind + "{").encode())
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    assert b" 408 " in answer.split(b"\r\n")[0] and b"too_slow" in answer


class Connection(asyncio.Transport):
    """Of an address."""

    def __init__(self, address: str) -> None:
        super().__init__({"peername": (address, 1), "sockname": ("127.0.0.1", 2)})
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@pytest.mark.parametrize(
    ("address", "limited"), [("192.168.1.7", True), ("2001:db8::1", True), ("127.0.0.1", False), ("::1", False)]
)
def test_the_connections_of_an_address_are_limited(address: str, limited: bool) -> None:
    async def opened() -> list[bool]:
        async def nothing(scope: Any, receive: Any, send: Any) -> None:
            raise AssertionError

        config, state = uvicorn.Config(nothing, lifespan="off", log_config=None), ServerState()
        closed = []
        for peer in ("10.0.0.1", *[address] * (PER_ADDRESS + 1), "10.0.0.1"):
            transport = Connection(peer)
            GuardedProtocol(config, state, {}).connection_made(transport)
            closed.append(transport.closed)
        return closed

    assert run_alone(opened()) == [False] * (PER_ADDRESS + 1) + [limited, False]
