"""Alerts of their own that a team keeps in PagerDuty: each is an incident there, acknowledged and resolved. What came of it the door asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from tocsin.core.alerting.outside import alias_of, there
from tocsin.core.channel import GIVEN, PAGED, Can, Field, Message
from tocsin.core.facts_paging import KeptPager
from tocsin.core.words import shortened
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.errors import Invalid
from tocsin.integrations.alerting import GIVEN_UP, until
from tocsin.integrations.http import Failed
from tocsin.integrations.pagerduty.changes import reassigned, snoozed
from tocsin.integrations.pagerduty.client import (
    ACKNOWLEDGED,
    RESOLVED,
    TRIGGERED,
    Incident,
    PagerDutyClient,
)
from tocsin.integrations.pagerduty.events import LONGEST_DESCRIPTION, LONGEST_KEY, LONGEST_SUMMARY
from tocsin.integrations.pagerduty.reach import (
    ACTIONS,
    CLOCKS_APART,
    PATIENCE,
    action_event,
    no_key,
    routing_key_for,
)

SEVERITIES: Final = {"P1": "critical", "P2": "error", "P3": "warning"}
TRIED_WITHIN: Final = timedelta(hours=1)
"""So long ago an earlier try of the same message may have been."""


class PagerDutyAlerts:
    """To the service of a team, as `there` reads the place. Its people answer in PagerDuty."""

    via = "pagerduty"
    label = "PagerDuty"
    can = Can(answers=True, settles=True)
    fields: tuple[Field, ...] = ()

    def __init__(
        self, client: PagerDutyClient, keys: Mapping[str, str], patience: timedelta = PATIENCE
    ) -> None:
        self._client = client
        self._keys = {name.casefold(): key for name, key in keys.items()}
        self._patience = patience

    def address(self, given: Mapping[str, str]) -> str:
        raise Invalid("Which pager a team keeps is said where the team is")

    def shown(self, address: str) -> str:
        place = there(address)
        return place.to or place.team

    async def send(self, message: Message, attempt: int) -> Outcome:
        kept = self._kept(message)
        routing_key = routing_key_for(self._keys, kept)
        if not routing_key:
            return Refused(no_key(kept))
        try:
            if message.purpose == PAGED:
                return await self._create(message, attempt, routing_key)
            return await self._settle(message, attempt, routing_key)
        except Failed as why:
            return why.outcome

    async def _create(self, message: Message, attempt: int, routing_key: str) -> Outcome:
        """One key, one incident: an event that is sent again is only counted."""
        made = await self._made(message) if attempt > 1 else None
        if made is None:
            await self._client.send(_trigger(message, routing_key), message.now)
            made = await until(lambda: self._made(message), self._patience)
        if made is None:
            return Later("PagerDuty has accepted the event and not made an incident of it yet")
        return Delivered({"message": made.id})

    async def _settle(self, message: Message, attempt: int, routing_key: str) -> Outcome:
        """Acknowledge or resolve it: in the person's name where PagerDuty knows them, else by an event. Or what only users there can do."""
        status = RESOLVED if message.is_over else ACKNOWLEDGED
        made = (
            await self._client.incident(message.of, message.now) if message.of else await self._made(message)
        )
        if made is None:
            is_lost = bool(message.of) or attempt >= GIVEN_UP
            return Delivered() if is_lost else Later("PagerDuty has not made an incident of it yet")
        if message.purpose == GIVEN:
            return await reassigned(self._client, made.id, message.given_to, message.by, message.now)
        if message.snoozed_until:
            return await snoozed(self._client, made.id, message.snoozed_until, message.by, message.now)
        if made.status == RESOLVED or (status == ACKNOWLEDGED and made.status != TRIGGERED):
            return Delivered({"message": made.id})
        if message.by and await self._client.change(made.id, status, message.by, message.now):
            return Delivered({"message": made.id})
        event = action_event(ACTIONS[status], routing_key, made.key or alias_of(message.link, LONGEST_KEY))
        await self._client.send(event, message.now)
        id = made.id
        if await until(lambda: self._is(id, status, message), self._patience):
            return Delivered({"message": id})
        return Later(f"PagerDuty has accepted the event, and the incident is not {status} yet")

    async def _made(self, message: Message) -> Incident | None:
        since = message.now - TRIED_WITHIN - CLOCKS_APART
        return await self._client.by_key(alias_of(message.link, LONGEST_KEY), since, message.now)

    async def _is(self, id: str, status: str, message: Message) -> Incident | None:
        found = await self._client.incident(id, message.now)
        return found if found and found.status in (status, RESOLVED) else None

    def _kept(self, message: Message) -> KeptPager:
        place = there(message.to)
        return KeptPager(self.via, place.team, place.to)


def _trigger(message: Message, routing_key: str) -> dict[str, object]:
    return {
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": alias_of(message.link, LONGEST_KEY),
        "client": "Tocsin",
        "client_url": message.link,
        "links": [{"href": message.link, "text": "The alert in Tocsin"}],
        "payload": {
            "summary": shortened(message.subject, LONGEST_SUMMARY),
            "source": message.link.rpartition("://")[2].partition("/")[0] or "tocsin",
            "severity": SEVERITIES.get(message.priority, "info"),
            "timestamp": message.now.isoformat(),
            "custom_details": {
                "description": shortened(message.text, LONGEST_DESCRIPTION),
                "alert": message.link,
            },
        },
    }
