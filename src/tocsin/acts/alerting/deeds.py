"""What people do with alerts, through any door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tocsin.acts.alerting.changing import Decide, change, change_locked
from tocsin.acts.escalation_look import HouseLook
from tocsin.acts.house import House
from tocsin.acts.policies import known_names, policy_for
from tocsin.acts.policy_places import must_be_told
from tocsin.core.alerting.alert import Alert
from tocsin.core.alerting.turned import given_away, given_words
from tocsin.core.alerting.words import until_text
from tocsin.core.case import Actor, somebody
from tocsin.core.escalation import decisions as d
from tocsin.core.escalation import events as e
from tocsin.core.escalation.policy import POLICY, Stamped, Target
from tocsin.core.escalation.state import OPEN
from tocsin.core.escalation.written import targets_of
from tocsin.errors import Conflict, Invalid
from tocsin.store import alerts as rows

NAMED: Final = 3
"""Of so many alerts that could not be changed each is told; of more only how many."""


async def acknowledge(house: House, actor: Actor, ref: str) -> Alert:
    person = somebody(actor, "acknowledge an alert")
    return await change(
        house, ref, actor, lambda one, look, now: d.acknowledge(one.escalation, person, look.roster.name)
    )


async def unacknowledge(house: House, actor: Actor, ref: str) -> Alert:
    person = somebody(actor, "take an acknowledgement back")
    return await change(
        house, ref, actor, lambda one, look, now: d.unacknowledge(one.escalation, person, look.roster.name)
    )


async def take_over(house: House, actor: Actor, ref: str) -> Alert:
    person = somebody(actor, "take an alert over")
    return await change(
        house, ref, actor, lambda one, look, now: d.take_over(one.escalation, person, look.roster.name)
    )


async def snooze(house: House, actor: Actor, ref: str, until: datetime) -> Alert:
    person = somebody(actor, "snooze an alert")
    return await change(
        house,
        ref,
        actor,
        lambda one, look, now: d.snooze(one.escalation, person, until, now, look.roster.name),
    )


async def escalate_now(house: House, actor: Actor, ref: str) -> Alert:
    return await change(
        house,
        ref,
        actor,
        lambda one, look, now: d.escalate_now(one.escalation, actor.person, now, look.roster.name),
    )


async def close(house: House, actor: Actor, ref: str, why: str = "") -> Alert:
    """It is over. A key may say so too, as the monitoring that opened it does."""
    return await change(
        house, ref, actor, lambda one, look, now: d.close(one.escalation, actor.person, why, look.roster.name)
    )


async def reassign(house: House, actor: Actor, ref: str, to: Sequence[str]) -> Alert:
    """To people, teams and schedules, whom the policy follows where they do not answer; or to one other policy, which replaces it."""
    targets = await _targets(house, to)
    replaced: Stamped | None = None
    if any(one.kind == POLICY for one in targets):
        if len(targets) > 1:
            raise Invalid("A policy takes the whole alert: name that one alone", field="to")
        async with house.pool.acquire() as conn:
            replaced = await policy_for(house, conn, targets[0].name)

    def decide(one: Alert, look: HouseLook, now: datetime) -> list[e.Event]:
        return d.reassign(one.escalation, actor.person, targets, replaced, look, now, look.roster.name)

    return await change(house, ref, actor, decide)


async def add_responders(house: House, actor: Actor, ref: str, to: Sequence[str]) -> Alert:
    targets = await _targets(house, to)
    if any(one.kind == POLICY for one in targets):
        raise Invalid(
            "Responders are people, teams, schedules or places; reassign it to a policy", field="to"
        )

    def decide(one: Alert, look: HouseLook, now: datetime) -> list[e.Event]:
        return d.add_responders(one.escalation, actor.person, targets, look, now, look.roster.name)

    return await change(house, ref, actor, decide)


async def acknowledge_batch(house: House, actor: Actor, batch: int) -> str:
    """All alerts of one message at once; the sentence to say back, which tells the truth where somebody else was first."""
    person = somebody(actor, "acknowledge alerts")
    return await _each(
        house,
        actor,
        batch,
        "acknowledged",
        lambda one, look, now: d.acknowledge(one.escalation, person, look.roster.name),
    )


async def close_batch(house: House, actor: Actor, batch: int) -> str:
    """All alerts of one message are over."""
    person = somebody(actor, "close alerts")
    return await _each(
        house,
        actor,
        batch,
        "closed",
        lambda one, look, now: d.close(one.escalation, person, "", look.roster.name),
    )


async def snooze_batch(house: House, actor: Actor, batch: int, until: datetime) -> str:
    """All alerts of one message are silent until then."""
    person = somebody(actor, "snooze alerts")
    return await _each(
        house,
        actor,
        batch,
        f"snoozed until {until_text(until, house.clock.now())}:",
        lambda one, look, now: d.snooze(one.escalation, person, until, now, look.roster.name),
    )


async def escalate_batch(house: House, actor: Actor, batch: int) -> str:
    """The next step of all alerts of one message, at once."""
    person = somebody(actor, "escalate alerts")
    return await _each(
        house,
        actor,
        batch,
        "escalated",
        lambda one, look, now: d.escalate_now(one.escalation, person, now, look.roster.name),
    )


async def _each(house: House, actor: Actor, batch: int, done: str, decide: Decide) -> str:
    """What can be done is done; of the rest it says why not. What others have, or put off, is left to them while anything waits.

    An old message does nothing for an alert that went to others since.
    """
    refused: dict[str, str] = {}
    asked: set[int] = set()
    gone: dict[int, e.Happened] = {}

    def tried(one: Alert, look: HouseLook, now: datetime) -> Sequence[e.Event]:
        try:
            if one.number in asked:
                return decide(one, look, now)
            refused[one.ref] = _whose(one, gone.get(one.number), look)
        except Conflict as why:
            refused[one.ref] = why.message
        return []

    async with house.pool.acquire() as conn, conn.transaction():
        events = {row["alert_id"]: row["event"] for row in await conn.fetch(rows.SQL["of_batch"], batch)}
        alerts = await rows.lock(conn, list(events))
        for one in alerts:
            if given := given_away(one.happened, events[one.number], actor.person):
                gone[one.number] = given
        left = [one for one in alerts if one.number not in gone]
        waits = any(one.status == OPEN for one in left)
        asked |= {one.number for one in left if not waits or _is_theirs(one, actor)}
        changed = await change_locked(house, conn, alerts, actor, tried)
    house.wake()
    refs = [one.alert.ref for one in changed if one.alert.ref not in refused]
    said = [f"You have {done} {', '.join(refs)}."] if refs else []
    more = [f"… and {len(refused) - NAMED} more."] if len(refused) > NAMED else []
    why_not = [f"{ref}: {why}." for ref, why in list(refused.items())[:NAMED]]
    return " ".join([*said, *why_not, *more]) or "There is no alert that this could answer"


def _is_theirs(one: Alert, actor: Actor) -> bool:
    """Whether nobody has it, or they do."""
    return one.status == OPEN or one.escalation.acknowledged_by == actor.person


def _whose(one: Alert, given: e.Happened | None, look: HouseLook) -> str:
    """Who has it, or whose it is now by `given`."""
    if given and one.status == OPEN:
        return f"{given_words(given, look.roster.name)} at {given.at:%H:%M:%S} UTC; take it over if it is yours now"
    return d.who_answers(one.escalation, look.roster.name)


async def _targets(house: House, to: Sequence[str]) -> tuple[Target, ...]:
    targets = targets_of(list(to), "to", await known_names(house))
    must_be_told(house, targets)
    return targets
