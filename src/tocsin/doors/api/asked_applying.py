"""What callers may send to have the whole configuration be as their files say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from tocsin.doors.api.asked import Asked, Line, Words

MOST_PEOPLE, MOST_SCHEDULES, MOST_MEMBERS = 50_000, 20_000, 1000
Names = Annotated[list[Line], Field(max_length=MOST_MEMBERS)]


class RulesFile(Asked):
    """An urgency that is left out stays as it is; [] is the usual rules."""

    high: Names | None = None
    low: Names | None = None


class PersonFile(Asked):
    """A person; what is left out stays as it is."""

    name: Words | None = None
    email: Line | None = None
    slack_id: Line | None = None
    github: Line | None = None
    zone: Line | None = None
    hours: Line | None = None
    rights: Annotated[list[Line], Field(max_length=10)] | None = None
    rules: RulesFile | None = Field(None, description="As in `PUT /people/{handle}/rules`.")
    quiet: Line | None = Field(None, description="As in `PUT /people/{handle}/quiet`.")


class TeamFile(Asked):
    """A team that says which pager it keeps; what is left out stays as it is."""

    members: Names | None = None
    pager: Line | None = Field(None, description="As in `PUT /teams/{name}`.")


AnyTeam = Annotated[
    Annotated[Names, Tag("(list)")] | Annotated[TeamFile, Tag("(table)")],
    Discriminator(lambda said: "(table)" if isinstance(said, dict | TeamFile) else "(list)"),
]


class CalendarFile(Asked):
    """A calendar's address and kind; what it says is read from there. What is left out stays as it is."""

    kind: Literal["shifts", "days-off"] | None = None
    url: Line | None = None
    zone: Line | None = Field(None, description="Of times that name none.")
    who: Names | None = Field(None, description="Of days off: handles and `team:NAME`.")


class Apply(Asked):
    """Each kind by its ids. A kind that is left out is not looked at; what a kind does not name stays, unless `prune`."""

    people: dict[Line, PersonFile] | None = Field(None, max_length=MOST_PEOPLE)
    teams: dict[Line, AnyTeam] | None = Field(
        None, max_length=MOST_PEOPLE, description="The members; or a table of `members` and `pager`."
    )
    calendars: dict[Line, CalendarFile] | None = Field(None, max_length=MOST_PEOPLE)
    schedules: dict[Line, dict[str, Any]] | None = Field(
        None,
        max_length=MOST_SCHEDULES,
        description="Each with `zone` and `layers` as in a plan; `name`, `team`, `slack_group`, `slack_channel` as they are to be.",
    )
    policies: dict[Line, dict[str, Any]] | None = Field(
        None, max_length=MOST_SCHEDULES, description="Each as a whole, as in `PUT /policies/{id}`."
    )
    dry_run: bool = Field(
        False, description="Change nothing: say what would be done. The right to read is enough."
    )
    prune: bool = Field(False, description="Delete what the kinds that are sent do not name.")
    drop_planned: bool = Field(False, description="Take the place of plans that were to begin later.")
    plan_id: Line = Field(
        "", description="Of the plan that was reviewed: refused (409) where it would be another one by now."
    )
