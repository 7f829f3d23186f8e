"""Webhooks: pages as signed JSON at an address of a person's own, or of whatever an escalation names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.integrations.answering import AnswerDoor
from tocsin.integrations.guard import Guard, networks
from tocsin.integrations.link import Link
from tocsin.integrations.typed import Typed
from tocsin.integrations.webhook.channel import LABEL, VIA, WebhookChannel
from tocsin.settings import Settings


class WebhookLink:
    name = VIA
    label = "webhooks"
    abilities = frozenset({f"page:{VIA}"})
    reach: Reach | None = None

    def __init__(self, guard: Guard) -> None:
        self._typed = Typed(LABEL, guard, only_https=True)
        self._door = AnswerDoor(VIA)
        self._house: House | None = None
        self.channels = (WebhookChannel(self._typed, guard, self._answer),)

    def routes(self, house: House) -> list[BaseRoute]:
        self._house = house
        return [self._door.route(house)]

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return []

    async def aclose(self) -> None:
        await self._typed.aclose()

    def _answer(self, ticket: str) -> str:
        """Where a receiver acknowledges; "" where no door of ours is open to it."""
        return self._door.address(self._house, ticket) if self._house else ""


def connect(settings: Settings) -> Link | None:
    """The link to webhooks; None where the settings want none."""
    return WebhookLink(Guard(networks(settings.private_networks))) if settings.webhooks else None
