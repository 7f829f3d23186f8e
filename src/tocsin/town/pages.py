"""Renders the town's pages. Templates loop and show; whatever needs thought is done before they are called."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response


class Pages:
    """The template environment, and the style sheet that all pages share."""

    def __init__(self) -> None:
        self._env = Environment(
            loader=PackageLoader("tocsin.town", "templates"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.filters["clock"] = clock_time
        self._env.filters["iso"] = lambda at: at.astimezone(UTC).isoformat()
        self._css = resources.files("tocsin.town").joinpath("templates/town.css").read_text()

    def show(self, template: str, request: Request, status: int = 200, **values: Any) -> Response:
        page = self._env.get_template(template)
        here = request.url.path
        return HTMLResponse(page.render(css=self._css, here=here, **values), status_code=status)


def clock_time(at: datetime) -> str:
    """`14:05 UTC`, enough for what happened today; the full instant stands in the datetime attribute."""
    return at.astimezone(UTC).strftime("%H:%M:%S")
