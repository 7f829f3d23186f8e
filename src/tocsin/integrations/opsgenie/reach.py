"""What goes out to Opsgenie: the alert that pages a team, its acknowledgement, and its closing.

Opsgenie accepts first and works afterwards, so each request is asked after until it is processed. The alias keeps a second try from
making a second alert. A created alert is no acknowledgement: the door looks for that.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tocsin.core.alert_outside import given_to, who_acknowledged, who_ended, who_gave_it, who_snoozed
from tocsin.core.work import (
    ALERT_ACKNOWLEDGE,
    ALERT_ASSIGN,
    ALERT_CLOSE,
    ALERT_CREATE,
    ALERT_SNOOZE,
    Delivered,
    Desk,
    Later,
    Outcome,
    Refused,
    Work,
)
from tocsin.integrations.alerting import until, wait_for_thread
from tocsin.integrations.http import Failed
from tocsin.integrations.opsgenie.alerts import MARK, alert_for, alias_of
from tocsin.integrations.opsgenie.client import Alert, OpsgenieClient, Status

PATIENCE: Final = timedelta(seconds=8)
"""How long one try asks after a request, in the machine's time; the rest of the engine's limit is for the calls."""
OVER: Final = ("does not exist", "already closed", "no open alert")
"""What Opsgenie says of a closing that has nothing to close."""
SHORTEST: Final = timedelta(seconds=5)
"""Opsgenie takes no end of a silence that is nearer than seconds."""
NOBODY: Final = "none of those to whom it was given has a mail address, by which Opsgenie knows people"


class OpsgenieReach:
    name = "opsgenie"
    does = frozenset({ALERT_CREATE, ALERT_ACKNOWLEDGE, ALERT_SNOOZE, ALERT_ASSIGN, ALERT_CLOSE})

    def __init__(
        self, client: OpsgenieClient, team: str, web_url: str, patience: timedelta = PATIENCE
    ) -> None:
        """`team` is the one there of those who name none; `web_url` is where people see alerts."""
        self._client = client
        self._team = team
        self._web_url = web_url.rstrip("/")
        self._patience = patience
        self._asked: dict[str, str] = {}
        """The requests that this node still asks after, by the keys of their works: asked anew they would only be counted."""

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        ways = {
            ALERT_CREATE: self._create,
            ALERT_ACKNOWLEDGE: self._acknowledge,
            ALERT_SNOOZE: self._snooze,
            ALERT_ASSIGN: self._assign,
            ALERT_CLOSE: self._close,
        }
        try:
            return await ways[work.does](work, desk, attempt)
        except Failed as why:
            return why.outcome

    async def _create(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        alias = alias_of(desk.incident, desk.places)
        if later := wait_for_thread(desk, attempt):
            return later
        if attempt > 1:
            known = await self._client.alert(alias, "alias", desk.now)
            if known and known.details.get(MARK) == work.key:
                return self._delivered(known, alias, desk)
        request = self._asked.pop(work.key, "")
        if not request and (desk.incident.is_ended or desk.incident.alert.acknowledged_at):
            return Delivered()  # It was never made, and nobody needs it any more.
        if not request:
            request = await self._client.create(alert_for(work, desk, self._team_for(desk)), desk.now)
        status = await self._processed(request, desk.now)
        if status is None:
            self._asked[work.key] = request
            return Later("Opsgenie has accepted the alert and not made it yet")
        if not status.is_success:
            return Refused(f"Opsgenie did not make the alert: {status.status or 'it does not say why'}")
        alert = await self._client.alert(status.alert_id, "id", desk.now)
        return self._delivered(alert or Alert(status.alert_id), alias, desk)

    async def _acknowledge(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Somebody answered here, or there: then it is acknowledged already, which is as good."""
        who = desk.roster.name(desk.incident.alert.acknowledged_by)
        note = f"{who} has acknowledged {desk.incident.ref} in Tocsin"
        user = who_acknowledged(desk)
        request = await self._client.acknowledge(work.payload["alert"], note, user, desk.now)
        if await self._processed(request, desk.now) is None:
            return Later("Opsgenie has accepted the acknowledgement and not done it yet")
        return Delivered()

    async def _snooze(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        until = desk.incident.alert.snoozed_until
        if until is None or until - desk.now < SHORTEST:
            return Delivered()
        note = f"Nobody is to be paged for {desk.incident.ref} until {until:%Y-%m-%d %H:%M} UTC"
        request = await self._client.snooze(work.payload["alert"], until, note, who_snoozed(desk), desk.now)
        return await self._done(request, desk.now)

    async def _assign(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Opsgenie knows one owner: the first of those whom it pages now."""
        owners = given_to(desk)
        if not owners:
            return Refused(NOBODY)
        note = f"{desk.incident.ref} was given to {', '.join(owners)} in Tocsin"
        request = await self._client.assign(
            work.payload["alert"], owners[0], note, who_gave_it(desk), desk.now
        )
        return await self._done(request, desk.now)

    async def _done(self, request: str, now: datetime) -> Outcome:
        status = await self._processed(request, now)
        if status is None:
            return Later("Opsgenie has accepted it and not done it yet")
        if not status.is_success and not any(word in status.status.lower() for word in OVER):
            return Refused(f"Opsgenie did not do it: {status.status or 'it does not say why'}")
        return Delivered()

    async def _close(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        alias = alias_of(desk.incident, desk.places)
        id = work.payload.get("alert", "")
        note = f"{desk.incident.ref} is {desk.incident.status}: {desk.places.incident(desk.incident.ref)}"
        kind, user = "id" if id else "alias", who_ended(desk)
        request = await self._client.close(id or alias, kind, note, user, desk.now)
        status = await self._processed(request, desk.now)
        if status is None:
            return Later("Opsgenie has accepted the closing and not done it yet")
        if not status.is_success and not any(word in status.status.lower() for word in OVER):
            return Refused(f"Opsgenie did not close the alert: {status.status or 'it does not say why'}")
        closed = id or status.alert_id
        return Delivered({"alert": closed, "alias": alias, "url": self._url(closed) if closed else ""})

    async def _processed(self, request: str, now: datetime) -> Status | None:
        """What became of a request; None where our patience ended first."""
        return await until(lambda: self._client.status(request, now), self._patience)

    def _team_for(self, desk: Desk) -> str:
        """What the team is called there: as it says, else as the settings say, else as it is called here."""
        kept = desk.incident.kept
        return kept.to or self._team or kept.team

    def _delivered(self, alert: Alert, alias: str, desk: Desk) -> Delivered:
        team = self._team_for(desk)
        evidence = {"alert": alert.id, "tiny": alert.tiny_id, "alias": alias, "team": team}
        return Delivered({**evidence, "url": self._url(alert.id)})

    def _url(self, id: str) -> str:
        return f"{self._web_url}/alert/detail/{id}/details"
