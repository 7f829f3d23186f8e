"""The shapes of the answers about how people are reached."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tocsin.doors.api.told_base import Told


class ChannelField(Told):
    """One thing to ask for when somebody adds such a device; a secret one is shown never again."""

    id: str
    label: str
    help: str
    example: str
    secret: bool
    optional: bool


class Abilities(Told):
    """What a channel can do."""

    answers: bool = Field(description="People can acknowledge on the device itself.")
    tells_delivery: bool = Field(description="A receipt says that it came there.")
    tells_seen: bool = Field(description="A receipt says that somebody saw it.")
    settles: bool = Field(description="A message can be rewritten once it is over.")
    interrupts: bool = Field(description="It wakes people.")
    length: int | None = Field(description="The most characters that one message holds.")


class Channel(Told):
    via: str
    label: str
    can: Abilities
    fields: list[ChannelField]


class Channels(Told):
    channels: list[Channel]


class ContactMethod(Told):
    """`address` is masked but for what the directory gives."""

    id: str = Field(description="`slack` or `email` where the directory gives the address, else m7.")
    name: str
    via: str
    label: str
    address: str
    given: bool
    verified: bool = Field(description="Only a verified one is used.")
    unverified: str = Field(
        description='What it waits for that is not verified: its code was refused, expired, ... "" where that was not asked.'
    )
    is_set_up: bool = Field(description="Whether its channel is set up here.")
    interrupts: bool = Field(description="Whether it wakes people.")
    failing: str = Field(description="What its provider said when it refused for good.")


class Way(Told):
    method: str
    at: datetime
    after: str = Field(description="How long that is from now, in words.")
    waits: str = Field(description="What holds it up, such as quiet hours.")


class LeftOut(Told):
    method: str
    why: str


class Ways(Told):
    """What a page of that urgency would do if it began now."""

    urgency: str
    planned: list[Way]
    left_out: list[LeftOut]


class Contacts(Told):
    person: str
    zone: str
    methods: list[ContactMethod]
    rules: dict[str, list[str]] = Field(
        description="By urgency; one that is not there goes by the usual rules."
    )
    quiet: str
    now: datetime
    ways: list[Ways]


class RemovedContact(Told):
    method: ContactMethod
    warnings: list[str]


class TestMessage(Told):
    via: str
    contact: str = Field(description="The id of the contact method.")
    state: str = Field(description="planned, handed over, delivered, seen or failed.")
    words: str = Field(description="What the provider said.")
    answered_at: datetime | None


class TestPage(Told):
    """A page that only tried whether it reaches somebody, and what came of it on each contact method."""

    id: int
    person: str
    asked_by: str
    by_itself: bool = Field(description="Whether it was the monthly one.")
    asked_at: datetime
    answered_at: datetime | None
    messages: list[TestMessage]


class Amiss(Told):
    words: str
    is_grave: bool = Field(description="It may cost a page, and stands in the weekly digest.")


class Tested(Told):
    at: datetime
    answered_at: datetime | None


class Ready(Told):
    """Whether a page of high urgency would reach somebody now: `ways` are its channels, in their order."""

    person: str
    name: str
    because: list[str] = Field(description="Why they have to be reachable: schedules, teams, the escalation.")
    is_reached: bool
    is_at_risk: bool
    ways: list[str]
    amiss: list[Amiss]
    quiet: str
    tested: Tested | None = Field(description="The last test page; null: never tested.")


class Readiness(Told):
    people: list[Ready]
