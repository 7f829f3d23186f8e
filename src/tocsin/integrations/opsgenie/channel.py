"""Alerts of their own that a team keeps in Opsgenie: each is made there, acknowledged and closed. What came of it is asked by the door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.alerting.outside import alias_of, there
from tocsin.core.channel import GIVEN, PAGED, Can, Field, Message
from tocsin.core.words import shortened
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.errors import Invalid
from tocsin.integrations.alerting import GIVEN_UP, until
from tocsin.integrations.http import Failed
from tocsin.integrations.opsgenie.alerts import LONGEST_ALIAS, LONGEST_DESCRIPTION, LONGEST_MESSAGE, MARK
from tocsin.integrations.opsgenie.client import OpsgenieClient, Status
from tocsin.integrations.opsgenie.reach import NOBODY, SHORTEST

PATIENCE: Final = timedelta(seconds=8)
OVER: Final = ("does not exist", "already closed", "already acknowledged", "no open alert")
"""What Opsgenie says of what it need not do."""


class OpsgenieAlerts:
    """To a team there, as `there` reads the place. Its people answer in Opsgenie."""

    via = "opsgenie"
    label = "Opsgenie"
    can = Can(answers=True, settles=True)
    fields: tuple[Field, ...] = ()

    def __init__(self, client: OpsgenieClient, team: str, patience: timedelta = PATIENCE) -> None:
        """`team` is the one there of those who name none."""
        self._client = client
        self._team = team
        self._patience = patience
        self._asked: dict[str, str] = {}
        """The requests that this node still asks after: asked anew they would only be counted."""

    def address(self, given: Mapping[str, str]) -> str:
        raise Invalid("Which pager a team keeps is said where the team is")

    def shown(self, address: str) -> str:
        place = there(address)
        return place.to or self._team or place.team

    async def send(self, message: Message, attempt: int) -> Outcome:
        try:
            if message.purpose == PAGED:
                return await self._create(message, attempt)
            return await self._settle(message, attempt)
        except Failed as why:
            return why.outcome

    async def _create(self, message: Message, attempt: int) -> Outcome:
        alias = alias_of(message.link, LONGEST_ALIAS)
        if attempt > 1:
            known = await self._client.alert(alias, "alias", message.now)
            if known and known.details.get(MARK) == message.key:
                return Delivered({"message": known.id})
        request = self._asked.pop(message.key, "")
        if not request:
            request = await self._client.create(self._alert(message, alias), message.now)
        status = await self._processed(request, message.now)
        if status is None:
            self._asked[message.key] = request
            return Later("Opsgenie has accepted the alert and not made it yet")
        if not status.is_success:
            return Refused(f"Opsgenie did not make the alert: {status.status or 'it does not say why'}")
        return Delivered({"message": status.alert_id})

    async def _settle(self, message: Message, attempt: int) -> Outcome:
        """Acknowledge, snooze, assign or close it, in the person's name. Where somebody did so there, that is as good."""
        if message.snoozed_until and message.snoozed_until - message.now < SHORTEST:
            return Delivered({"message": message.of})
        if message.purpose == GIVEN and not message.given_to:
            return Refused(NOBODY)
        id = message.of
        if not id:
            made = await self._client.alert(alias_of(message.link, LONGEST_ALIAS), "alias", message.now)
            if made is None:
                return Delivered() if attempt >= GIVEN_UP else Later("Opsgenie has not made its alert yet")
            id = made.id
        note = f"{message.short} {message.link}"
        if message.purpose == GIVEN:
            owner = message.given_to[0]
            request = await self._client.assign(id, owner, note, message.by, message.now)
        elif message.is_over:
            request = await self._client.close(id, "id", note, message.by, message.now)
        elif message.snoozed_until:
            until = message.snoozed_until
            request = await self._client.snooze(id, until, note, message.by, message.now)
        else:
            request = await self._client.acknowledge(id, note, message.by, message.now)
        status = await self._processed(request, message.now)
        if status is None:
            return Later("Opsgenie has accepted it and not done it yet")
        if not status.is_success and not any(word in status.status.lower() for word in OVER):
            return Refused(f"Opsgenie did not do it: {status.status or 'it does not say why'}")
        return Delivered({"message": id})

    def _alert(self, message: Message, alias: str) -> dict[str, object]:
        place = there(message.to)
        team = place.to or self._team or place.team
        return {
            "message": shortened(message.subject, LONGEST_MESSAGE),
            "alias": alias,
            "description": shortened(f"{message.link}\n\n{message.text}", LONGEST_DESCRIPTION),
            "responders": [{"type": "team", "name": team}],
            "tags": ["tocsin"],
            "details": {MARK: message.key, "alert": message.link},
            "entity": place.ref,
            "source": "Tocsin",
            "priority": message.priority,
        }

    async def _processed(self, request: str, now: datetime) -> Status | None:
        """What became of a request; None where our patience ended first."""
        return await until(lambda: self._client.status(request, now), self._patience)
