"""What comes in from Opsgenie: who is on call, and that whoever acknowledges the alert there has acknowledged the page here."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from tocsin.acts import cursors, incidents, looks, people
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN, AlertCreated
from tocsin.errors import TocsinError
from tocsin.integrations.opsgenie.client import Alert, OpsgenieClient
from tocsin.integrations.watching import watch

NAME: Final = "opsgenie"
ABILITY: Final = f"pager:{NAME}"
CURSOR: Final = "opsgenie/acknowledgements"
LEASE: Final = timedelta(minutes=2)
POLL: Final = timedelta(seconds=10)


log = structlog.get_logger(__name__)


class OpsgenieDoor:
    def __init__(self, client: OpsgenieClient, schedule: str = "", poll: timedelta = POLL) -> None:
        """`schedule` says who is on call; without one, the rotations here do."""
        self._client = client
        self._schedule = schedule
        self._poll = poll
        self._strangers: tuple[str, ...] = ()

    async def watch(self, house: House) -> None:
        """Look again and again until cancelled. Nothing that fails ends it; a limit of Opsgenie's is waited out."""
        await watch(house, "opsgenie", self.look, self._poll)

    async def look(self, house: House) -> None:
        """One look at the alerts that wait for somebody, and at who is on call; nothing where another node is looking.

        Raises Failed where Opsgenie does not answer.
        """
        lease = max(LEASE, house.clock.span_of(LEASE.total_seconds()))
        cursor = await cursors.take(house, CURSOR, lease)
        if cursor is None:
            return
        try:
            for row in await looks.open_incidents(house, TOCSIN):
                incident = (await looks.case(house, row.ref, TOCSIN)).incident
                made = incident.alert.outside
                if incident.is_open and not incident.alert.acknowledged_at and made and made.via == NAME:
                    await self._look_at(house, incident.ref, made)
            await self._look_who(house)
        finally:
            await cursors.leave(house, cursor, cursor.value)

    async def _look_who(self, house: House) -> None:
        """Take over who is on call. People whom Tocsin does not know are named in the log, once."""
        if not self._schedule:
            await people.forget_on_call_outside(house)
            return
        mails = await self._client.on_call(self._schedule, house.clock.now())
        await people.save_on_call_outside(house, self._schedule, mails)
        roster = await looks.roster(house)
        strangers = tuple(sorted(mail for mail in mails if roster.by_mail(mail) is None))
        if strangers and strangers != self._strangers:
            log.warning("on_call_in_opsgenie_and_unknown_here", people=strangers)
        self._strangers = strangers

    async def _look_at(self, house: House, ref: str, made: AlertCreated) -> None:
        """Take over the acknowledgement of one incident's alert, if there is one."""
        alert = await self._client.alert(made.alert, "id", house.clock.now())
        if alert is None or not alert.acknowledged:
            return
        person = (await looks.roster(house)).by_mail(alert.acknowledged_by)
        try:
            if person is None:
                await _tell_of_stranger(house, ref, alert)
            else:
                actor = Actor(person.handle, "opsgenie", person.name)
                await incidents.acknowledge_in_pager(house, actor, ref)
        except TocsinError as why:
            # It has moved on meanwhile, or ended.
            log.warning("opsgenie_acknowledgement_refused", ref=ref, why=why.message)


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
