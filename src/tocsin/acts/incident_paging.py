"""What people do about whom an incident pages, and what they see of it: the same as of alerts, in the facts of the incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.acts.escalation_look import look_at
from tocsin.acts.house import House
from tocsin.acts.looks import View, case
from tocsin.acts.policies import known_names, policy_for
from tocsin.acts.process import change
from tocsin.core import decisions_paging
from tocsin.core.case import Actor, Case
from tocsin.core.due_paging import RosterLook, escalation_of, pages
from tocsin.core.escalation import events as e
from tocsin.core.escalation.explain import Line, coming, history
from tocsin.core.escalation.policy import POLICY, SCHEDULE, Stamped
from tocsin.core.escalation.written import targets_of
from tocsin.core.facts import What
from tocsin.core.incident import Incident
from tocsin.errors import Invalid
from tocsin.store import incidents as rows
from tocsin.store import works as work_rows
from tocsin.store.works import PageSent


@dataclass(frozen=True, slots=True)
class Paging:
    """An incident's escalation in words: what was done and why, what comes next and when where nobody does anything; and its messages."""

    incident: Incident
    told: list[Line]
    coming: list[Line]
    sent: list[PageSent]

    @property
    def policy(self) -> str:
        """The policy that it goes by; "" for the steps of a time when they had no names."""
        return self.incident.alert.stamped.policy


async def paging(house: House, ref: str, viewer: str) -> Paging:
    """How it stands. NotFound if there is no incident of that ref that the viewer may know of."""
    return await paging_of(house, await case(house, ref, viewer))


async def paging_of(house: House, view: View) -> Paging:
    """The same of an incident that was looked at."""
    incident = view.incident
    look = await _look(house, incident, view.now)
    name = look.roster.name
    found = coming(escalation_of(incident, view.handbook), look, view.now, name) if pages(incident) else []
    told = [one for one in incident.alert.happened if not isinstance(one.event, e.Closed)]
    async with house.pool.acquire() as conn:
        sent = await work_rows.pages_of(conn, rows.number_of(incident.ref))
    return Paging(incident, history(told, name), found, sent)


async def unacknowledge(house: House, actor: Actor, ref: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions_paging.unacknowledge(case, actor))


async def snooze_pages(house: House, actor: Actor, ref: str, until: datetime) -> Incident:
    """Nobody is paged until then."""
    return await change(house, ref, actor, lambda case: decisions_paging.snooze_pages(case, actor, until))


async def reassign(house: House, actor: Actor, ref: str, to: Sequence[str]) -> Incident:
    """To people, teams and schedules, whom the policy follows where they do not answer; or to one other policy, which replaces it."""
    targets = targets_of(list(to), "to", await known_names(house))
    replaced: Stamped | None = None
    if any(one.kind == POLICY for one in targets):
        if len(targets) > 1:
            raise Invalid("A policy takes the whole incident: name that one alone", field="to")
        async with house.pool.acquire() as conn:
            replaced = await policy_for(house, conn, targets[0].name)

    def decide(case: Case) -> list[What]:
        return decisions_paging.reassign(case, actor, targets, replaced)

    return await change(house, ref, actor, decide, knows_all=True)


async def people_of_schedules(house: House, to: Sequence[str]) -> tuple[str, ...]:
    """The same with `schedule:ID` and `schedule:ID/next` as the people whom they mean now; one that is nobody stays as it is written."""
    schedules = [one for one in to if one.startswith(f"{SCHEDULE}:")]
    if not schedules:
        return tuple(to)
    targets = targets_of(schedules, "to", await known_names(house))
    async with house.pool.acquire() as conn:
        now = house.clock.now()
        look = await look_at(house, conn, now)
    people = {
        said: tuple(f"person:{handle}" for handle in look.people(target, now)) or (said,)
        for said, target in zip(schedules, targets, strict=False)
    }
    return tuple(dict.fromkeys(name for one in to for name in people.get(one, (one,))))


async def _look(house: House, incident: Incident, now: datetime) -> RosterLook:
    async with house.pool.acquire() as conn:
        beyond = await look_at(house, conn, now, [incident.alert.stamped])
    return RosterLook(beyond.roster, incident.abilities, beyond)
