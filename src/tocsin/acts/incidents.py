"""What people do about an incident. Each is one decision of core, in one transaction; the incident as it is then comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from tocsin.acts import looks
from tocsin.acts.declare import Declaration, NewReport, declare, join, split
from tocsin.acts.house import House
from tocsin.acts.incident_paging import people_of_schedules
from tocsin.acts.policies import stamped_for_incident
from tocsin.acts.process import change
from tocsin.acts.roster import directory
from tocsin.acts.schemas import look_at_dirty
from tocsin.core import (
    decisions,
    decisions_chasing,
    decisions_ending,
    decisions_learning,
    decisions_public,
    texts,
)
from tocsin.core import facts as f
from tocsin.core.case import Actor, Case
from tocsin.core.incident import Incident
from tocsin.store.people import Directory

__all__ = ["Declaration", "NewReport", "declare", "join", "split"]


async def acknowledge(house: House, actor: Actor, ref: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.acknowledge(case, actor))


async def acknowledge_in_pager(house: House, actor: Actor, ref: str) -> Incident:
    """Somebody answered the page of a pager that a team keeps. It may have woken who is no member of a private incident: now they are."""

    def decide(case: Case) -> list[f.What]:
        answered = decisions.acknowledge(case, actor)
        if not answered or case.incident.may_be_known_to(actor.person):
            return answered
        return [f.MemberAdded(actor.person, f"{actor.door} paged them, and they answered"), *answered]

    return await change(house, ref, actor, decide, from_outside=True)


async def own(house: House, actor: Actor, ref: str, *, take_over: bool = False) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.own(case, actor, take_over=take_over))


async def escalate(house: House, actor: Actor, ref: str) -> Incident:
    """Page the next people of the escalation now."""
    return await change(house, ref, actor, lambda case: decisions_chasing.escalate(case, actor))


async def snooze(house: House, actor: Actor, ref: str, duty_id: str, reason: str) -> Incident:
    """Ask for a while before one is chased for a duty again."""
    return await change(
        house, ref, actor, lambda case: decisions_chasing.snooze(case, actor, duty_id, reason)
    )


async def state_next_steps(
    house: House, actor: Actor, ref: str, text: str, next_in: timedelta | None = None
) -> Incident:
    return await change(
        house, ref, actor, lambda case: decisions.state_next_steps(case, actor, text, next_in)
    )


async def post_update(
    house: House,
    actor: Actor,
    ref: str,
    text: str,
    next_in: timedelta | None = None,
    *,
    severity: str = "",
    public: bool = False,
) -> Incident:
    """Say how it stands. With the same words the `severity` can change, and the `public` be told: all of it, or nothing."""

    def decide(case: Case) -> list[f.What]:
        facts = decisions.post_update(case, actor, text, next_in)
        if severity:
            facts += decisions.change_severity(case, actor, severity, text)
        if public:
            facts += decisions_public.approve_public_update(case, actor, text, text)
        return facts

    return await change(house, ref, actor, decide)


async def add_note(
    house: House,
    actor: Actor,
    ref: str,
    text: str,
    url: str = "",
    *,
    from_outside: bool = False,
    once: tuple[str, str] | None = None,
) -> Incident:
    """`from_outside`: a reporter's further words in their own conversation. `once`: source and id of the event that brings them."""
    return await change(
        house,
        ref,
        actor,
        lambda case: decisions.add_note(case, actor, text, url),
        from_outside=from_outside,
        once=once,
    )


async def keep_message(house: House, actor: Actor, ref: str, text: str, url: str) -> bool:
    """Put a message on the timeline, once; False where it is there already."""
    made: list[f.What] = []

    def decide(case: Case) -> list[f.What]:
        made[:] = decisions.keep_message(case, actor, text, url)
        return made

    await change(house, ref, actor, decide)
    return bool(made)


async def change_kind(house: House, actor: Actor, ref: str, kind: str, reason: str) -> Incident:
    """It pages by the policy of that kind from then on, but where it was given to others, or somebody chose a policy when it began."""
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)

    def decide(case: Case) -> list[f.What]:
        facts = decisions.change_kind(case, actor, kind, reason)
        return [
            _with_policy(house, known, case, one) if isinstance(one, f.KindChanged) else one for one in facts
        ]

    return await change(house, ref, actor, decide)


def _with_policy(house: House, known: Directory, case: Case, what: f.KindChanged) -> f.KindChanged:
    incident, severities = case.incident, [one.id for one in case.handbook.severities_of(what.now)]
    severity = incident.severity if incident.severity in severities else severities[0]
    stamped = stamped_for_incident(house, known, case.handbook, what.now, severity, incident.first_aware)
    is_same = (
        incident.alert.is_reassigned
        or incident.has_chosen_policy
        or stamped.stages == incident.stamped.stages
    )
    return what if is_same else replace(what, stamped=stamped)


async def add_member(house: House, actor: Actor, ref: str, person: str, reason: str) -> Incident:
    """Let somebody know of a private incident."""
    roster = await looks.roster(house)
    return await change(
        house, ref, actor, lambda case: decisions.add_member(case, actor, person, reason, roster)
    )


async def change_severity(house: House, actor: Actor, ref: str, severity: str, reason: str = "") -> Incident:
    return await change(
        house, ref, actor, lambda case: decisions.change_severity(case, actor, severity, reason)
    )


async def retitle(house: House, actor: Actor, ref: str, title: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.retitle(case, actor, title))


async def add_tags(house: House, actor: Actor, ref: str, tags: Sequence[str]) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.add_tags(case, actor, tags))


async def answer_rollback(house: House, actor: Actor, ref: str, rolled_back: bool, text: str) -> Incident:
    return await change(
        house, ref, actor, lambda case: decisions.answer_rollback(case, actor, rolled_back, text)
    )


async def approve_action(house: House, actor: Actor, ref: str, duty_id: str, text: str = "") -> Incident:
    """Let Tocsin send what it offers for a duty, as drafted, or as `text` says."""
    return await change(house, ref, actor, lambda case: decisions.approve_action(case, actor, duty_id, text))


async def approve_public_words(
    house: House, actor: Actor, ref: str, *, title: str = "", body: str = "", post: str = ""
) -> Incident:
    """Let the issue and the post go out; parts left empty are the draft's."""

    def decide(case: Case) -> list[f.What]:
        draft = case.incident.public.draft or texts.draft(case.incident, case.handbook)
        return decisions_public.approve_public_words(
            case, actor, title or draft.title, body or draft.body, post or draft.post
        )

    return await change(house, ref, actor, decide)


async def approve_public_update(
    house: House, actor: Actor, ref: str, *, text: str = "", post: str = ""
) -> Incident:
    """Let an update go out where the public was told. A part left empty says what the other does; both, the owner's last words.

    "-" is for none.
    """

    def decide(case: Case) -> list[f.What]:
        given = [one for one in (text, post) if one.strip() and one != "-"]
        draft = given[0] if given else texts.public_update(case.incident)
        words, said = ("" if part == "-" else part or draft for part in (text, post))
        return decisions_public.approve_public_update(
            case, actor, words, (post and said) or texts.fitted(said)
        )

    return await change(house, ref, actor, decide)


async def publish_update(house: House, actor: Actor, ref: str, text: str, after: int) -> Incident:
    """Let the update after so many go out as it was shown: once, however often, and Conflict if others went out meanwhile."""

    def decide(case: Case) -> list[f.What]:
        if decisions_public.was_told(case, after, text):
            return []
        return decisions_public.approve_public_update(case, actor, text, text)

    return await change(house, ref, actor, decide)


async def take_step(
    house: House, actor: Actor, ref: str, step: str, values: Mapping[str, str], url: str = ""
) -> Incident:
    """Record a step of the handbook's, such as a licence key that was handed out."""
    return await change(house, ref, actor, lambda case: decisions.take_step(case, actor, step, values, url))


async def resolve(
    house: House,
    actor: Actor,
    ref: str,
    how: str,
    evidence: str,
    *,
    public: str = "",
    rolled_back: bool | None = None,
    follow_ups: str = "",
) -> Incident:
    """`follow_ups` are filed along with it: one a line, of who is named in front (`@bob …`), else of the actor."""
    await look_at_dirty(house, ref)
    roster = await looks.roster(house)

    def decide(case: Case) -> list[f.What]:
        over = decisions_ending.resolve(case, actor, how, evidence, public=public, rolled_back=rolled_back)
        return [*over, *decisions_learning.file_each(case, actor, follow_ups, roster)]

    return await change(house, ref, actor, decide)


async def dismiss(
    house: House, actor: Actor, ref: str, reason: str, verified: str, *, public: str = ""
) -> Incident:
    await look_at_dirty(house, ref)
    return await change(
        house, ref, actor, lambda case: decisions_ending.dismiss(case, actor, reason, verified, public=public)
    )


async def reopen(house: House, actor: Actor, ref: str, reason: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions_ending.reopen(case, actor, reason))


async def write_ops_log(
    house: House,
    actor: Actor,
    ref: str,
    *,
    impact: str,
    detection: str,
    cause: str,
    resolution: str,
    links: tuple[str, ...] = (),
) -> Incident:
    return await change(
        house,
        ref,
        actor,
        lambda case: decisions_ending.write_ops_log(
            case, actor, impact=impact, detection=detection, cause=cause, resolution=resolution, links=links
        ),
    )


async def waive(house: House, actor: Actor, ref: str, duty_id: str, reason: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions_ending.waive(case, actor, duty_id, reason))


async def done_by_hand(house: House, actor: Actor, ref: str, duty_id: str, evidence: str) -> Incident:
    return await change(
        house, ref, actor, lambda case: decisions_ending.done_by_hand(case, actor, duty_id, evidence)
    )


async def close(house: House, actor: Actor, ref: str) -> Incident:
    await look_at_dirty(house, ref)
    return await change(house, ref, actor, lambda case: decisions_ending.close(case, actor))


async def page(house: House, actor: Actor, ref: str, targets: tuple[str, ...]) -> Incident:
    """Page more people now: `team:NAME`, `person:HANDLE`, `schedule:ID` or `on-call`. NotFound, naming it, if one of them is nobody."""
    roster = await looks.roster(house)
    named = await people_of_schedules(house, targets)
    return await change(house, ref, actor, lambda case: decisions.page(case, actor, named, roster))
