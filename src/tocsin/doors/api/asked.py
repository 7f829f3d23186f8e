"""What callers may send: one shape for each body. A field that is not named here is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tocsin.core.words import text_of
from tocsin.doors.api.body import LIMIT_BYTES

LONGEST_LINE = 2000


def _clean(raw: Any) -> Any:
    """Without what no database takes. Whether it is too long is for those to say who know what it is."""
    return text_of(raw, field="text", longest=LIMIT_BYTES) if isinstance(raw, str) else raw


Words = Annotated[str, BeforeValidator(_clean)]
Line = Annotated[str, Field(max_length=LONGEST_LINE), BeforeValidator(_clean)]
Minutes = Annotated[int, Field(ge=1, le=100_000, description="Whole minutes until the next update.")]


Version = Annotated[
    int | None,
    Field(
        ge=0,
        le=2_000_000_000,
        description="The version that you saw; or send it as `If-Match`. A stale one is refused (409).",
    ),
]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewReport(Asked):
    """Something may be broken. Nothing is needed, and nothing that is too much stands in the way: what is unknown is taken for
    the worst."""

    model_config = ConfigDict(extra="ignore")

    text: Words = Field("", description="What was noticed, in the reporter's own words.")
    title: Words = Field("", description="The incident's title; by default the text's first line.")
    kind: Line = Field("", description="One of the handbook's kinds; an unknown one is the first of them.")
    severity: Line = Field(
        "", description="One of the handbook's severities. Below the worst it counts only with a `reason`."
    )
    reason: Words = Field("", description="Why the severity is not the worst.")
    reporter: Words = Field("", description="Who noticed it; by default whoever calls.")
    outside: bool = Field(False, description="Whether the reporter is a customer, or anyone of the public.")
    email: Line = Field(
        "", description="Where the reporter is answered; by default on the status page alone."
    )
    policy: Line = Field(
        "",
        description="The escalation policy by which it pages, by its id; by default the one that the handbook names.",
    )
    joins: Line = Field("", description="Ref of an open incident that tells of the same thing.")
    key: Line = Field("", description="Your own id of the report: the same one twice makes one report.")


class Own(Asked):
    take_over: bool = Field(False, description="Take over from whoever owns it now.")


class Update(Asked):
    text: Words
    next_in_minutes: Minutes | None = None


class Note(Asked):
    text: Words
    url: Line = ""


class Title(Asked):
    title: Words


class Tags(Asked):
    tags: list[Line] = Field(min_length=1, max_length=20)


class ChangeKind(Asked):
    kind: Line
    reason: Words


class AddMember(Asked):
    person: Line
    reason: Words = Field(description="Why they have to know of it.")


class ChangeSeverity(Asked):
    severity: Line
    reason: Words = Field("", description="Needed where the severity is lowered.")


class Rollback(Asked):
    rolled_back: bool
    text: Words = Field(description="How it was rolled back, or why not.")


class Action(Asked):
    """Let Tocsin do what it offers for a duty: answer a reporter, tell the end, close the issue, answer the post."""

    duty: Line
    text: Words = Field("", description="Instead of the draft.")


class PublicWords(Asked):
    """What is left out goes out as drafted."""

    title: Words = ""
    body: Words = ""
    post: Words = ""


class Resolve(Asked):
    how: Words
    evidence: Words = Field(description="How you know that it is well again.")
    public: Words = Field("", description="What outsiders are told.")
    rolled_back: bool | None = Field(None, description='Answers "rolled back?" along with it.')
    follow_ups: Words = Field(
        "", description="What has to follow, one a line; `@bob …` gives it to Bob, else it is yours."
    )


class Dismiss(Asked):
    reason: Words
    verified: Words = Field(description="How it was verified to be no incident.")


class Reopen(Asked):
    reason: Words


class OpsLog(Asked):
    impact: Words
    detection: Words
    cause: Words
    resolution: Words
    links: list[Line] = Field([], max_length=100)


class Snooze(Asked):
    duty: Line
    reason: Words = Field(description="Why it takes longer. The thread reads it.")


class Waive(Asked):
    duty: Line
    reason: Words


class ByHand(Asked):
    duty: Line
    evidence: Words = Field(description="A link, or who was told, when and how.")


class Join(Asked):
    into: Line = Field(description="Ref of the incident that goes on.")


class Split(Asked):
    report: Line = Field(description="Id of the report that gets an incident of its own.")


class Page(Asked):
    targets: list[Line] = Field(
        min_length=1, max_length=100, description="`on-call`, `team:NAME` or `person:HANDLE`."
    )


class SavePerson(Asked):
    """Replaces the person of that handle."""

    name: Words = ""
    email: Line = ""
    slack_id: Line = ""
    rights: list[Line] = Field(["respond"], max_length=10)
    github: Line = Field("", description="Their login at GitHub.")
    zone: Line = Field("", description="Their time zone, such as Europe/Berlin.")
    hours: Line = Field("", description="When they work, in their zone: `Mon-Fri 09:00-17:00`.")
    expected_version: Version = None
    preview: bool = Field(False, description="Say which gaps it would open, and change nothing.")


class ChooseNotices(Asked):
    expected_version: Version = None
    notices: list[Line] = Field(
        max_length=10,
        description="How long before a shift of theirs begins they hear of it: `24h`, `1h`, `now`.",
    )


class SaveTeam(Asked):
    members: list[Line] = Field(max_length=1000)
    pager: Line | None = Field(
        None,
        description="The pager that pages it: `opsgenie`, `pagerduty`, each with `:NAME` for what it is called there, `own` for Tocsin, or empty for the pager of all. Left out: as it is.",
    )
    expected_members: list[Line] | None = Field(
        None,
        max_length=1000,
        description="The members that you saw, in any order (`[]` where there was no such team): refused where it has others by now.",
    )
    preview: bool = Field(False, description="Say what it would do, and change nothing.")


class MakeKey(Asked):
    name: Line
    person: Line = Field(
        "", description="In whose name it acts; without one it can't do what only a person can."
    )
    rights: list[Line] = Field(["respond"], max_length=10)


class Filter(Asked):
    """Which incidents, newest first."""

    status: list[Literal["open", "resolved", "dismissed", "closed"]] = Field(
        [], description="By default all."
    )
    before: Line = Field("", description="Go on after this ref: `next` of the answer before.")
    limit: int = Field(50, ge=1, le=200)


class OfPerson(Asked):
    person: Line = Field("", description="Only what this person owes.")


class TakeOnCall(Asked):
    minutes: int = Field(60, ge=1, le=129_600, description="For how long, from now on.")
    person: Line = Field("", description="Who; by default you.")
    schedules: list[Line] = Field(
        [], max_length=100, description="Names of schedules, or of their teams; by default all."
    )


class ScoreWindow(Asked):
    """From `start` on, before `end`. Times without an offset are UTC."""

    start: datetime | None = Field(None, description="By default 30 days before the end.")
    end: datetime | None = Field(None, description="By default now.")


class TryHandbook(Asked):
    text: str = Field(description="A handbook in TOML.")
    since: datetime | None = Field(
        None,
        description="Only incidents that began then or later; by default all. Without an offset it is UTC.",
    )


class SaveHandbook(Asked):
    text: str = Field(description="The whole handbook in TOML.")
    reason: Words = Field(description="What changes, and why.")


class Newest(Asked):
    limit: int = Field(1000, ge=1, le=10_000)


class OpenMessage(Asked):
    joins: Line = Field("", description="Ref of an open incident that it tells of too.")
    kind: Line = Field("", description="One of the handbook's kinds; by default the first.")


class PutAside(Asked):
    reason: Words = Field("", description="Why it is no report.")
