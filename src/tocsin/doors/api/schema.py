"""The API's description of itself (OpenAPI), with the right that each call asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from tocsin.doors.api.caller import SESSION_COOKIE, May

DESCRIPTION = """
Send a key as `Authorization: Bearer tocsin_…` (or `X-API-Key`). Times are UTC in ISO 8601, with a Z; null means that it has
not happened. Every error is `{"error", "message", "field"}`.
"""
SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key from `tocsin key create NAME`."},
    "key_header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
}


def describe(app: FastAPI, routes: Sequence[APIRoute]) -> None:
    """Have openapi.json say all that there is to know."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _described(app, routes)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def right_of(route: APIRoute) -> str:
    """The right that a caller of this route needs."""
    return next(one.call.right for one in route.dependant.dependencies if isinstance(one.call, May))


def _described(app: FastAPI, routes: Sequence[APIRoute]) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION.strip(),
        routes=app.routes,
        servers=[{"url": "/api/v1"}],
    )
    schema.setdefault("components", {})["securitySchemes"] = SCHEMES
    schema["security"] = [{name: []} for name in SCHEMES]
    rights = {route.name: right_of(route) for route in routes}
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["x-right"] = rights[operation["operationId"]]
    return schema
