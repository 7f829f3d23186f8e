"""Calendars at an address, wherever people keep them: read again each hour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.acts.oncall.fetching import fetch_next
from tocsin.acts.reading import Answer
from tocsin.core.work import Reach
from tocsin.integrations.calendars.client import Reader
from tocsin.integrations.guard import EVERYWHERE, Guard, networks
from tocsin.integrations.link import Link
from tocsin.integrations.watching import watch
from tocsin.settings import Settings

POLL = timedelta(seconds=30)
"""How often it is looked whether the turn of one has come."""


class CalendarsLink:
    name = "calendars"
    label = ""
    abilities = frozenset[str]()
    reach: Reach | None = None

    def __init__(self, guard: Guard) -> None:
        self._reader = Reader(guard)

    async def read_address(self, url: str, etag: str, last_modified: str) -> Answer:
        return await self._reader.read(url, etag, last_modified)

    def routes(self, house: House) -> list[BaseRoute]:
        return []

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [partial(watch, house, "calendars", fetch_all, POLL)]

    async def aclose(self) -> None:
        await self._reader.aclose()


async def fetch_all(house: House) -> None:
    """Read each calendar whose turn has come, one after the other."""
    while await fetch_next(house):
        pass


def connect(settings: Settings) -> Link | None:
    allowed = EVERYWHERE if settings.calendars_inside else networks(settings.private_networks)
    return CalendarsLink(Guard(allowed))
