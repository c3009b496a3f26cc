"""The OpenAPI description of the HTTP interface."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

SECURITY = {
    "csrf": {"type": "apiKey", "in": "header", "name": "X-KASF-CSRF", "description": "`csrf` of GET /api/session"},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The token of the link, if the server wants one"},
}
OPEN = ("/api/health",)


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of the app's routes, with what the gate asks for."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    found = app.openapi_schema = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    found["components"]["securitySchemes"] = SECURITY
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            writes = method not in ("get", "head")
            entered: list[dict[str, list[str]]] = [{"bearer": []}, {}]
            operation["security"] = [{"csrf": []} | way for way in entered] if writes else entered
            if path in OPEN:
                operation["security"] = []
    return found


def methods_of(app: FastAPI, path: str) -> list[str]:
    """The methods that the description has for an address; a framework's error names those of one route only."""
    found = []
    for described, methods in app.openapi()["paths"].items():
        pattern = "[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", described))
        if re.fullmatch(pattern, path):
            found += [method.upper() for method in methods]
    return sorted(found)
