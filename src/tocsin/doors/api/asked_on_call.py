"""What callers may send about on-call. Times need an offset or a Z; those within a plan are local times of its zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from tocsin.core.oncall.picture import NARROWEST, WIDEST, WIDTH
from tocsin.doors.api.asked import Asked, Line, Version, Words

MOST_NAMES = 500


class When(Asked):
    at: AwareDatetime | None = Field(None, description="By default now.")


class OnCallWhen(When):
    schedule: Line = Field("", description="Only the schedule, or team, of this id or name.")


class Window(Asked):
    """From `from` on, before `to`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: AwareDatetime | None = Field(None, alias="from", description="By default now.")
    end: AwareDatetime | None = Field(None, alias="to", description="By default 30 days later.")


class ShiftWindow(Window):
    person: Line = Field("", description="Only this person's.")


class PictureWindow(Window):
    width: int = Field(WIDTH, ge=NARROWEST, le=WIDEST, description="In pixels.")


class PersonWindow(Window):
    person: Line = Field(description="Whose.")


class ScheduleWindow(Window):
    """Of hours, by default the 30 days until now."""

    schedule: Line = Field("", description="Only the schedules of this id, name or team; by default all.")


class Changes(Asked):
    schedule: Line = Field("", description="Only of this schedule.")
    person: Line = Field("", description="Only where shifts to come of this person moved.")
    before: int = Field(0, ge=0, le=2**62, description="Only entries older than the one with this id.")
    after: int = Field(0, ge=0, le=2**62, description="Only entries newer than the one with this id.")
    limit: int = Field(100, ge=1, le=1000)


class ExpectedAlone(Asked):
    expected_version: Version = None


class Going(ExpectedAlone):
    force: bool = Field(
        False,
        description="Take it out of the escalation policies that name it; else it can't go while they do.",
    )


class Expected(ExpectedAlone):
    preview: bool = Field(False, description="Change nothing: say what it would do.")


class GoingOrNot(Going):
    preview: bool = Field(False, description="Change nothing: say what it would do.")


class SavePlan(Asked):
    """A schedule as it is to be. What is left out beside the plan stays as it is."""

    plan: dict[str, Any] = Field(
        description="`zone`, and `layers` from the base up: each with `name`, `rotations` (`id`, `first_handoff`, `every`,"
        " `participants`, `restrict`, `until`, `offset`) or `calendar`. See docs/howto/on-call.md."
    )
    name: Words | None = None
    team: Line | None = Field(None, description="Whose it is: its members may change it.")
    slack_group: Line | None = None
    slack_channel: Line | None = None
    since: AwareDatetime | None = Field(
        None,
        description="From when on the plan holds; by default from now on. Only that of a new schedule may be past.",
    )
    drop_planned: bool = Field(
        False, description="Take the place of plans that were to begin at `since` or later."
    )
    expected_version: Version = None


class GapsQuery(Asked):
    gaps: Literal["", "refuse"] = Field(
        "", description="refuse: what would open a gap is not saved, but answered with 409 that names them."
    )


class SaveSchedule(SavePlan):
    preview: bool = Field(False, description="Change nothing: say what it would do.")


class NewOverride(Asked):
    change: Literal["take", "replace", "add", "remove"] = Field(
        description="take: `people` are on call, whoever else would be (nobody, where it is empty). replace: `people` stand in for"
        " `instead_of`, while that person is on call. add: `people` are on call as well. remove: `instead_of` is not on call."
    )
    people: list[Line] = Field([], max_length=100)
    instead_of: Line = ""
    start: AwareDatetime | None = Field(None, description="By default now.")
    end: AwareDatetime
    reason: Words = ""
    expected_version: Version = None
    preview: bool = Field(False, description="Change nothing: say what it would do.")


class NewShadow(Asked):
    person: Line = Field("", description="Who learns; by default you.")
    of: Line = Field("", description="Whom they shadow; by default whoever is on call.")
    start: AwareDatetime | None = Field(None, description="By default now.")
    end: AwareDatetime


class NewAbsence(Asked):
    """Two dates (whole days in the zone of whichever schedule asks; `end` is the first day back), or two times."""

    person: Line = Field("", description="Who is away; by default you.")
    start: AwareDatetime | date
    end: AwareDatetime | date
    reason: Words = ""
    preview: bool = Field(False, description="Change nothing: say what it would do.")


class NewCover(Asked):
    schedule: Line
    person: Line = Field("", description="Whose shift it is; by default yours.")
    start: AwareDatetime | None = Field(None, description="By default now.")
    end: AwareDatetime
    asked: list[Line] = Field(
        [], max_length=MOST_NAMES, description="Handles and `team:NAME`; by default the schedule's team."
    )
    reason: Words = ""


class FetchCalendar(Asked):
    preview: bool = Field(False, description="Change nothing: say what it would do.")


class SaveCalendar(Expected):
    kind: Literal["shifts", "days-off"] = Field(
        "shifts", description="shifts: a layer may name it. days-off: its whole days are absences of `who`."
    )
    who: list[Line] = Field([], max_length=MOST_NAMES, description="Of days off: handles and `team:NAME`.")
    zone: Line = Field("UTC", description="Of times that name none.")
    url: Line = Field(
        "",
        description="Where it stands (https://, http://, webcal://): it is read again from there each hour.",
    )


class CalendarLink(Asked):
    kind: Literal["schedule", "person"]
    subject: Line = Field(description="The schedule's id, or the person's handle.")


class AcceptCover(Asked):
    """A part of it: the rest stays open."""

    start: AwareDatetime | None = Field(None, description="By default its start.")
    end: AwareDatetime | None = Field(None, description="By default its end.")
    expected_version: Version = None


class OfCover(Asked):
    schedule: Line = ""
    person: Line = Field("", description="Whose shift it is, who asked, or who is asked.")
    since: datetime | None = Field(None, description="Those that end after this; by default after now.")
