"""A dead man's switch outside: pinged each minute for as long as synthetic pages come to their end, so that silence alarms somebody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

import structlog
from starlette.routing import BaseRoute

from tocsin.acts.alerting.synthetic import EACH, is_alive
from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.integrations.http import Failed, Outside
from tocsin.integrations.link import Link
from tocsin.settings import Settings

log = structlog.get_logger()


class DeadManLink:
    name = "deadman"
    label = ""
    abilities: frozenset[str] = frozenset()
    reach: Reach | None = None

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._outside = Outside("The dead man's switch", f"{parts.scheme}://{parts.netloc}")
        self._path = parts.path + (f"?{parts.query}" if parts.query else "")

    def routes(self, house: House) -> list[BaseRoute]:
        return []

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [partial(self.watch, house)]

    async def watch(self, house: House) -> None:
        while True:
            await self.ping(house)
            await asyncio.sleep(house.clock.real_seconds(EACH))

    async def ping(self, house: House) -> bool:
        """Ping where the chain works; whether it was taken. Where it does not, silence is the message."""
        if not await is_alive(house):
            log.error("no synthetic page came to its end lately: the dead man's switch is not pinged")
            return False
        try:
            await self._outside.fetch("GET", self._path, now=house.clock.now())
        except Failed as why:
            log.warning("the dead man's switch was not reached", why=str(why))
            return False
        return True

    async def aclose(self) -> None:
        await self._outside.aclose()


def connect(settings: Settings) -> Link | None:
    """The link to the switch; None where the settings name none."""
    if settings.dead_mans_switch is None:
        return None
    return DeadManLink(settings.dead_mans_switch.get_secret_value())
