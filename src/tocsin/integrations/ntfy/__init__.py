"""ntfy: pages on people's phones by way of ntfy.sh or a server of one's own, and their acknowledgements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.integrations.answering import AnswerDoor
from tocsin.integrations.guard import EVERYWHERE, Guard, networks
from tocsin.integrations.link import Link
from tocsin.integrations.ntfy.channel import VIA, NtfyChannel
from tocsin.integrations.ntfy.client import LABEL, NtfyClient
from tocsin.integrations.typed import Typed
from tocsin.settings import Settings


class NtfyLink:
    name = VIA
    label = "ntfy"
    abilities = frozenset({f"page:{VIA}"})
    reach: Reach | None = None

    def __init__(self, server: str, token: str, guard: Guard) -> None:
        # Where our own server stands is for whoever sets it to judge.
        self._own, self._typed = Typed(LABEL, Guard(EVERYWHERE)), Typed(LABEL, guard)
        self._door = AnswerDoor(VIA, any_site=True)
        self._house: House | None = None
        client = NtfyClient(self._own, self._typed, server, token)
        self.channels = (NtfyChannel(client, server, guard, self._answer),)

    def routes(self, house: House) -> list[BaseRoute]:
        self._house = house
        return [self._door.route(house)]

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return []

    async def aclose(self) -> None:
        await self._own.aclose()
        await self._typed.aclose()

    def _answer(self, ticket: str) -> str:
        """Where the button leads; "" where no door of ours is open to it."""
        return self._door.address(self._house, ticket) if self._house else ""


def connect(settings: Settings) -> Link | None:
    """The link to ntfy; None without a server."""
    if not settings.ntfy_server:
        return None
    token = settings.ntfy_token
    guard = Guard(networks(settings.private_networks))
    return NtfyLink(settings.ntfy_server.rstrip("/"), token.get_secret_value() if token else "", guard)
