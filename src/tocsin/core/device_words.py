"""What a device of a person is told for a work: the whole, one plain line, and where one answers. What a channel makes of it is its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tocsin.core import facts as f
from tocsin.core.channel import CODE, HIGH, LOW, PAGED, TEST, TOLD
from tocsin.core.contacts import code_of
from tocsin.core.incident import Incident
from tocsin.core.messages_asked import ask_words, person_words
from tocsin.core.messages_duties import page_words, reminder
from tocsin.core.notices import words_at
from tocsin.core.people import Roster
from tocsin.core.plan_asked import is_asked
from tocsin.core.sent_words import duty_of
from tocsin.core.words import without_marks
from tocsin.core.work import ASK, PAGE, PAGE_SETTLE, REMIND, WORD, Desk, HouseDesk, Work

MENTION = re.compile(r"\{@([^{}\s]+)\}")


@dataclass(frozen=True, slots=True)
class DeviceWords:
    """As `core.channel.Message` has them. `ref` is what an answer is about; "" where the device can't answer this."""

    purpose: str
    subject: str
    text: str
    short: str
    urgency: str = HIGH
    link: str = ""
    answer_link: str = ""
    ref: str = ""


def device_words(work: Work, desk: Desk) -> DeviceWords | None:
    """The words of a work about an incident; None where nothing is to be said any more."""
    return WORDS[work.does](work, desk)


def notice_words(work: Work, desk: HouseDesk) -> DeviceWords:
    """The words of a work that is about none."""
    words, purpose = words_at(work, desk.now), work.payload.get("purpose", TOLD)
    if purpose == CODE:
        code = code_of(desk.sign, work.payload["contact"], work.payload["nonce"])
        short = f"{code} is your code for Tocsin."
        return DeviceWords(
            CODE, f"{code}: {words.subject}", f"*{code}* is your code for Tocsin, {words.text}.", short
        )
    text = named(words.text, desk.roster)
    short = plain(f"{words.subject}. {text}")
    if purpose == TEST:
        return DeviceWords(
            TEST, words.subject, text, short, HIGH, words.link, words.link, work.payload["about"]
        )
    return DeviceWords(TOLD, words.subject, text, short, LOW, words.link)


def plain(text: str) -> str:
    """One line without marks."""
    return " ".join(without_marks(text).replace("\n> ", " ").split())


def page_of_one(work: Work, desk: Desk) -> DeviceWords:
    """A page for one incident."""
    incident, person = desk.incident, work.payload["person"]
    ref, why, note = incident.ref, work.payload["why"], work.payload.get("note", "")
    return DeviceWords(
        PAGED,
        f"[{ref}] Page: {incident.title}",
        named(page_words(incident, why, note=note).text, desk.roster),
        plain(f"{ref} {incident.title}. Severity {incident.severity}. You are paged: {why}. {note}"),
        link=desk.places.incident(ref),
        answer_link=desk.places.acknowledge(ref, person, desk.sign(ref, person)),
        ref=ref,
    )


def _reminder(work: Work, desk: Desk) -> DeviceWords | None:
    duty = duty_of(work, desk)
    if duty is None:
        return None
    text = named(reminder(duty, desk.incident, desk.now).text, desk.roster)
    answers = is_asked(desk.incident, duty.subject)
    return _about(work, desk, TOLD, f"Reminder: {duty.title}", text, duty.subject if answers else "")


def _ask(work: Work, desk: Desk) -> DeviceWords | None:
    about = work.payload["about"]
    words = ask_words(desk.incident, about, desk.places)
    if words is None:
        return None
    what = "will you take it over?" if about.startswith("H") else "you are asked to help"
    return _about(
        work, desk, PAGED, f"{about}, {what} {desk.incident.title}", named(words.text, desk.roster), about
    )


def _word(work: Work, desk: Desk) -> DeviceWords | None:
    incident, about = desk.incident, work.payload.get("about", "")
    fact = next((fact for fact in incident.facts if fact.n == int(work.payload["fact"])), None)
    words = person_words(fact, incident, desk.places) if fact else None
    follow_up = incident.asked.follow_up(about)
    if words is None or (follow_up and follow_up.done_at):
        return None
    text = named(words.text, desk.roster)
    _, _, said = text.partition("\n")
    return _about(work, desk, TOLD, said.partition("\n")[0], text, about)


def _about(work: Work, desk: Desk, purpose: str, subject: str, text: str, about: str) -> DeviceWords:
    """What has a page of its own to answer on, or none; never a key on the device."""
    ref, person = desk.incident.ref, work.payload["person"]
    answer = desk.places.answer(ref, about, person, desk.sign) if about else ""
    urgency = HIGH if purpose == PAGED else LOW
    return DeviceWords(
        purpose, f"[{ref}] {subject}", text, plain(text), urgency, desk.places.incident(ref), answer
    )


def settled_words(work: Work, desk: Desk) -> DeviceWords | None:
    """What somebody who was paged is told once it is answered or over; None while it is neither."""
    incident = desk.incident
    said = how_it_stands(incident, desk.roster)
    if not said:
        return None
    text = f"*{incident.ref} {incident.title}*\n{said}"
    link = desk.places.incident(incident.ref)
    return DeviceWords(
        TOLD, f"[{incident.ref}] {said}", text, plain(f"{incident.ref} {incident.title}. {said}"), LOW, link
    )


def is_told_anew(work: Work, incident: Incident) -> bool:
    """Whether a device that can't rewrite a message is to get one more: once that it was answered by somebody else, once that it is over.

    Several pages that went to one device are settled by the newest.
    """
    since = int(work.key.rpartition("/")[2])
    page = next((fact for fact in incident.facts if _is_page(fact.what, work.payload["message"])), None)
    if page is None or not isinstance(page.what, f.PageDelivered):
        return False
    device = page.what.person, page.what.via, page.what.contact
    later = [x.what for x in incident.facts[page.n :] if isinstance(x.what, f.PageDelivered)]
    if any((one.person, one.via, one.contact) == device for one in later):
        return False
    if since <= page.n:
        return True  # It came after its answer.
    fact = incident.facts[since - 1]
    if isinstance(fact.what, f.Resolved | f.Dismissed):
        return True
    answers = (f.PageAcknowledged, f.Owned, f.PagingSnoozed)
    is_first = not any(isinstance(x.what, answers) for x in incident.facts[page.n : since - 1])
    return isinstance(fact.what, answers) and is_first and fact.by != page.what.person


def _is_page(what: f.What, message: str) -> bool:
    return isinstance(what, f.PageDelivered) and what.message == message


def how_it_stands(incident: Incident, roster: Roster) -> str:
    """A sentence on who has it, or how it ended; "" while it waits for somebody."""
    if not incident.is_open:
        return "It was dismissed: it is no incident." if incident.dismissed else "It is resolved."
    if incident.owner:
        return f"{roster.name(incident.owner)} owns it."
    alert = incident.alert
    if alert.acknowledged_at:
        return f"{roster.name(alert.acknowledged_by)} has acknowledged."
    if alert.snoozed_until:
        by = roster.name(alert.escalation.snoozed_by)
        return f"{by} asks that nobody be paged until {alert.snoozed_until:%Y-%m-%d %H:%M} UTC."
    return ""


def named(text: str, roster: Roster) -> str:
    """The words with people called by their names, where they stand as `{@handle}`."""
    return MENTION.sub(lambda match: roster.name(match[1]), text)


WORDS: Final[Mapping[str, Callable[[Work, Desk], DeviceWords | None]]] = {
    PAGE: page_of_one,
    PAGE_SETTLE: settled_words,
    REMIND: _reminder,
    ASK: _ask,
    WORD: _word,
}
