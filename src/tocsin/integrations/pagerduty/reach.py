"""What goes out to PagerDuty: the incident that pages a team, its acknowledgement, and its end.

An event is accepted before it is worked on, so what came of it is asked until it shows. The key keeps a second try from making a second
incident. One that was made is no acknowledgement: the door looks for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.alert_outside import given_to, who_acknowledged, who_ended, who_gave_it, who_snoozed
from tocsin.core.facts_paging import KeptPager
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
from tocsin.integrations.alerting import GIVEN_UP, until, wait_for_thread
from tocsin.integrations.http import Failed
from tocsin.integrations.pagerduty.changes import reassigned, snoozed
from tocsin.integrations.pagerduty.client import (
    ACKNOWLEDGED,
    RESOLVED,
    TRIGGERED,
    Incident,
    PagerDutyClient,
)
from tocsin.integrations.pagerduty.events import key_of, trigger

PATIENCE: Final = timedelta(seconds=8)
"""How long one try asks what came of an event, in the machine's time; the rest of the engine's limit is for the calls."""
CLOCKS_APART: Final = timedelta(minutes=2)
"""How far PagerDuty's clock may be behind ours."""
ACTIONS: Final = {ACKNOWLEDGED: "acknowledge", RESOLVED: "resolve"}


class PagerDutyReach:
    name = "pagerduty"
    does = frozenset({ALERT_CREATE, ALERT_ACKNOWLEDGE, ALERT_SNOOZE, ALERT_ASSIGN, ALERT_CLOSE})

    def __init__(
        self, client: PagerDutyClient, keys: Mapping[str, str], patience: timedelta = PATIENCE
    ) -> None:
        """`keys` are the routing keys by the names under which teams ask for them; "" is that of all others."""
        self._client = client
        self._keys = {name.casefold(): key for name, key in keys.items()}
        self._patience = patience
        self._sent: set[str] = set()
        """The keys of the works whose event this node has sent: sent anew it would only be counted."""

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
        if later := wait_for_thread(desk, attempt):
            return later
        routing_key = self._key_for(desk.incident.kept)
        if not routing_key:
            return Refused(no_key(desk.incident.kept))
        if attempt > 1 and (known := await self._made(work, desk)):
            return self._delivered(known, work, desk)
        is_over = desk.incident.is_ended or desk.incident.alert.acknowledged_at is not None
        if work.key not in self._sent:
            if is_over and attempt == 1:
                return Delivered()  # It was never made, and nobody needs it any more.
            if not is_over:
                await self._client.send(trigger(work, desk, routing_key), desk.now)
                self._sent.add(work.key)
        made = await until(lambda: self._made(work, desk), self._patience)
        if made:
            return self._delivered(made, work, desk)
        if is_over and attempt >= GIVEN_UP:
            self._sent.discard(work.key)
            await self._client.send(action_event("resolve", routing_key, key_of(work, desk)), desk.now)
            return Delivered()
        return Later("PagerDuty has accepted the event and not made an incident of it yet")

    async def _acknowledge(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Somebody answered here; where somebody did there meanwhile, that is as good."""
        incident = await self._client.incident(work.payload["alert"], desk.now)
        if incident is None or incident.status != TRIGGERED:
            return Delivered()
        return await self._change(work, desk, incident, ACKNOWLEDGED, who_acknowledged(desk))

    async def _snooze(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        until = desk.incident.alert.snoozed_until
        if until is None:
            return Delivered()
        return await snoozed(self._client, work.payload["alert"], until, who_snoozed(desk), desk.now)

    async def _assign(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        to, by = given_to(desk), who_gave_it(desk)
        return await reassigned(self._client, work.payload["alert"], to, by, desk.now)

    async def _close(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        incident = await self._client.incident(work.payload["alert"], desk.now)
        if incident is None:
            return Refused("PagerDuty has no such incident any more")
        if incident.status == RESOLVED:
            return self._delivered(incident, work, desk)
        return await self._change(work, desk, incident, RESOLVED, who_ended(desk))

    async def _change(self, work: Work, desk: Desk, incident: Incident, status: str, user: str) -> Outcome:
        """In the person's name where PagerDuty knows them, else by an event, which is in nobody's."""
        if user and await self._client.change(incident.id, status, user, desk.now):
            return self._delivered(incident, work, desk)
        # As it was when this was planned: opened again, it may have another one.
        kept = KeptPager(self.name, work.payload.get("team", ""), work.payload.get("to", ""))
        routing_key = self._key_for(kept)
        if not routing_key:
            return Refused(no_key(kept))
        key = incident.key or key_of(work, desk)
        await self._client.send(action_event(ACTIONS[status], routing_key, key), desk.now)
        if await until(lambda: self._is(incident.id, status, desk.now), self._patience):
            return self._delivered(incident, work, desk)
        return Later(f"PagerDuty has accepted the event, and the incident is not {status} yet")

    async def _made(self, work: Work, desk: Desk) -> Incident | None:
        since = desk.incident.started_at - CLOCKS_APART
        return await self._client.by_key(key_of(work, desk), since, desk.now)

    async def _is(self, id: str, status: str, now: datetime) -> Incident | None:
        """The incident if it is so by now, or resolved, after which nothing else comes."""
        incident = await self._client.incident(id, now)
        return incident if incident and incident.status in (status, RESOLVED) else None

    def _delivered(self, incident: Incident, work: Work, desk: Desk) -> Delivered:
        self._sent.discard(work.key)
        kept = desk.incident.kept
        evidence = {"alert": incident.id, "tiny": str(incident.number), "alias": key_of(work, desk)}
        return Delivered({**evidence, "team": kept.to or kept.team, "url": incident.html_url or ""})

    def _key_for(self, kept: KeptPager) -> str:
        return routing_key_for(self._keys, kept)


def routing_key_for(keys: Mapping[str, str], kept: KeptPager) -> str:
    """By the name that the team says, or by its own, or the key of all others. `keys` are by names in small letters."""
    if kept.to:
        return keys.get(kept.to.casefold(), "")
    return keys.get(kept.team.casefold()) or keys.get("", "")


def action_event(action: str, routing_key: str, key: str) -> dict[str, object]:
    return {"routing_key": routing_key, "event_action": action, "dedup_key": key}


def no_key(kept: KeptPager) -> str:
    name = kept.to or kept.team or "all"
    return f"TOCSIN_PAGERDUTY_ROUTING_KEYS has no key for {name}: add {name}=KEY"
