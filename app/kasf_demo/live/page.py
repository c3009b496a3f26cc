"""A page with the live images, for machines without a display and for the phone beside the field. It is guarded as
`kasf-demo serve` is: docs/serve.md, "Threat model"."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import cv2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kasf_demo.live.screen import NoScreen
from kasf_demo.serve.access import Access, open_access
from kasf_demo.serve.config import Limits, ServeOptions
from kasf_demo.serve.errors import ApiError
from kasf_demo.serve.gate import Gate
from kasf_demo.serve.protocol import GuardedProtocol
from kasf_demo.serve.rates import Rates
from kasf_demo.serve.server import listen
from kasf_demo.types.arrays import Image

JPEG_QUALITY = 80
MAX_VIEWERS = 4
BOUNDARY = "frame"
STATIC = {"live.html": "text/html; charset=utf-8", "live.css": "text/css", "live.js": "text/javascript"}


class Stream:
    """The newest image as JPEG, for several viewers. Nothing is encoded while nobody looks."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jpeg, self._number = b"", 0
        self._closed = False
        self.viewers = 0

    def enter(self) -> bool:
        """Counts a viewer, whom `leave` ends. False: there are MAX_VIEWERS already."""
        with self._changed:
            if self.viewers >= MAX_VIEWERS:
                return False
            self.viewers += 1
            return True

    def leave(self) -> None:
        """A viewer has gone."""
        with self._changed:
            self.viewers -= 1

    def show(self, image: Image) -> None:
        """(H, W, 3) RGB."""
        if not self.viewers:
            return
        good, coded = cv2.imencode(
            ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        )
        if good:
            with self._changed:
                self._jpeg, self._number = coded.tobytes(), self._number + 1
                self._changed.notify_all()

    def parts(self) -> Iterator[bytes]:
        """The images from now on as parts of a multipart answer; one that comes too late for a viewer is left out."""
        seen = self._number
        while not self._closed:
            with self._changed:
                if self._number == seen and not self._closed:
                    self._changed.wait(1.0)
                new, seen, jpeg = self._number != seen, self._number, self._jpeg
            if not new:
                yield b""  # lets the server see that the viewer has gone
                continue
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            yield head.encode() + jpeg + b"\r\n"

    def close(self) -> None:
        """Ends all viewers."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Images(StreamingResponse):
    """The images of a stream for one viewer, who is counted from the start of the answer to its end; 429 if there are
    too many."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream.parts(), media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._stream.enter():
            text = f"{MAX_VIEWERS} pages look already; close one"
            await JSONResponse({"error": text, "code": "too_many_viewers"}, 429)(scope, receive, send)
            return
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._stream.leave()


class PageScreen(NoScreen):
    """A small web server in a thread. state: what /api/live answers. Raises KasfError: the port is taken."""

    def __init__(self, options: ServeOptions, state: Callable[[], dict[str, Any]]) -> None:
        self._stream, self._pressed = Stream(), ""
        self.access = open_access(options)
        self._listener = listen(options.host, options.port)
        self.port = int(self._listener.getsockname()[1])
        config = uvicorn.Config(
            live_app(self.access, self._stream, state, self._press), log_config=None, access_log=False,
            server_header=False, lifespan="off", ws="none", limit_concurrency=50, timeout_graceful_shutdown=1,
            proxy_headers=False, loop="asyncio", http=GuardedProtocol,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="page", daemon=True
        )
        self._thread.start()

    def _press(self, key: str) -> None:
        self._pressed += key

    def show(self, image: Image) -> None:
        """(H, W, 3) RGB."""
        self._stream.show(image)

    def keys(self) -> str:
        """What was pressed on a page since the last call."""
        keys, self._pressed = self._pressed, ""
        return keys

    def close(self) -> None:
        """Ends the server."""
        self._stream.close()
        self._server.should_exit = True
        self._thread.join(timeout=5)
        self._listener.close()


def live_app(
    access: Access, stream: Stream, state: Callable[[], dict[str, Any]], press: Callable[[str], None]
) -> ASGIApp:
    """The app behind the gate of `serve`."""
    tries = Rates(0.2, 10)

    def page(request: Request) -> Response:
        name = request.path_params.get("name", "live.html")
        if name not in STATIC:
            raise ApiError(404, "not_found", "there is no such file")
        return Response((files("kasf_demo.live") / "static" / name).read_bytes(), media_type=STATIC[name])

    def images(request: Request) -> Response:
        return Images(stream)

    def figures(request: Request) -> Response:
        return JSONResponse({**state(), "csrf": access.csrf})

    def key(request: Request) -> Response:
        if request.path_params["key"] not in ("r", "q"):
            raise ApiError(404, "not_found", "there is no such key")
        press(request.path_params["key"])
        return Response(status_code=204)

    def enter(request: Request) -> Response:
        if access.token is not None and not access.is_token(request.query_params.get("token", "")):
            if not tries.allow(request.client.host if request.client else ""):
                raise ApiError(429, "too_many_tries", "too many wrong tokens; wait a minute", {"Retry-After": "60"})
            raise ApiError(401, "no_access", "this link is not valid; use the one that the terminal shows")
        answer = RedirectResponse("/", 303)
        if access.token is not None:
            answer.set_cookie(
                access.cookie_name, access.cookie, max_age=86400, httponly=True, samesite="strict", path="/"
            )
        return answer

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        return JSONResponse({"error": error.text, "code": error.code}, error.status, error.headers)

    routes = [
        Route("/", page),
        Route("/static/{name}", page),
        Route("/stream.mjpg", images),
        Route("/api/live", figures),
        Route("/api/live/keys/{key}", key, methods=["POST"]),
        Route("/enter", enter),
    ]
    return Gate(Starlette(routes=routes, exception_handlers={ApiError: refused}), access, Limits())
