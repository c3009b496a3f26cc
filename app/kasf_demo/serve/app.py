"""The HTTP interface as one ASGI app: routes, errors, static files, the description."""

from __future__ import annotations

import logging
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.types import ASGIApp

from kasf_demo.errors import KasfError
from kasf_demo.serve import routes_clips, routes_jobs, routes_results, routes_session
from kasf_demo.serve.errors import ApiError, from_kasf
from kasf_demo.serve.gate import MAX_BODY, Gate
from kasf_demo.serve.openapi import describe, methods_of
from kasf_demo.serve.rates import Rates
from kasf_demo.serve.schemas import Error
from kasf_demo.serve.service import Service

LOG = logging.getLogger("kasf_demo.serve")
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
         ".json": "application/json", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
         ".webmanifest": "application/manifest+json"}  # fmt: skip
DESCRIPTION = """The interface behind the pages of `kasf-demo serve`, for programs too. Times are in seconds, sizes in
bytes, pixels are those of the upright clip. Writing requests carry the header `X-KASF-CSRF` with the token of
`GET /api/session`; a server that is open to the network also wants `Authorization: Bearer TOKEN`, with the token of the
link that it prints. Errors are `{"error": "one line with the remedy", "code": "short_name"}`."""
EVERYWHERE: dict[int | str, dict[str, Any]] = {
    code: {"model": Error, "description": text}
    for code, text in (
        (401, "No access token"),
        (403, "Wrong Host or origin, or no CSRF token"),
        (429, "Too many requests"),
    )
}


def create_app(service: Service) -> ASGIApp:
    """The app behind its gate."""
    app = bare_app()
    app.state.service = service
    app.state.tries = Rates(0.2, 10)
    return Gate(app, service.access, service.options.limits)


def bare_app() -> FastAPI:
    """The routes without a service, for the description."""
    app = FastAPI(
        title="kasf-demo serve", version=version("kasf-demo"), description=DESCRIPTION, docs_url=None, redoc_url=None,
        openapi_url="/openapi.json", responses=EVERYWHERE, separate_input_output_schemas=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )  # fmt: skip
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    for part in (routes_session, routes_clips, routes_jobs, routes_results):
        app.include_router(part.router, prefix="/api")
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(KasfError, _kasf_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _bug)
    app.add_api_route("/enter", _enter, include_in_schema=False)
    app.add_api_route("/", _static, include_in_schema=False)
    app.add_api_route("/favicon.ico", _favicon, include_in_schema=False)
    app.add_api_route("/static/{name:path}", _static, include_in_schema=False)
    return app


def _answer(error: ApiError) -> JSONResponse:
    return JSONResponse({"error": error.text, "code": error.code}, error.status, error.headers)


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return _answer(error)


async def _kasf_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, KasfError)
    LOG.error("%s", error)  # with the path, which the client does not get
    return _answer(from_kasf(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first.get("loc", ())[1:])
    text = f"{where or 'the request'}: {first.get('msg', 'not valid')}; see /openapi.json"
    return _answer(ApiError(422, "invalid", text))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = {
        400: ("invalid", "the body of the request is not JSON in UTF-8"),
        404: ("not_found", "there is no such page"),
        408: ("too_slow", "the request did not come in time; send it again"),
        405: ("wrong_method", "this address takes another method"),
        413: ("too_large", f"the request is larger than {MAX_BODY} bytes"),
    }
    code, text = known.get(error.status_code, ("failed", str(error.detail)))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(methods_of(request.app, request.url.path)) or headers.get("Allow", "GET")
    return _answer(ApiError(error.status_code, code, text, headers))


async def _bug(request: Request, error: Exception) -> Response:
    return _answer(ApiError(500, "bug", "a bug in kasf-demo; the server's terminal shows it, please report it"))


def _static_folder() -> Path:
    return Path(str(files("kasf_demo.serve") / "static"))


def _static_files() -> dict[str, Path]:
    """The app's files by name; the only ones that can be asked for."""
    folder = _static_folder()
    found = (p for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink() and p.suffix in TYPES)
    return {p.relative_to(folder).as_posix(): p for p in found}


def _static(name: str = "index.html") -> Response:
    path = _static_files().get(name)
    if path is None:
        raise ApiError(404, "not_found", "there is no such file")
    return FileResponse(path, media_type=TYPES[path.suffix], headers={"Cache-Control": "no-cache"})


def _favicon() -> Response:
    return _static("favicon.svg") if "favicon.svg" in _static_files() else Response(status_code=204)


def _by_https(request: Request) -> bool:
    """Whether the browser uses HTTPS, to a proxy in front. A client that claims it only restricts its own cookie."""
    headers = request.headers
    proxied = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower() == "https"
    return proxied or headers.get("origin", "").startswith("https://") or request.url.scheme == "https"


def _enter(request: Request, token: str = "") -> Response:
    """The link of the terminal: sets the cookie, and leads to the app without the token in the address."""
    service: Service = request.app.state.service
    address = request.client.host if request.client else ""
    if service.access.token is not None and not service.access.is_token(token):
        if not request.app.state.tries.allow(address):
            raise ApiError(429, "too_many_tries", "too many wrong tokens; wait a minute", {"Retry-After": "60"})
        raise ApiError(401, "no_access", "this link is not valid (any more); use the one that the server prints now")
    answer = RedirectResponse("/", 303)
    if service.access.token is not None:
        answer.set_cookie(
            service.access.cookie_name, service.access.cookie, max_age=30 * 86400, httponly=True, samesite="strict",
            secure=_by_https(request), path="/",
        )  # fmt: skip
    return answer
