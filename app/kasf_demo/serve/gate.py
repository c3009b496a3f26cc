"""The gate in front of every request: Host, rate, access token, origin, CSRF; and the headers of every answer.

Plain ASGI, so that bodies are streamed through. See docs/serve.md, "Threat model".
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kasf_demo.serve.access import Access
from kasf_demo.serve.config import Limits
from kasf_demo.serve.errors import ApiError
from kasf_demo.serve.linger import LingeringBody
from kasf_demo.serve.rates import Rates

CSRF_HEADER = "x-kasf-csrf"
SAFE = ("GET", "HEAD", "OPTIONS")
# without a token: the program of the pages holds no secret, and says what to do without one. After the link was opened
# from another page, the browser sends the strict cookie with the program's requests, but not for the page itself
OPEN = ("/", "/favicon.ico", "/api/health", "/enter")
OPEN_BELOW = "/static/"
MAX_BODY = 64 * 1024  # of requests that are no upload
BODY_S = 20.0  # for such a body as a whole
APP_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": APP_POLICY,
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
LOG = logging.getLogger("kasf_demo.serve")


class Gate:
    """The middleware around the app."""

    def __init__(self, app: ASGIApp, access: Access, limits: Limits) -> None:
        self._app, self._access = app, access
        self._rates = Rates(limits.requests_per_s, limits.burst)
        self._tries = Rates(0.2, 10)  # of wrong tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets
            return
        body = LingeringBody(scope, receive, send)
        answer = _with_headers(body.send)
        try:
            self._check(scope)
            await self._app(scope, _limited(scope, body.receive), answer)
        except ApiError as error:
            await refuse(error, answer)

    def _check(self, scope: Scope) -> None:
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        address = scope["client"][0] if scope.get("client") else ""
        if not self._rates.allow(address):
            raise ApiError(429, "too_fast", "too many requests; wait a second", {"Retry-After": "1"})
        if len(headers.getlist("host")) != 1 or not self._access.knows_host(headers["host"]):
            text = "the address in the browser is not a name of this server; use the link that it printed at its start"
            raise ApiError(403, "wrong_host", f"{text}, or start it with --allow-host NAME")
        self._check_site(headers, path, method)
        bearer = headers.get("authorization", "")
        free = path in OPEN or path.startswith(OPEN_BELOW)
        if not free and not self._access.may_enter(_cookie(headers, self._access.cookie_name), bearer):
            if bearer and not self._tries.allow(address):
                raise ApiError(429, "too_many_tries", "too many wrong tokens; wait a minute", {"Retry-After": "60"})
            text = "open the link with the access token that the server printed at its start"
            raise ApiError(401, "no_access", text, {"WWW-Authenticate": "Bearer"})
        if method not in SAFE and not self._access.is_csrf(headers.get(CSRF_HEADER, "")):
            text = f"the header {CSRF_HEADER.upper()} is missing or old; reload the page (programs: GET /api/session)"
            raise ApiError(403, "csrf", text)

    def _check_site(self, headers: Mapping[str, str], path: str, method: str) -> None:
        """Refuses what another site makes a browser send."""
        site, origin = headers.get("sec-fetch-site", "none"), headers.get("origin")
        own = origin is None or origin in (f"http://{headers['host']}", f"https://{headers['host']}")
        # a link on another page may open ours; nothing of ours may be embedded or read there
        navigation = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        linked = method == "GET" and navigation and not path.startswith("/api/")
        if not own or (site not in ("same-origin", "none") and not linked):
            raise ApiError(403, "wrong_origin", "a page of another site asked for this; open the app itself")


def _cookie(headers: Headers, name: str) -> str:
    """Not by http.cookies, which stops at a cookie of another program that it cannot read."""
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(name, "")


def _limited(scope: Scope, receive: Receive) -> Receive:
    """`receive` that ends a body that is larger than MAX_BODY or takes longer than BODY_S; uploads have limits of their
    own."""
    if scope["path"] == "/api/clips":
        return receive
    size, coming, deadline = 0, True, math.inf

    async def limited() -> Message:
        nonlocal size, coming, deadline
        deadline = min(deadline, time.monotonic() + BODY_S)  # from when it is read at first
        try:  # after the body, it waits until the client goes away
            left = max(0.0, deadline - time.monotonic()) if coming else None
            message = await asyncio.wait_for(receive(), left)
        except TimeoutError:
            if scope["method"] in SAFE:  # an answer may be on its way
                return {"type": "http.disconnect"}
            raise HTTPException(408, headers={"Connection": "close"}) from None
        coming = bool(message.get("more_body", False))
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise HTTPException(413, headers={"Connection": "close"})  # the framework lets no other error pass
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return answer


async def refuse(error: ApiError, send: Send) -> None:
    """Sends an error as JSON."""
    body = json.dumps({"error": error.text, "code": error.code}).encode()
    headers: list[Any] = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
