"""The forms with which an incident is learned from: follow-ups with an owner each, and the retrospective."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core.asked import FollowUp
from tocsin.core.decisions_learning import becomes_issue, took_part
from tocsin.core.retrospective import SECTIONS, proposed_start
from tocsin.doors.web.forms import CHOICE, LOCAL_TIME, MARKS, TEXT, Field, Sheet
from tocsin.doors.web.local_time import clock_of
from tocsin.doors.web.scene import Scene


def afterwards(scene: Scene) -> Iterator[Sheet]:
    """What is offered once the incident is over."""
    asked = scene.view.incident.asked
    yield follow_up(scene)
    if not asked.follow_ups and not _said_none(scene):
        why = (Field("reason", "Why does nothing have to follow?", TEXT, rows=2, must=True),)
        yield Sheet("no-follow-ups", "Nothing has to follow", "Nothing follows", why)
    if asked.retrospective.held:
        return
    yield _plan(scene)
    if asked.retrospective.declined is None:
        planned = asked.retrospective.planned
        label = "Call it off: it is not worth one" if planned else "It is not worth a retrospective"
        why = (Field("reason", "Why would it not be valuable?", TEXT, rows=2, must=True),)
        yield Sheet("no-retrospective", label, "No retrospective", why)
    if asked.retrospective.planned and asked.retrospective.planned.starts_at <= scene.view.now:
        yield held()


def follow_up(scene: Scene) -> Sheet:
    people = scene.roster.people.values()
    owner = scene.view.incident.owner or scene.me
    fields = (
        Field("title", "What is to be done?", must=True),
        Field(
            "to",
            "Who agreed to do it?",
            CHOICE,
            value=owner,
            options=tuple((one.handle, one.name) for one in people),
            must=True,
        ),
        Field("text", "More about it", TEXT),
    )
    incident = scene.view.incident
    note = "It becomes an issue of its own; closing that says that it is done."
    note = note if becomes_issue(incident) else scene.warning
    return Sheet("follow-up", "File a follow-up", "File it", fields, help=note)


def follow_up_sheets(one: FollowUp) -> tuple[Sheet, ...]:
    """What may be said about one follow-up, beside it."""
    if one.done_at:
        why = (Field("reason", "What shows that it is not done?", must=True),)
        return (Sheet("follow-up-reopen", "It is not done after all …", "It is not done", why, one.id),)
    fields = (
        Field("how", "How was it done?", TEXT, rows=2, must=True),
        Field("url", "Where can it be seen?", help="A link, where there is one."),
    )
    return (Sheet("follow-up-done", "It is done …", "It is done", fields, one.id),)


def feedback_sheets() -> dict[str, Sheet]:
    """By heading of the document: the form with which somebody writes under it."""
    return {
        heading: Sheet(
            "feedback", "Write here …", "Write it down", (Field("text", "What you saw", TEXT, must=True),), id
        )
        for id, heading in SECTIONS.items()
    }


def held() -> Sheet:
    fields = (Field("text", "What came of it?", TEXT, must=True),)
    note = "What is to be done stands as follow-ups, each with an owner who agreed."
    return Sheet("held", "The retrospective was held", "It was held", fields, help=note)


def _plan(scene: Scene) -> Sheet:
    planned = scene.view.incident.asked.retrospective.planned
    starts = planned.starts_at if planned else proposed_start(scene.view.now)
    clock = clock_of(scene.roster.people, scene.me, scene.view.now)
    people = planned.people if planned else (*took_part(scene.view.incident), scene.me)
    options = tuple((one.handle, one.name) for one in scene.roster.people.values())
    fields = (
        Field(
            "starts_at",
            f"When? ({clock.zone})",
            LOCAL_TIME,
            value=clock.field(starts),
            must=True,
            help="" if planned else "In three working days, unless you say otherwise.",
        ),
        Field("minutes", "For how many minutes?", value=str(planned.minutes if planned else 60), must=True),
        Field("people", "Who is to come?", MARKS, values=people, options=options),
        Field("reason", "Why is it valuable?", TEXT, rows=2, value=planned.reason if planned else ""),
    )
    title = "Move the retrospective" if planned else "Schedule a retrospective"
    note = "Those who are to come are invited by e-mail, and asked a day ahead to write what they saw."
    return Sheet("plan-retrospective", title, "Move it" if planned else "Schedule it", fields, help=note)


def _said_none(scene: Scene) -> bool:
    return any(isinstance(x.what, f.NoFollowUps) for x in scene.view.incident.facts)
