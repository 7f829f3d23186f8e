"""What callers may send about what people ask of each other, and about what is learned."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from tocsin.doors.api.asked import Asked, Line, Words

Heading = Literal["well", "not-well", "learned", "wished"]


class Delegate(Asked):
    to: Line = Field(description="The handle of who is asked.")
    text: Words = Field(description="What they are to do.")


class Because(Asked):
    reason: Words


class MayBecause(Asked):
    reason: Words = ""


class Result(Asked):
    text: Words = Field(description="What was tried, and what came of it.")


class HandOver(Asked):
    to: Line = Field(description="The handle of who is asked, or `on-call`.")
    summary: Words = Field("", description="What they have to know.")


class PublicUpdate(Asked):
    """What is left out says the same as the other; without both it is what the owner last said. `-` says nothing there."""

    text: Words = Field("", description="The latest state, for the public issue.")
    post: Words = Field("", description="The answer under our post.")


class TakeStep(Asked):
    values: dict[Line, Words] = Field(
        description="By the name of each of the step's fields: what is recorded."
    )
    url: Line = Field("", description="Where it can be seen.")


class NewFollowUp(Asked):
    title: Words
    to: Line = Field(description="The handle of who agreed to do it.")
    text: Words = ""


class FollowUpDone(Asked):
    how: Words = Field(description="How it was done.")
    url: Line = Field("", description="Where it can be seen.")


class PlanRetrospective(Asked):
    """Once it is planned, the same call moves it."""

    starts_at: datetime = Field(description="With an offset, such as 2026-03-05T15:00:00+01:00.")
    minutes: int = Field(60, ge=10, le=480)
    people: list[Line] = Field(
        [], max_length=1000, description="Handles; by default those who owned the incident or took a task."
    )
    reason: Words = Field("", description="Why it is valuable.")


class Feedback(Asked):
    section: Heading = Field(description="The heading that it stands under.")
    text: Words
