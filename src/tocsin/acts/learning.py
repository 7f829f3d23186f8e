"""How an incident is learned from: follow-ups and the retrospective. Each is one decision of core, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.acts.looks import View
from tocsin.acts.process import change
from tocsin.core import decisions_learning as decisions
from tocsin.core.case import Actor
from tocsin.core.fact_words import timeline
from tocsin.core.incident import Incident
from tocsin.core.retrospective import document
from tocsin.store import incidents as rows


@dataclass(frozen=True, slots=True)
class Paper:
    """An incident with its retrospective's document, in Markdown."""

    view: View
    document: str


async def retrospective(house: House, ref: str, viewer: str) -> Paper:
    """The document as it stands now. NotFound if there is no incident of that ref that `viewer` may know of."""
    view = await looks.case(house, ref, viewer)
    roster = await looks.roster(house)
    last = await house.pool.fetchval(rows.SQL["last_retrospective"], view.incident.ref)
    previous = f"{last} {house.places.retrospective(last)}" if last else ""
    told = timeline(view.incident, roster, {duty.id: duty.title for duty in view.ledger})
    return Paper(view, document(view.incident, roster, house.places, told, previous))


async def file_follow_up(
    house: House, actor: Actor, ref: str, title: str, to: str, text: str = ""
) -> Incident:
    """File what is to be done so that it does not happen again, with its owner; it becomes an issue where there is GitHub."""
    roster = await looks.roster(house)
    return await change(
        house, ref, actor, lambda case: decisions.file_follow_up(case, actor, title, to, roster, text)
    )


async def file_message(house: House, actor: Actor, ref: str, title: str, url: str) -> Incident:
    """File a message that somebody wrote as a follow-up of the actor's, with the link to it; once."""
    roster = await looks.roster(house)
    return await change(
        house, ref, actor, lambda case: decisions.file_message(case, actor, title, url, roster)
    )


async def finish_follow_up(
    house: House,
    actor: Actor,
    ref: str,
    follow_up: str,
    how: str,
    url: str = "",
    *,
    from_outside: bool = False,
) -> Incident:
    """`from_outside`: its issue was closed, by whomever."""
    return await change(
        house,
        ref,
        actor,
        lambda case: decisions.finish_follow_up(case, actor, follow_up, how, url),
        from_outside=from_outside,
    )


async def reopen_follow_up(
    house: House, actor: Actor, ref: str, follow_up: str, reason: str, *, from_outside: bool = False
) -> Incident:
    return await change(
        house,
        ref,
        actor,
        lambda case: decisions.reopen_follow_up(case, actor, follow_up, reason),
        from_outside=from_outside,
    )


async def no_follow_ups(house: House, actor: Actor, ref: str, reason: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.no_follow_ups(case, actor, reason))


async def plan_retrospective(
    house: House,
    actor: Actor,
    ref: str,
    starts_at: datetime,
    minutes: int = 60,
    people: Sequence[str] = (),
    reason: str = "",
) -> Incident:
    """Call a retrospective, or move it. Without `people`: those who owned the incident or took a task."""
    roster = await looks.roster(house)
    return await change(
        house,
        ref,
        actor,
        lambda case: decisions.plan_retrospective(
            case, actor, starts_at, minutes, tuple(people), roster, reason
        ),
    )


async def decline_retrospective(house: House, actor: Actor, ref: str, reason: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.decline_retrospective(case, actor, reason))


async def give_feedback(house: House, actor: Actor, ref: str, section: str, text: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.give_feedback(case, actor, section, text))


async def hold_retrospective(house: House, actor: Actor, ref: str, text: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.hold_retrospective(case, actor, text))
