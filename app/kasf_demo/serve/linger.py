"""Refusing a request while its body is still coming: the rest is read and dropped for some seconds.

A connection that is closed with unread bytes is reset, and the client may see a broken connection in place of the
answer.
"""

from __future__ import annotations

import asyncio
import time

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

LINGER_S = 10.0


class LingeringBody:
    """`receive` and `send` of one request, for the app in place of those of the server."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        headers = Headers(scope=scope)
        # who waits for a "100 Continue" sends nothing after another status
        comes = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
        self._coming = comes and "expect" not in headers

    async def receive(self) -> Message:
        """The next piece of the body."""
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._coming = False
        return message

    async def send(self, message: Message) -> None:
        """Sends a piece of the answer; before the last one ends it, what still comes is dropped."""
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if not last or not self._coming:
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        deadline = time.monotonic() + LINGER_S
        while self._coming and (left := deadline - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(self.receive(), left)
            except TimeoutError:
                break
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
