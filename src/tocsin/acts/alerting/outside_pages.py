"""Alerts of teams that keep a pager of their own: the first step is an alert there, and ours page whom it does not bring (ADR 14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from tocsin.acts.escalation_look import HouseLook, look_at
from tocsin.acts.house import House
from tocsin.core.alerting.alert import Alert
from tocsin.core.alerting.outside import outside_page
from tocsin.core.alerting.sending import Delivery, pages
from tocsin.core.escalation import events as e
from tocsin.core.escalation.policy import ON_CALL, SCHEDULE, TEAM, Target
from tocsin.core.escalation.state import OPEN
from tocsin.core.pagers import CAN, Reached, first_pager, paged_by
from tocsin.store import alerts as alert_rows
from tocsin.store.pool import Connection


def through_pagers(
    alert: Alert, n: int, planned: Sequence[Delivery], look: HouseLook, at: datetime
) -> list[Delivery]:
    """The messages of the event of that number: of the first step that reaches anybody, those to people whom a pager pages are one to it.

    The steps after it are always ours: nobody is left to one vendor.
    """
    event = alert.happened[n - 1].event
    if not planned or not isinstance(event, e.Stepped) or not event.people:
        return list(planned)
    if not any(one.startswith(CAN) for one in look.house.abilities):
        return list(planned)
    if any(isinstance(x.event, e.Stepped | e.RanOut) and x.event.people for x in alert.happened[: n - 1]):
        return list(planned)
    teams = list(_teams(alert, event, look, at))
    choices, able = look.known.pagers, look.house.abilities
    kept = first_pager(teams, choices, able)
    theirs = paged_by(kept, teams, choices, able) & set(event.people) if kept.via else frozenset()
    if not theirs:
        return list(planned)
    ours = [one for one in planned if one.person not in theirs]
    return [outside_page(kept, n, at, planned[0].rank), *ours]


async def ours_instead(house: House, conn: Connection, number: int, event: int) -> bool:
    """Plan our own pages for those of an event whom the pager did not reach; whether there were any to plan."""
    alert = await alert_rows.find(conn, number)
    step = alert.happened[event - 1].event if alert else None
    if alert is None or alert.status != OPEN or not isinstance(step, e.Stepped):
        return True  # It has moved on: nobody waits for this step.
    had = {row["person"] for row in await conn.fetch(alert_rows.SQL["whom_paged"], number, event)}
    left = replace(step, people=tuple(one for one in step.people if one not in had), places=())
    now = house.clock.now()
    look = await look_at(house, conn, now)
    planned = list(pages(alert.opening.priority, event, left, now, look.roster, house.abilities))
    await alert_rows.plan(conn, [(number, one) for one in planned], now)
    return bool(planned) or bool(had)


def _teams(alert: Alert, event: e.Stepped, look: HouseLook, at: datetime) -> Iterator[Reached]:
    """The teams that the step means; of people who are named themselves, and of what is no team's, the policy's own."""
    policy = look.known.policies.get(alert.escalation.stamped.policy)
    own = policy.policy.team if policy else ""
    for target in alert.escalation.stamped.stages[event.stage].to:
        for team, people in _of(target, look, at):
            yield team or own, people


def _of(target: Target, look: HouseLook, at: datetime) -> Iterator[Reached]:
    match target.kind:
        case kind if kind == TEAM:
            yield target.name, look.people(target, at)
        case kind if kind == SCHEDULE:
            kept = look.known.kept.get(target.name)
            yield (kept.schedule.team if kept else ""), look.people(target, at)
        case kind if kind == ON_CALL and look.roster.shifts:
            yield from look.roster.shifts
        case _:
            yield "", look.people(target, at)
