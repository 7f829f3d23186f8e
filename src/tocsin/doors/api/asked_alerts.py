"""What callers send about alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from tocsin.doors.api.asked import Asked, Line, Words

Target = Annotated[
    Line,
    Field(description="person:HANDLE, team:NAME, schedule:ID, schedule:ID/next, on-call, channel:#NAME …"),
]


class OpenAlert(Asked):
    """Something has to reach people. While an alert with the same alias is open it counts up, and pages nobody anew."""

    message: Words = Field(description="What is wrong, in one line.")
    alias: Line = Field(
        "", description="Your own name for what is wrong; by default each call is an alert of its own."
    )
    description: Words = Field("", description="More about it.")
    priority: Literal["P1", "P2", "P3", "P4", "P5"] = Field(
        "P3",
        description="From the worst to the mildest. P4 and P5 wake nobody: they go by the rules for low urgency.",
    )
    policy: Line = Field("", description="The escalation policy; by default the house's own.")
    to: list[Target] = Field(
        default_factory=list,
        max_length=50,
        description="Whom to page first; the policy follows where they do not answer.",
    )
    source: Line = Field("", description="What noticed it.")
    link: Line = Field("", description="Where to look.")
    details: dict[str, Words] = Field(default_factory=dict, description="Anything else, by name.")


class CloseAlert(Asked):
    why: Words = Field("", description="What became of it.")


class SnoozeAlert(Asked):
    minutes: int | None = Field(None, ge=1, le=43_200, description="For how long; or name `until`.")
    until: datetime | None = Field(None, description="Until when, with its offset.")


class To(Asked):
    to: list[Target] = Field(min_length=1, max_length=50)
