"""Opsgenie: the pager of a team, for as long as an organisation keeps it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.channel import Channel
from tocsin.core.pagers import FOR_ALL, SAYS_ON_CALL
from tocsin.core.work import Reach
from tocsin.integrations.http import Outside
from tocsin.integrations.link import Link
from tocsin.integrations.opsgenie.channel import OpsgenieAlerts
from tocsin.integrations.opsgenie.client import OpsgenieClient
from tocsin.integrations.opsgenie.door import ABILITY, NAME, OpsgenieDoor
from tocsin.integrations.opsgenie.reach import OpsgenieReach
from tocsin.settings import Settings


class OpsgenieLink:
    name = "opsgenie"
    label = "Opsgenie"
    reach: Reach | None

    def __init__(self, outside: Outside, team: str, schedule: str, web_url: str, secret: str = "") -> None:
        """`team` is the one there whose alerts are those of all teams here; "" where only teams that say so keep Opsgenie."""
        client = OpsgenieClient(outside)
        more = {f"{FOR_ALL}{NAME}": team, f"{SAYS_ON_CALL}{NAME}": schedule}
        self.abilities = frozenset({ABILITY, *(one for one, is_set in more.items() if is_set)})
        self._outside = outside
        self.reach = OpsgenieReach(client, team, web_url)
        self.given_channels: tuple[Channel, ...] = (OpsgenieAlerts(client, team),)
        self.door = OpsgenieDoor(client, schedule, secret)

    def routes(self, house: House) -> list[BaseRoute]:
        return self.door.routes(house)

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [partial(self.door.watch, house)]

    async def aclose(self) -> None:
        await self._outside.aclose()


def connect(settings: Settings) -> Link | None:
    """The link to Opsgenie; None without a key."""
    if settings.opsgenie_key is None:
        return None
    headers = {"Authorization": f"GenieKey {settings.opsgenie_key.get_secret_value()}"}
    outside = Outside("Opsgenie", settings.opsgenie_base_url, headers=headers)
    # People look at app.opsgenie.com what api.opsgenie.com tells programs; likewise in the EU.
    web_url = settings.opsgenie_base_url.replace("://api.", "://app.", 1)
    secret = settings.opsgenie_webhook_secret
    said = secret.get_secret_value() if secret else ""
    return OpsgenieLink(outside, settings.opsgenie_team, settings.opsgenie_schedule, web_url, said)
