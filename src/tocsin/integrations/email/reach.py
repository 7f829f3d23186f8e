"""What goes out by mail: pages and reminders to our own people, answers to reporters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.headerregistry import Address
from typing import Final

from tocsin.core.device_words import named
from tocsin.core.incident import Report
from tocsin.core.meeting import Meeting, retrospective_of
from tocsin.core.messages_asked import ask_words, person_words
from tocsin.core.messages_duties import page_words, reminder
from tocsin.core.notices import words_at
from tocsin.core.plan_asked import is_asked
from tocsin.core.sent_words import duty_of, words_for
from tocsin.core.work import (
    ANSWER,
    ASK,
    INVITE,
    NOTICE,
    PAGE,
    REMIND,
    TELL,
    WORD,
    Delivered,
    Desk,
    HouseDesk,
    Outcome,
    Refused,
    Work,
)
from tocsin.integrations.email.client import Server, send
from tocsin.integrations.email.incoming import ADDRESS
from tocsin.integrations.email.invitation import invitation, method_of
from tocsin.integrations.email.letter import Button, Invitation, Letter, message_from, message_id


class EmailReach:
    name = "email"
    notifies = frozenset({NOTICE})
    does = frozenset({PAGE, REMIND, ASK, WORD, ANSWER, TELL, INVITE})

    def __init__(self, server: Server, sender: Address) -> None:
        self._server = server
        self._sender = sender

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        to = _recipient(work, desk)
        if isinstance(to, Refused):
            return to
        letter = LETTERS[work.does](work, desk, self._sender, to)
        if not isinstance(letter, Letter):
            return letter
        message = message_from(letter, self._sender)
        failure = await send(message, self._sender.addr_spec, letter.to, self._server)
        return failure or Delivered({"id": letter.id, "text": letter.text})

    async def notify(self, work: Work, desk: HouseDesk, attempt: int) -> Outcome:
        to = wire_address(work.payload["address"])
        if isinstance(to, Refused):
            return to
        letter = _notice(work, desk, self._sender, to)
        message = message_from(letter, self._sender)
        failure = await send(message, self._sender.addr_spec, letter.to, self._server)
        return failure or Delivered({"id": letter.id, "text": letter.text})


def _notice(work: Work, desk: HouseDesk, sender: Address, to: str) -> Letter:
    """What one of our people is told of that is about no incident."""
    words = words_at(work, desk.now)
    text = named(words.text, desk.roster)
    thread = work.payload.get("about") or work.key
    about, *seeds = (
        "oncall",
        f"{desk.places.base}|{work.key}",
        f"{desk.places.base}|{thread}|{work.payload['person']}",
    )
    id, thread = (message_id(about, seed, desk.sign, sender.domain) for seed in seeds)
    button = Button(words.label or "Open", words.link) if words.link else None
    return Letter(to, words.subject, text, id, thread, desk.now, button)


def _page(work: Work, desk: Desk, sender: Address, to: str) -> Letter | Refused:
    incident = desk.incident
    words = page_words(incident, work.payload["why"], note=work.payload.get("note", "")).text
    return Letter(
        to=to,
        subject=f"[{incident.ref}] Page: {incident.title}",
        text=f"{_named(words, desk)}\n\n{desk.places.incident(incident.ref)}",
        id=_id(work.key, desk, sender),
        thread=_id("incident", desk, sender),
        sent_at=desk.now,
        button=_acknowledge(work, desk),
        is_urgent=True,
    )


def _reminder(work: Work, desk: Desk, sender: Address, to: str) -> Letter | Refused:
    incident, duty = desk.incident, duty_of(work, desk)
    if duty is None:
        return Refused(f"there is no duty {work.payload['duty']} any more")
    place = desk.places.incident(incident.ref)
    can_answer = is_asked(incident, duty.subject)
    return Letter(
        to=to,
        subject=f"[{incident.ref}] Reminder: {duty.title}",
        text=_named(reminder(duty, incident, desk.now).text, desk),
        id=_id(work.key, desk, sender),
        thread=_id("incident", desk, sender),
        sent_at=desk.now,
        button=_answer(work, desk, duty.subject) if can_answer else Button(f"Open {incident.ref}", place),
    )


def _ask(work: Work, desk: Desk, sender: Address, to: str) -> Letter | Outcome:
    """Somebody is asked to do something, or to take the whole over; nothing goes out where it has its answer already."""
    incident, about = desk.incident, work.payload["about"]
    words = ask_words(incident, about, desk.places)
    if words is None:
        return Delivered()
    what = "will you take it over?" if about.startswith("H") else "you are asked to help"
    return Letter(
        to=to,
        subject=f"[{incident.ref}] {about}, {what} {incident.title}",
        text=f"{_named(words.text, desk)}\n\n{desk.places.incident(incident.ref)}",
        id=_id(work.key, desk, sender),
        thread=_id("incident", desk, sender),
        sent_at=desk.now,
        button=_answer(work, desk, about),
        is_urgent=True,
    )


def _word(work: Work, desk: Desk, sender: Address, to: str) -> Letter | Outcome:
    """What one person concerned is told of a fact."""
    incident, about = desk.incident, work.payload.get("about", "")
    fact = next((fact for fact in incident.facts if fact.n == int(work.payload["fact"])), None)
    words = person_words(fact, incident, desk.places) if fact else None
    follow_up = incident.asked.follow_up(about)
    if words is None or (follow_up and follow_up.done_at):
        return Delivered()
    head, _, text = _named(words.text, desk).partition("\n")
    place = Button(f"Open {incident.ref}", desk.places.incident(incident.ref))
    return Letter(
        to=to,
        subject=f"[{incident.ref}] {text.partition(chr(10))[0]}",
        text=f"{head}\n{text}",
        id=_id(work.key, desk, sender),
        thread=_id("incident", desk, sender),
        sent_at=desk.now,
        button=_answer(work, desk, about, "It is done …") if about else place,
    )


def _to_reporter(work: Work, desk: Desk, sender: Address, to: str) -> Letter | Refused:
    report = desk.incident.report(work.payload["report"])
    if report is None:
        return Refused("the report names no mail address that could be answered")
    if report.moved_to:
        return Refused(f"the report moved to {report.moved_to}, which answers it")
    text = words_for(work, desk)
    if not text:
        return Refused("there are no words for it: write them")
    return Letter(
        to=to,
        # Their own words: a title that we gave may say more than they should read.
        subject=f"Re: {report.heading}",
        text=_with_status_page(text, report, desk),
        id=_id(work.key, desk, sender, report.id),
        thread=_id(f"report/{report.id}", desk, sender, report.id),
        sent_at=desk.now,
    )


def _invite(work: Work, desk: Desk, sender: Address, to: str) -> Letter | Refused:
    meeting = retrospective_of(
        desk.incident,
        int(work.payload["fact"]),
        int(work.payload["version"]),
        desk.roster,
        desk.places,
        called_off=work.payload["method"] == "CANCEL",
    )
    if meeting is None:
        return Refused("no retrospective is planned to which anybody could be invited")
    return invitation_letter(meeting, to, work.key, desk, sender)


def invitation_letter(meeting: Meeting, to: str, key: str, desk: Desk, sender: Address) -> Letter:
    """The letter that puts a meeting into a calendar, or takes it out again."""
    verb = "is called off" if meeting.called_off else "is planned"
    when = f"{meeting.starts_at:%A, %d %B %Y, %H:%M} UTC, {meeting.minutes} min"
    subject = f"{'Called off' if meeting.called_off else 'Invitation'}: {meeting.title}"
    text = f"The retrospective of {desk.incident.ref} {verb}.\n\n*{when}*"
    return Letter(
        to=to,
        subject=subject,
        text=text if meeting.called_off else f"{text}\n\n{meeting.text}",
        id=_id(key, desk, sender),
        thread=_id("retrospective", desk, sender),
        sent_at=desk.now,
        button=Button("Open the retrospective", meeting.url),
        invitation=Invitation(method_of(meeting), invitation(meeting, sender, desk.now)),
    )


LETTERS: Final[Mapping[str, Callable[[Work, Desk, Address, str], Letter | Outcome]]] = {
    PAGE: _page,
    REMIND: _reminder,
    ASK: _ask,
    WORD: _word,
    ANSWER: _to_reporter,
    TELL: _to_reporter,
    INVITE: _invite,
}


def _acknowledge(work: Work, desk: Desk) -> Button:
    ref, person = desk.incident.ref, work.payload["person"]
    return Button("I'm on it / acknowledge", desk.places.acknowledge(ref, person, desk.sign(ref, person)))


def _answer(work: Work, desk: Desk, about: str, label: str = "Accept or decline") -> Button:
    return Button(label, desk.places.answer(desk.incident.ref, about, work.payload["person"], desk.sign))


def _with_status_page(text: str, report: Report, desk: Desk) -> str:
    page = desk.places.status(report.token)
    return text if page in text else f"{text}\n\n{page}"


def _named(text: str, desk: Desk) -> str:
    return named(text, desk.roster)


def _id(seed: str, desk: Desk, sender: Address, about: str = "") -> str:
    """The id of what is about the incident, or about a reporter's report, who need not know the incident.

    Two Tocsins of one domain, or one that began anew, may use the same keys: mail programs must not take one's page for the other's."""
    incident = desk.incident
    place = f"{desk.places.base}|{incident.ref}|{incident.started_at.isoformat()}"
    return message_id(about or incident.ref, f"{place}|{seed}", desk.sign, sender.domain)


def _recipient(work: Work, desk: Desk) -> str | Refused:
    """To whom it goes: one of our people, whose address the work names, or the reporter whom it answers."""
    if "report" not in work.payload:
        return wire_address(work.payload["address"])
    report = desk.incident.report(work.payload["report"])
    if report is None or not report.address:
        return Refused("the report names no mail address that could be answered")
    return wire_address(report.address)


def wire_address(address: str) -> str | Refused:
    """One address, fit for the wire; its domain in ASCII."""
    if not ADDRESS.fullmatch(address) or not address.isprintable():
        return Refused(f"{address!r} is no mail address")
    name, _, domain = address.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return Refused(f"{address!r} is no mail address: there can be no such domain")
