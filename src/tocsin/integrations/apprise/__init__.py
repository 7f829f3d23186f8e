"""Every other service (Teams, Telegram, Mattermost, Matrix, Discord, Pushover, Signal, …), through the library Apprise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.integrations.apprise.channel import VIA, AppriseChannel
from tocsin.integrations.guard import Guard, networks
from tocsin.integrations.link import Link
from tocsin.settings import Settings


class AppriseLink:
    name = VIA
    label = "Apprise"
    abilities = frozenset({f"page:{VIA}"})
    reach: Reach | None = None

    def __init__(self, guard: Guard) -> None:
        self.channels = (AppriseChannel(guard),)

    def routes(self, house: House) -> list[BaseRoute]:
        return []

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return []

    async def aclose(self) -> None:
        return None


def connect(settings: Settings) -> Link | None:
    """The link to Apprise; None where the settings want none."""
    return AppriseLink(Guard(networks(settings.private_networks))) if settings.apprise else None
