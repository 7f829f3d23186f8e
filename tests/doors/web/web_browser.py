"""A browser for the web door: the real routes on a real house, without a network."""

from __future__ import annotations

import httpx2
from starlette.applications import Starlette

from tocsin.acts import access
from tocsin.acts.house import House
from tocsin.doors import web
from tocsin.doors.web.visit import SESSION


def browser(house: House, address: str = "192.0.2.1") -> httpx2.AsyncClient:
    """A browser at that address; nobody is signed in."""
    app = Starlette(routes=web.routes(house))
    transport = httpx2.ASGITransport(app=app, client=(address, 4321))
    headers = {"Sec-Fetch-Site": "same-origin"}
    return httpx2.AsyncClient(transport=transport, base_url=house.places.base, headers=headers)


async def signed_in(house: House, client: httpx2.AsyncClient, person: str) -> None:
    session = await access.sign_in(house, await access.sign_in_link(house, person))
    client.cookies.set(SESSION, session)
