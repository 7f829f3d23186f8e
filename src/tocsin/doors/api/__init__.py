"""Our own language over HTTP: JSON in, one act, JSON out. It parses and answers; it decides nothing."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from tocsin import __version__
from tocsin.acts.house import House
from tocsin.doors.api import (
    alerts,
    applying,
    calendars,
    contacts,
    covering,
    delegating,
    deploys,
    directory,
    handbooks,
    inbox,
    learning,
    looking,
    on_call,
    overriding,
    policies,
    procedures,
    readiness,
    reports,
    responding,
    schedules,
    verdicts,
)
from tocsin.doors.api.body import BodyLimit
from tocsin.doors.api.errors import ErrorBody, handle_errors
from tocsin.doors.api.hot import HotOnCall
from tocsin.doors.api.hot_alerts import HotAlerts
from tocsin.doors.api.schema import describe

__all__ = ["api", "blank_api"]
ROUTERS = (
    reports.router,
    responding.router,
    delegating.router,
    learning.router,
    looking.router,
    on_call.router,
    schedules.router,
    overriding.router,
    covering.router,
    calendars.router,
    applying.router,
    inbox.router,
    handbooks.router,
    directory.router,
    contacts.router,
    alerts.router,
    deploys.router,
    verdicts.router,
    policies.router,
    readiness.router,
    procedures.router,
)
WRONG = {
    400: "The body is no JSON",
    401: "No key came along, or it is not known, or was revoked",
    403: "The caller has no right to this, or it must be done by somebody else",
    404: "There is no such thing",
    409: "The thing has moved on meanwhile: look again",
    413: "The body is too large",
    422: "A field can't be taken as it is",
    503: "The database can't be reached: call again after Retry-After seconds",
}


def api(house: House) -> ASGIApp:
    """The API for a house, to be mounted at /api/v1."""
    app = blank_api()
    app.state.house = house
    return HotAlerts(HotOnCall(app, house), house)


def blank_api() -> FastAPI:
    """The API without a house: enough to describe it."""
    app = FastAPI(
        title="Tocsin",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={
            status: {"model": ErrorBody, "description": description} for status, description in WRONG.items()
        },
        generate_unique_id_function=_name,
    )
    for router in ROUTERS:
        app.include_router(router)
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    app.add_middleware(BodyLimit)
    handle_errors(app, routes)
    describe(app, routes)
    return app


def _name(route: APIRoute) -> str:
    return route.name
