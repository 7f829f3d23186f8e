"""The shapes of the answers about what is set up: the handbook, people, teams, schedules, keys."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tocsin.doors.api.told_base import Told


class Severity(Told):
    """`kinds`: for incidents of those alone; empty for all that have none of their own."""

    id: str
    title: str
    help: str
    kinds: list[str]


class Kind(Told):
    id: str
    title: str
    example: str
    public: bool = Field(description="Whether outsiders may be told of it in public.")
    private: bool = Field(description="Whether only its members may know of it.")


class Step(Told):
    """What people record in an incident, such as a licence key that was handed out: `fields` are asked for, `text` says how it is done."""

    id: str
    title: str
    text: str
    fields: list[str]
    kinds: list[str] = Field(description="For incidents of these kinds; empty: of all.")


class Handbook(Told):
    """The handbook in force; `page` is what people read, in Markdown."""

    name: str
    version: str
    hash: str
    page: str
    severities: list[Severity]
    kinds: list[Kind]
    steps: list[Step]


class Me(Told):
    """In whose name this key acts (null: nobody's), what it may do, and the time where they live (`zone` empty: not known)."""

    person: str | None
    name: str
    rights: list[str]
    zone: str
    now: datetime


class Person(Told):
    handle: str
    name: str
    email: str
    slack_id: str
    rights: list[str]
    github: str
    zone: str
    hours: str = Field(description="When they work, in their zone; empty where that is not known.")
    notices: list[str] = Field(
        description="How long before a shift of theirs begins they hear of it: `24h`, `1h`, `now`."
    )
    version: int = Field(description="Another number after each edit; it does not count up.")


class People(Told):
    people: list[Person]


class Team(Told):
    name: str
    members: list[str]
    pager: str = Field(description="The pager that it keeps; empty: that of all, or Tocsin's own.")


class Teams(Told):
    teams: list[Team]


class Key(Told):
    name: str
    person: str = Field(description="In whose name it acts; empty: nobody's.")
    rights: list[str]
    created_at: datetime
    revoked_at: datetime | None


class Keys(Told):
    keys: list[Key]


class NewKey(Told):
    """The key itself is shown this once."""

    name: str
    key: str
