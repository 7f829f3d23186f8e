"""The shapes of the answers about what people ask of each other, and about what is learned."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tocsin.doors.api.told_base import Told


class Task(Told):
    """`state` is asked, accepted, declined, returned, done or withdrawn; `said` is the result, or why it came to that."""

    id: str
    to: str
    text: str
    by: str
    asked_at: datetime
    answer_by: datetime
    state: str
    said: str | None


class Handover(Told):
    """A handover that waits for its answer: until then the owner stays the owner."""

    id: str
    to: str
    by: str
    summary: str
    asked_at: datetime
    answer_by: datetime


class FollowUp(Told):
    """`url`, `repository` and `number` are its issue's, where there is one."""

    id: str
    title: str
    text: str
    to: str
    repository: str | None
    number: int | None
    url: str | None
    done_at: datetime | None
    how: str | None


class Feedback(Told):
    by: str
    section: str
    text: str


class Meeting(Told):
    starts_at: datetime
    minutes: int
    people: list[str]
    reason: str | None
    version: int = Field(description="How often it was decided before; a later one moves it.")


class Retrospective(Told):
    """What was decided: `planned`, or `declined` with the reason; neither while nobody has decided."""

    url: str
    planned: Meeting | None
    declined: str | None
    held: str | None = Field(description="What came of it.")
    feedback: list[Feedback]


class RetrospectivePage(Retrospective):
    """With the document, in Markdown."""

    ref: str
    title: str
    document: str


class Step(Told):
    """A step of the handbook's that somebody recorded."""

    step: str
    title: str
    values: dict[str, str]
    url: str | None


class Pager(Told):
    """The alert in the pager that a team keeps."""

    via: str
    alert: str
    url: str | None
