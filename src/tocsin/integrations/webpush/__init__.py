"""Web Push: pages in people's browsers, on a desk or a phone, without any app and without a relay of ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.errors import Invalid
from tocsin.integrations.guard import Guard, networks
from tocsin.integrations.link import Link
from tocsin.integrations.typed import Typed
from tocsin.integrations.webpush.channel import WebPushChannel
from tocsin.integrations.webpush.crypto import BadKey
from tocsin.integrations.webpush.door import VIA, PushDoor
from tocsin.settings import Settings


class WebPushLink:
    name = VIA
    label = "Web Push"
    abilities = frozenset({f"page:{VIA}"})
    reach: Reach | None = None

    def __init__(self, contact: str, key: str, guard: Guard) -> None:
        self._typed = Typed("The push service", guard, only_https=True)
        self._door = PushDoor()
        self.channel = WebPushChannel(self._typed, guard, self._door, contact, key)
        self.channels = (self.channel,)

    def routes(self, house: House) -> list[BaseRoute]:
        self.channel.house = house
        return self._door.routes(house, self.channel.public_key)

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return []

    async def aclose(self) -> None:
        await self._typed.aclose()


def connect(settings: Settings) -> Link | None:
    """The link to browsers; None where nobody is named whom push services may write to. Invalid if the key is none."""
    if not settings.webpush_contact:
        return None
    key = settings.webpush_key
    try:
        guard = Guard(networks(settings.private_networks))
        return WebPushLink(settings.webpush_contact, key.get_secret_value() if key else "", guard)
    except BadKey as why:
        raise Invalid(f"TOCSIN_WEBPUSH_KEY is not {why}", field="TOCSIN_WEBPUSH_KEY") from why
