"""Who calls: a key in `Authorization: Bearer` or `X-API-Key`, or somebody who is signed in on our own pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from tocsin.acts import access
from tocsin.acts.house import House
from tocsin.acts.rights import Visitor
from tocsin.core.case import Actor
from tocsin.errors import Forbidden, Invalid, Unauthenticated

SESSION_COOKIE = "tocsin_session"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Caller:
    """The house that is asked, and who asks."""

    house: House
    visitor: Visitor

    @property
    def actor(self) -> Actor:
        return Actor(self.visitor.person, "api", self.visitor.name)


class May:
    """Lets a caller in who has the right; Unauthenticated or Forbidden otherwise."""

    def __init__(self, right: str) -> None:
        self.right = right

    async def __call__(self, request: Request) -> Caller:
        house: House = request.app.state.house
        visitor = await _visitor(house, request)
        visitor.must(self.right)
        _must_be_understood(request)
        return Caller(house, visitor)


Reader = Annotated[Caller, Depends(May("read"))]
Reporter = Annotated[Caller, Depends(May("report"))]
Responder = Annotated[Caller, Depends(May("respond"))]
Admin = Annotated[Caller, Depends(May("admin"))]


def _must_be_understood(request: Request) -> None:
    """Invalid, by name, for what stands in the address and means nothing here: a wish that is passed over looks like one that was met."""
    known = list(query_names(request.scope["route"].dependant))
    if strange := [name for name in request.query_params if name not in known]:
        there = ", ".join(known) or "none"
        raise Invalid(f"{strange[0]} is unknown here; known are: {there}", field=strange[0])


def query_names(dependant: Dependant) -> Iterator[str]:
    """What a call takes in the address: each of its own, those of its models, and those of what it depends on."""
    for param in dependant.query_params:
        model = param.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (one.alias or name for name, one in model.model_fields.items())
        else:
            yield param.alias
    for one in dependant.dependencies:
        yield from query_names(one)


async def _visitor(house: House, request: Request) -> Visitor:
    key = _key(request)
    if key:
        return await access.visitor_of_key(house, key)
    visitor = await access.visitor_of_session(house, request.cookies.get(SESSION_COOKIE, ""))
    if visitor is None:
        raise Unauthenticated(
            "No key came along: send `Authorization: Bearer tocsin_…`. Make one with `tocsin key create NAME`"
        )
    if request.method not in SAFE_METHODS:
        _must_be_from_our_pages(house, request)
    return visitor


def _key(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return request.headers.get("x-api-key", "").strip()


def _must_be_from_our_pages(house: House, request: Request) -> None:
    """A browser sends the cookie along whoever's page asks for it, so a change has to come from one of ours."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "")
    ours = (house.places.base, f"{request.url.scheme}://{request.headers.get('host', '')}")
    if not (site == "same-origin" or (site is None and origin in ours)):
        raise Forbidden(
            "A change with the session's cookie has to come from Tocsin's own pages; or send a key"
        )
