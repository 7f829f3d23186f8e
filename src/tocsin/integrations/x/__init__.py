"""X: mentions become reports; answers and public posts go out from the organisation's account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from oauthlib import oauth1
from pydantic import SecretStr
from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.integrations.http import Outside
from tocsin.integrations.link import Link
from tocsin.integrations.x.client import Signed, XClient
from tocsin.integrations.x.door import XDoor
from tocsin.integrations.x.reach import XReach
from tocsin.settings import Settings


class XLink:
    name = "x"
    label = "X"
    abilities = frozenset({"post", "answer:x", "public:x"})
    reach: Reach | None

    def __init__(self, outside: Outside, web_url: str, poll: timedelta) -> None:
        client = XClient(outside)
        self._outside = outside
        self.reach = XReach(client, web_url)
        self.door = XDoor(client, web_url, poll)

    def routes(self, house: House) -> list[BaseRoute]:
        return []

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [partial(self.door.watch, house)]

    async def aclose(self) -> None:
        await self._outside.aclose()


def connect(settings: Settings) -> Link | None:
    """The link to X; None without an access token."""
    if settings.x_access_token is None:
        return None
    signer = oauth1.Client(
        _secret(settings.x_consumer_key),
        client_secret=_secret(settings.x_consumer_secret),
        resource_owner_key=_secret(settings.x_access_token),
        resource_owner_secret=_secret(settings.x_access_token_secret),
    )
    outside = Outside("X", settings.x_base_url, auth=Signed(signer))
    return XLink(outside, settings.x_web_url, timedelta(seconds=settings.x_poll_seconds))


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
