"""What comes in from Opsgenie: whoever acknowledges the alert there has acknowledged the page here."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from tocsin.acts import cursors, incidents, looks
from tocsin.acts.house import House
from tocsin.core.decisions import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.people import Person
from tocsin.errors import TocsinError
from tocsin.integrations.opsgenie.alerts import alias_of
from tocsin.integrations.opsgenie.client import Alert, OpsgenieClient
from tocsin.integrations.watching import watch

ABILITY: Final = "pager:opsgenie"
CURSOR: Final = "opsgenie/acknowledgements"
LEASE: Final = timedelta(minutes=2)
POLL: Final = timedelta(seconds=10)


log = structlog.get_logger(__name__)


class OpsgenieDoor:
    def __init__(self, client: OpsgenieClient, poll: timedelta = POLL) -> None:
        self._client = client
        self._poll = poll

    async def watch(self, house: House) -> None:
        """Look again and again until cancelled. Nothing that fails ends it; a limit of Opsgenie's is waited out."""
        await watch(house, "opsgenie", self.look, self._poll)

    async def look(self, house: House) -> None:
        """One look at the alerts that wait for somebody; nothing where another node is looking. Raises Failed where Opsgenie does not answer."""
        lease = max(LEASE, house.clock.span_of(LEASE.total_seconds()))
        cursor = await cursors.take(house, CURSOR, lease)
        if cursor is None:
            return
        try:
            for row in await looks.open_incidents(house, TOCSIN):
                incident = (await looks.case(house, row.ref, TOCSIN)).incident
                if incident.is_open and not incident.alert.acknowledged_at and ABILITY in incident.abilities:
                    await self._look_at(house, incident)
        finally:
            await cursors.leave(house, cursor, cursor.value)

    async def _look_at(self, house: House, incident: Incident) -> None:
        """Take over the acknowledgement of one incident's alert, if there is one."""
        alias = alias_of(incident.ref, house.places)
        alert = await self._client.alert(alias, "alias", house.clock.now())
        if alert is None or not alert.acknowledged:
            return
        person = await _person(house, alert.acknowledged_by)
        try:
            if person is None:
                await _tell_of_stranger(house, incident.ref, alert)
            else:
                actor = Actor(person.handle, "opsgenie", person.name)
                await incidents.acknowledge(house, actor, incident.ref)
        except TocsinError as why:
            # It has moved on meanwhile, or ended.
            log.warning("opsgenie_acknowledgement_refused", ref=incident.ref, why=why.message)


async def _person(house: House, mail: str) -> Person | None:
    """Whose mail address this is; None where it is nobody's."""
    people = (await looks.roster(house)).people.values()
    return next((p for p in people if mail and p.email.casefold() == mail.casefold()), None)


async def _tell_of_stranger(house: House, ref: str, alert: Alert) -> None:
    """Somebody whom Tocsin does not know can't acknowledge here: the timeline says so, once, and the paging goes on."""
    who = alert.acknowledged_by or "somebody"
    if not await looks.event_is_new(house, "opsgenie", f"{alert.id}/{who}"):
        return
    text = (
        f"{who} acknowledged alert {alert.tiny_id} in Opsgenie. Tocsin knows nobody with that address, so it goes on "
        "paging: acknowledge here, or give the person this e-mail address."
    )
    await incidents.add_note(house, Actor("", "opsgenie", who), ref, text)
