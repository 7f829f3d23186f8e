"""One request at the web door: who visits, what they typed, and how a page is answered."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tocsin.acts.house import House
from tocsin.acts.rights import Visitor
from tocsin.core.case import Actor
from tocsin.doors.web.forms import Form
from tocsin.errors import Invalid, NotFound, Unauthenticated

SESSION: Final = "tocsin_session"
SAID: Final = "tocsin_said"
LONGEST_FORM: Final = 2_000_000
NAME: Final = re.compile(r"[\w.@+-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Web:
    """What all pages share."""

    house: House
    templates: Environment
    assets: dict[str, str]

    @property
    def is_https(self) -> bool:
        return self.house.places.base.startswith("https://")


class Visit:
    """A request with its visitor (None: nobody is signed in) and, once read, its form."""

    def __init__(self, web: Web, request: Request) -> None:
        self.web = web
        self.house = web.house
        self.request = request
        self.visitor: Visitor | None = None
        self.form = Form({})
        self.waiting = 0
        """How many messages wait in the inbox, for the navigation."""

    @property
    def me(self) -> Visitor:
        if self.visitor is None:
            raise Unauthenticated("Nobody is signed in. Sign in first")
        return self.visitor

    @property
    def actor(self) -> Actor:
        return Actor(self.me.person, "web", self.me.name)

    @property
    def path(self) -> str:
        """Where this is, to come back to after signing in."""
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")

    def name(self, part: str) -> str:
        """A part of the address that names something. NotFound if nothing could be called that."""
        value: str = self.request.path_params[part]
        if not NAME.fullmatch(value):
            raise NotFound("There is nothing at this address. Check the link")
        return value

    async def read_form(self) -> None:
        """Read what was typed. Invalid if it is more than any form of ours holds."""
        body = bytearray()
        async for chunk in self.request.stream():
            body += chunk
            if len(body) > LONGEST_FORM:
                raise Invalid(f"That is more than {LONGEST_FORM:,} bytes; shorten it and send it again")
        try:
            values = parse_qs(
                body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=500, errors="replace"
            )
        except ValueError as why:
            raise Invalid("That form has more fields than any of ours") from why
        self.form = Form(values)

    def typed(self) -> list[tuple[str, str]]:
        """What was typed into the form, to show it where the form itself can't be shown again."""
        return self.form.shown()

    def page(self, template: str, *, status: int = 200, state: str = "", **context: Any) -> Response:
        """A rendered page; `state` changes when what it shows has changed."""
        said = _decoded(self.request.cookies.get(SAID, ""))
        html = self.web.templates.get_template(template).render(
            visitor=self.visitor,
            now_at=self.house.clock.now(),
            path=self.request.url.path,
            asset=self.web.assets,
            flash=said,
            inbox_count=self.waiting,
            state=state,
            **context,
        )
        response = HTMLResponse(html, status)
        if state:
            response.headers["ETag"] = f'"{state}"'
        if said and self.request.method != "HEAD":
            response.delete_cookie(SAID, path="/", httponly=True, samesite="lax", secure=self.web.is_https)
        return response

    def went_well(self, to: str, message: str = "") -> Response:
        """Go on to another page, which says what was done."""
        response = RedirectResponse(to, 303)
        if message:
            self.set_cookie(response, SAID, _encoded(message), 60)
        return response

    def set_cookie(self, response: Response, name: str, value: str, max_age: int) -> None:
        response.set_cookie(
            name, value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=self.web.is_https
        )


def local_path(wanted: str) -> str:
    """A place of ours to go on to; the front page for anything that leads elsewhere."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours and "\\" not in wanted else "/"


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text[:500].encode()).decode().rstrip("=")


def _decoded(value: str) -> str:
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
