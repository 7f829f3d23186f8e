"""Text messages and calls through any provider that speaks HTTP, as the settings describe it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.channel import Channel
from tocsin.core.work import Reach
from tocsin.integrations.gateway.described import Gateway, gateways_from
from tocsin.integrations.gateway.door import look, route
from tocsin.integrations.gateway.reach import GatewayChannel
from tocsin.integrations.http import Outside
from tocsin.integrations.link import Link
from tocsin.integrations.watching import watch
from tocsin.settings import Settings


class GatewayLink:
    name = "gateway"
    reach: Reach | None = None
    channels: tuple[Channel, ...]

    def __init__(self, gateways: list[Gateway]) -> None:
        self.label = ", ".join(one.name for one in gateways)
        self._pairs = [(one, Outside(one.name, one.url)) for one in gateways]
        self.channels = tuple(GatewayChannel(one, outside) for one, outside in self._pairs)
        self.abilities = frozenset(f"page:{one.via}" for one in self.channels)

    def routes(self, house: House) -> list[BaseRoute]:
        return [route(house, one) for one, _ in self._pairs if one.secret]

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [
            partial(
                watch,
                house,
                one.name,
                partial(look, gateway=one, outside=outside),
                timedelta(seconds=one.poll.seconds),
            )
            for one, outside in self._pairs
            if one.poll
        ]

    async def aclose(self) -> None:
        for _, outside in self._pairs:
            await outside.aclose()


def connect(settings: Settings) -> Link | None:
    """The link to the gateways; None where none is described. Invalid where one can't be as described."""
    if settings.gateways is None:
        return None
    return GatewayLink(gateways_from(settings.gateways.get_secret_value()))
