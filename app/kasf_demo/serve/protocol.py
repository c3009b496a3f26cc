"""Connections that cost nothing: those that send no request are ended, and an address has a limited number."""

from __future__ import annotations

import asyncio
import ipaddress

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 20.0  # for the head of a request, from the connection or from its first byte
PER_ADDRESS = 40  # a browser opens 6


class GuardedProtocol(H11Protocol):
    """HTTP/1.1 of uvicorn, with the limits above."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Closes a connection that is one too many of its address."""
        super().connection_made(transport)
        if self.client is not None and not _is_loopback(self.client[0]):  # a proxy on this machine has many
            others = (getattr(other, "client", None) for other in self.connections)
            if sum(client is not None and client[0] == self.client[0] for client in others) > PER_ADDRESS:
                transport.close()
                return
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Bytes that do not complete the head of a request give no more time."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the clock."""
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_S, self._too_slow)

    def _stop(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        self._head_timer = None
        if (self.cycle is None or self.cycle.response_complete) and not self.transport.is_closing():
            self.transport.close()


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
