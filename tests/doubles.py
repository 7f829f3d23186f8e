"""The doubles for ports of our own: a mailbox that stands for every outside service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from tocsin.core.channel import Can, Field, Message
from tocsin.core.messages import thread_message
from tocsin.core.messages_duties import duty_draft, page_words, reminder
from tocsin.core.notices import words_at
from tocsin.core.procedures.run_message import planned_fact
from tocsin.core.work import (
    OF_HOUSE,
    OF_INBOX,
    PAGE,
    URGENCY,
    Delivered,
    Desk,
    HouseDesk,
    InboxDesk,
    Later,
    Outcome,
    Refused,
    Work,
)
from tocsin.errors import Invalid

EVERYTHING = frozenset(
    {"thread", "issue", "post", "page:slack", "page:email", "answer:x", "answer:slack", "answer:email"}
)


@dataclass(frozen=True)
class Sent:
    """One thing that left the house: what, to whom, in which words."""

    does: str
    via: str
    to: str
    text: str

    def __str__(self) -> str:
        return f"{self.does} {self.via} {self.to}: {self.text}"


@dataclass
class Mailbox:
    """Takes every work and keeps what was sent. `answers` are outcomes to give first, by what a work does."""

    sent: list[Sent] = field(default_factory=list)
    notices: list[Sent] = field(default_factory=list)
    answers: dict[str, list[Later | Refused]] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def under(self, name: str) -> Named:
        """This mailbox as the reach of that name."""
        return Named(self, name)

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        if self.answers.get(work.does):
            return self.answers[work.does].pop(0)
        text = words_of(work, desk)
        to = work.payload.get("person", "") or work.payload.get("report", "")
        self.sent.append(Sent(work.does, work.via, to, text))
        n = str(next(self.numbers))
        url = f"https://outside.example/{work.does}/{n}"
        ids = {"channel": "C1", "message": f"M{n}", "repository": "acme/website", "number": n, "post": n}
        return Delivered({"url": url, "text": text, **ids})

    async def notify(self, work: Work, desk: HouseDesk, attempt: int) -> Outcome:
        """What is about no incident stands in `notices`, beside what is."""
        if self.answers.get(work.does):
            return self.answers[work.does].pop(0)
        words = words_at(work, desk.now)
        self.notices.append(
            Sent(work.does, work.via, work.payload.get("person", ""), f"{words.subject}\n{words.text}")
        )
        return Delivered({"message": f"C1/M{next(self.numbers)}"})

    async def announce(self, work: Work, desk: InboxDesk) -> Outcome:
        if self.answers.get(work.does):
            return self.answers[work.does].pop(0)
        message = desk.message
        text = "" if desk.private else message.text
        self.sent.append(Sent(work.does, work.via, str(message.id), f"{message.state}: {text}"))
        return Delivered({"message": f"C1/M{next(self.numbers)}"})

    def take(self, does: str = "") -> list[Sent]:
        """What was sent since the last look (of one kind), and forget it."""
        taken = [one for one in self.sent if not does or one.does == does]
        self.sent = [one for one in self.sent if one not in taken]
        return taken

    def people(self, does: str = PAGE) -> list[str]:
        """Who got a page (or a reminder) since the last look, each once, sorted."""
        return sorted({one.to for one in self.take(does)})


@dataclass
class Phones:
    """A channel to devices that keeps what it was told to send. `answers` are outcomes to give first."""

    via: str = "sms"
    label: str = "SMS"
    can: Can = field(default_factory=lambda: Can(answers=True, tells_delivery=True, length=160))
    fields: tuple[Field, ...] = (Field("number", "Number", example="+4930123456"),)
    sent: list[Message] = field(default_factory=list)
    answers: list[Later | Refused] = field(default_factory=list)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def address(self, given: Mapping[str, str]) -> str:
        number = given.get("number", "").replace(" ", "")
        if not number.startswith("+"):
            raise Invalid(f"{number!r} is no number", field="number")
        return number

    def shown(self, address: str) -> str:
        return f"{address[:3]}…{address[-2:]}"

    async def send(self, message: Message, attempt: int) -> Outcome:
        if self.answers:
            return self.answers.pop(0)
        self.sent.append(message)
        return Delivered({"message": f"{self.via}-{next(self.numbers)}"})

    def take(self) -> list[Message]:
        taken, self.sent[:] = list(self.sent), []
        return taken


@dataclass(frozen=True)
class Named:
    """A reach that can do everything, and puts it into the mailbox."""

    box: Mailbox
    name: str
    does: frozenset[str] = frozenset(URGENCY)

    announces: frozenset[str] = OF_INBOX
    notifies: frozenset[str] = OF_HOUSE

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        return await self.box.carry_out(work, desk, attempt)

    async def notify(self, work: Work, desk: HouseDesk, attempt: int) -> Outcome:
        return await self.box.notify(work, desk, attempt)

    async def announce(self, work: Work, desk: InboxDesk, attempt: int) -> Outcome:
        return await self.box.announce(work, desk)


def words_of(work: Work, desk: Desk) -> str:
    """The words that a real reach would send for this work."""
    incident = desk.incident
    duties = desk.duties
    duty = duties.get(work.payload.get("duty", ""))
    match work.does:
        case "thread.say":
            numbers = (work.payload["fact"], *work.payload.get("with", "").split())
            facts = [incident.facts[int(n) - 1] for n in numbers]
            told = [thread_message(fact, incident, desk.handbook, desk.places, duties) for fact in facts]
            return "\n\n".join(message.text for message in told if message)
        case "thread.run" if planned := planned_fact(incident, work.payload["run"]):
            shown = thread_message(planned, incident, desk.handbook, desk.places, duties)
            return shown.text if shown else ""
        case "page":
            return page_words(incident, work.payload["why"], note=work.payload.get("note", "")).text
        case "remind" if duty:
            return reminder(duty, incident, desk.now).text
        case "post.publish":
            issue = incident.public.issue.url if incident.public.issue else ""
            assert incident.public.approved
            return incident.public.approved.post.replace("{issue}", issue)
        case "issue.open":
            assert incident.public.approved
            return incident.public.approved.body
        case _ if duty:
            return work.payload.get("text") or duty_draft(duty, incident, desk.handbook, desk.places)
        case _:
            return ""
