"""What Tocsin says in Slack on its own: replies in the thread, pages and reminders. Words come from the core; here they become blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.core import facts as f
from tocsin.core.chasing_words import page_offers
from tocsin.core.duties import OWED, Duty
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident
from tocsin.core.live_offers import live
from tocsin.core.message_parts import OWN, Message, clock, mention, mentions
from tocsin.core.messages import thread_message
from tocsin.core.messages_asked import ask_words, person_words
from tocsin.core.messages_duties import page_words, reminder
from tocsin.core.plan_paging import paged_again
from tocsin.core.settled_words import how_it_stands, message_about
from tocsin.core.words import shortened
from tocsin.core.work import Desk
from tocsin.integrations.slack.blocks import (
    JSON,
    actions,
    escaped,
    fitted,
    link,
    link_button,
    offered,
    section,
    worded,
)

LATE_AFTER = timedelta(minutes=2)
TEXT_LIMIT = 3000


@dataclass(frozen=True, slots=True)
class Said:
    """A message as Slack takes it. `loud` ones show in the channel as well as in the thread."""

    text: str
    blocks: list[JSON]
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was delivered, and the fact that tells of it."""

    fact: Fact
    what: f.PageDelivered


def in_thread(fact: Fact, desk: Desk) -> Said | None:
    """What the thread says about a fact; None for those it says nothing about."""
    duties = desk.duties
    message = thread_message(fact, desk.incident, desk.handbook, desk.places, duties)
    if message is None:
        return None
    ref = desk.incident.ref
    late = f"late, from {clock(fact.at)}: " if desk.now - fact.at > LATE_AFTER else ""
    text = fitted(late + message.text, desk.roster, desk.places.fact(ref, fact.n))
    offers = live(message.offers, fact, desk.incident, duties)
    return Said(text, [section(text), *actions(offered(offers, ref))], message.loud)


def run_shown(planned: Fact, desk: Desk) -> Said | None:
    """The message of a run as it stands now, whenever it was planned."""
    message = thread_message(planned, desk.incident, desk.handbook, desk.places, desk.duties)
    if message is None:
        return None
    text = fitted(message.text, desk.roster, desk.places.fact(desk.incident.ref, planned.n))
    return Said(text, [section(text), *actions(offered(message.offers, desk.incident.ref))])


def together(messages: Sequence[Said]) -> Said:
    """Several as one, in their order, each with its own clicks under it."""
    text = shortened("\n\n".join(one.text for one in messages), TEXT_LIMIT)
    blocks = [block for one in messages for block in one.blocks]
    return Said(text if len(messages) > 1 else messages[0].text, blocks, any(one.loud for one in messages))


def page(desk: Desk, why: str, duty: Duty | None = None, person: str = "", note: str = "") -> Said:
    """A page, with the clicks that answer it, or that discharge the late duty; once the incident has ended only the news of that."""
    if desk.incident.is_ended:
        return settled_page(desk)
    return _direct(page_words(desk.incident, why, duty, person, note), desk)


def settled_page(desk: Desk, called: str = "") -> Said:
    """A page after it was answered: who did, and no click that is stale. Until somebody owns it, that one click stays.

    `called` is who was paged by name: others' answers are not theirs.
    """
    incident = desk.incident
    page_at = desk.places.incident(incident.ref)
    title = fitted(f"{incident.ref} {incident.title}", desk.roster, page_at)
    ways = " · ".join(
        link(url, label)
        for label, url in (("Thread", thread_url(incident)), ("Incident page", page_at))
        if url
    )
    text = f"*{title}*\n{worded(_settled(incident, called), desk.roster)}\n{ways}"
    is_unanswered = incident.is_open and (not incident.alert.is_answered or called in incident.alert.called)
    offers = (
        page_offers(incident, called)
        if is_unanswered
        else (OWN,)
        if incident.is_open and not incident.owner
        else ()
    )
    return Said(text, [section(text), *actions(offered(offers, incident.ref))])


def settled(desk: Desk, message: str) -> Said:
    """What a message (CHANNEL/ts) is rewritten to once nobody owes what it asked for."""
    page, duties = _page(desk.incident, message), desk.duties
    if page and (newer := _superseded(desk, page, duties)):
        return newer
    about = message_about(desk.incident, message)
    if not about:
        return settled_page(desk, page.what.person if page and page.what.by_hand else "")
    stands = how_it_stands(desk.incident, duties.values(), about)
    head = f"*{desk.incident.ref} {desk.incident.title}*\n"
    return _direct(Message(head + stands.text, stands.offers), desk)


def _superseded(desk: Desk, page: Page, duties: Mapping[str, Duty]) -> Said | None:
    """An earlier page, while nobody has answered: only the newest keeps its clicks. None where this is the newest, or it is answered."""
    incident = desk.incident
    duty = duties.get(page.what.duty)
    if duty.state != OWED if duty else not incident.is_awaited(page.what.person):
        return None
    again = paged_again(incident, page.fact)
    if not again:
        return None
    text = f"*{incident.ref} {incident.title}*\nPaged again at {clock(incident.facts[again - 1].at)}: answer there."
    return _direct(Message(text), desk)


def reminded(duty: Duty, desk: Desk) -> Said:
    return _direct(reminder(duty, desk.incident, desk.now), desk)


def asked(about: str, desk: Desk) -> Said | None:
    """The request to take a task, or the whole, on; None where it has its answer already."""
    message = ask_words(desk.incident, about, desk.places)
    return _direct(message, desk) if message else None


def word(fact: Fact, desk: Desk) -> Said | None:
    """What one person concerned is told of a fact; None where it asks for what was done meanwhile."""
    message = person_words(fact, desk.incident, desk.places)
    follow_up = desk.incident.asked.follow_up(f.subject_of(fact.what))
    if message is None or (follow_up and follow_up.done_at):
        return None
    return _direct(message, desk)


def _direct(message: Message, desk: Desk) -> Said:
    """A direct message, with its clicks and the ways to the incident."""
    text = fitted(message.text, desk.roster, desk.places.incident(desk.incident.ref))
    buttons = [*offered(message.offers, desk.incident.ref), *_ways_in(desk)]
    return Said(text, [section(text), *actions(buttons)])


def to_reporter(words: str) -> Said:
    """An answer to a reporter, who may be somebody from outside: the words alone, no clicks."""
    return Said(escaped(shortened(words, TEXT_LIMIT)), [])


def thread_url(incident: Incident) -> str:
    return incident.thread.url if incident.thread else ""


def _ways_in(desk: Desk) -> list[JSON]:
    incident = desk.incident
    ways = [link_button("open_page", "Incident page", desk.places.incident(incident.ref))]
    if thread_url(incident):
        ways.insert(0, link_button("open_thread", "Thread", thread_url(incident)))
    return ways


def _page(incident: Incident, message: str) -> Page | None:
    """The page that this message is; None where it is none."""
    pages = (Page(x, x.what) for x in incident.facts if isinstance(x.what, f.PageDelivered))
    return next((page for page in pages if page.what.message == message), None)


def _answered_at(incident: Incident, person: str) -> datetime | None:
    """When this person last said that they have the page."""
    answers = (
        fact.at
        for fact in reversed(incident.facts)
        if isinstance(fact.what, f.PageAcknowledged) and fact.what.person == person
    )
    return next(answers, None)


def _settled(incident: Incident, called: str = "") -> str:
    if incident.is_ended:
        by = _who_ended(incident)
        if incident.dismissed and incident.dismissed.same_as:
            return f"{by} found it to be the same as {incident.dismissed.same_as}."
        word = "Verified to be no incident" if incident.dismissed else "Resolved"
        at = f" at {clock(incident.ended_at)}" if incident.ended_at else ""
        how = (
            incident.dismissed.reason
            if incident.dismissed
            else incident.resolved.how
            if incident.resolved
            else ""
        )
        return f"{word} by {by}{at}: {how}"
    if called and called in incident.alert.called:
        on_it = f"{mention(incident.owner)} owns it; " if incident.owner else ""
        return f"{on_it}{mention(called)} is asked for as well, and has not answered yet."
    if called and incident.owner != called and (answered := _answered_at(incident, called)):
        return f"{mention(called)} has acknowledged at {clock(answered)}."
    if incident.owner and incident.owned_at:
        return f"{mention(incident.owner)} is on it since {clock(incident.owned_at)}."
    if incident.alert.acknowledged_at:
        by = mention(incident.alert.acknowledged_by)
        return f"Acknowledged by {by} at {clock(incident.alert.acknowledged_at)}."
    if incident.alert.snoozed_until:
        by = mention(incident.alert.escalation.snoozed_by)
        return f"{by} asks that nobody be paged until {clock(incident.alert.snoozed_until)}."
    if incident.is_open:
        return f"{mentions(incident.alert.people)} is paged now. Whoever takes it, takes it."
    return "This page is settled."


def _who_ended(incident: Incident) -> str:
    ends = [fact for fact in incident.facts if isinstance(fact.what, f.Resolved | f.Dismissed)]
    return mention(ends[-1].by) if ends and ends[-1].by != f.TOCSIN else "Tocsin"
