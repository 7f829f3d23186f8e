"""Webhooks: pages as signed JSON at an address of a person's own, or of whatever an escalation names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.errors import Invalid
from tocsin.integrations.answering import AnswerDoor
from tocsin.integrations.guard import Guard, networks
from tocsin.integrations.link import Link
from tocsin.integrations.typed import Typed
from tocsin.integrations.webhook.channel import LABEL, VIA, PolicyWebhooks, WebhookChannel
from tocsin.integrations.webhook.signing import secrets_from
from tocsin.settings import Settings


class WebhookLink:
    name = VIA
    label = "webhooks"
    reach: Reach | None = None

    def __init__(self, guard: Guard, *, for_people: bool = True, secrets: tuple[str, ...] = ()) -> None:
        self._typed = Typed(LABEL, guard, only_https=True)
        self._door = AnswerDoor(VIA)
        self._house: House | None = None
        self.channels = (WebhookChannel(self._typed, guard, self._answer),) if for_people else ()
        self.given_channels = (PolicyWebhooks(self._typed, guard, secrets),) if secrets else ()
        self.abilities = frozenset({f"page:{VIA}"} if for_people else ())

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
    """The link to webhooks; None where the settings want none. Invalid for secrets that are none."""
    secrets: tuple[str, ...] = ()
    if settings.webhook_secrets:
        try:
            secrets = secrets_from(settings.webhook_secrets.get_secret_value())
        except ValueError as why:
            raise Invalid(
                f"TOCSIN_WEBHOOK_SECRETS can't be used: {why}. Write one secret as `openssl rand -base64 32` gives it, or two with a comma"
            ) from why
    if not settings.webhooks and not secrets:
        return None
    return WebhookLink(
        Guard(networks(settings.private_networks)), for_people=settings.webhooks, secrets=secrets
    )
