"""PagerDuty: the pager of the teams that keep it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.channel import Channel
from tocsin.core.pagers import SAYS_ON_CALL
from tocsin.core.work import Reach
from tocsin.integrations.http import Outside
from tocsin.integrations.link import Link
from tocsin.integrations.pagerduty.channel import PagerDutyAlerts
from tocsin.integrations.pagerduty.client import VERSION, PagerDutyClient
from tocsin.integrations.pagerduty.door import ABILITY, NAME, PagerDutyDoor
from tocsin.integrations.pagerduty.reach import PagerDutyReach
from tocsin.settings import Settings
from tocsin.settings_checks import routing_keys


class PagerDutyLink:
    name = NAME
    label = "PagerDuty"
    reach: Reach | None

    def __init__(
        self, events: Outside, rest: Outside, keys: Mapping[str, str], schedule: str, secrets: Sequence[str]
    ) -> None:
        client = PagerDutyClient(events, rest)
        self._outsides = (events, rest)
        self.abilities = frozenset({ABILITY, *([f"{SAYS_ON_CALL}{NAME}"] if schedule else [])})
        self.reach = PagerDutyReach(client, keys)
        self.given_channels: tuple[Channel, ...] = (PagerDutyAlerts(client, keys),)
        self.door = PagerDutyDoor(client, schedule, secrets)

    def routes(self, house: House) -> list[BaseRoute]:
        return self.door.routes(house)

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [partial(self.door.watch, house)]

    async def aclose(self) -> None:
        for outside in self._outsides:
            await outside.aclose()


def connect(settings: Settings) -> Link | None:
    """The link to PagerDuty; None without a routing key. The token stands with it: the settings see to that."""
    if settings.pagerduty_routing_keys is None or settings.pagerduty_token is None:
        return None
    headers = {
        "Authorization": f"Token token={settings.pagerduty_token.get_secret_value()}",
        "Accept": VERSION,
        "Content-Type": "application/json",
    }
    rest = Outside("PagerDuty", settings.pagerduty_base_url, headers=headers)
    events = Outside("PagerDuty", settings.pagerduty_events_url)
    keys = routing_keys(settings.pagerduty_routing_keys.get_secret_value())
    given = settings.pagerduty_webhook_secrets
    secrets = given.get_secret_value().replace(",", " ").split() if given else []
    return PagerDutyLink(events, rest, keys, settings.pagerduty_schedule, secrets)
