"""The forms in which an incident is learned from: follow-ups and the retrospective."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from tocsin.acts import learning
from tocsin.acts.looks import View
from tocsin.core.decisions_learning import took_part
from tocsin.core.retrospective import SECTIONS
from tocsin.errors import Conflict, Invalid
from tocsin.integrations.slack.blocks import (
    INPUT_LIMIT,
    JSON,
    choice,
    escaped,
    field,
    menu_of_people,
    moment,
    section,
)
from tocsin.integrations.slack.form import Company, Form, Sent

MINUTES: Final = {
    "30": "30 minutes",
    "45": "45 minutes",
    "60": "An hour",
    "90": "An hour and a half",
    "120": "Two hours",
}
WORKING_DAYS_AHEAD, HOUR = 3, 15


def _follow_up(view: View, about: str, known: Company) -> list[JSON]:
    agreed = "They have agreed to it: a follow-up that nobody agreed to is nobody's."
    return [
        field("title", "What is to be done?", value=about[:150]),
        menu_of_people("to", "Whose is it?", known.everybody(), chosen=[view.incident.owner], hint=agreed),
        field("text", "What has to be known?", long=True, optional=True),
    ]


async def _take_follow_up(sent: Sent) -> object:
    return await learning.file_follow_up(
        sent.house, sent.actor, sent.ref, sent["title"], sent["to"], sent["text"]
    )


def _no_follow_ups(view: View, about: str, known: Company) -> list[JSON]:
    return [field("reason", "Why does nothing have to follow?", long=True)]


async def _take_no_follow_ups(sent: Sent) -> object:
    return await learning.no_follow_ups(sent.house, sent.actor, sent.ref, sent["reason"])


def _follow_up_done(view: View, about: str, known: Company) -> list[JSON]:
    one = view.incident.asked.follow_up(about)
    if one is None or one.done_at:
        raise Conflict(f"{about} is done already" if one else f"{view.incident.ref} has no follow-up {about}")
    return [
        section(f"*{one.id}* {escaped(one.title)}"),
        field("how", "How was it done?", long=True),
        field("url", "Link", optional=True, value=one.url),
    ]


async def _take_follow_up_done(sent: Sent) -> object:
    return await learning.finish_follow_up(
        sent.house, sent.actor, sent.ref, sent.about, sent["how"], sent["url"]
    )


def _retrospective(view: View, about: str, known: Company) -> list[JSON]:
    """As it is planned; else in three working days, with those who took part."""
    planned = view.incident.asked.retrospective.planned
    at = planned.starts_at if planned else in_working_days(view.now)
    minutes = str(planned.minutes) if planned and str(planned.minutes) in MINUTES else "60"
    mine = (known.actor.person,) if known.actor.person else ()
    people = planned.people if planned else (*took_part(view.incident), *mine)
    invited = "They are invited by e-mail, and reminded a day ahead to write what they saw."
    return [
        moment("starts_at", "When?", at, hint="In your own time zone."),
        choice("minutes", "For how long?", MINUTES, value=minutes),
        menu_of_people("people", "Who comes?", known.everybody(), chosen=people, many=True, hint=invited),
        field("reason", "What for?", optional=True, hint="It stands in the invitation."),
    ]


async def _take_retrospective(sent: Sent) -> object:
    if not sent["starts_at"].isdigit():
        raise Invalid("Say when it is to begin", field="starts_at")
    at = datetime.fromtimestamp(int(sent["starts_at"]), UTC)
    minutes, people = int(sent["minutes"] or "60"), sent["people"].split()
    return await learning.plan_retrospective(
        sent.house, sent.actor, sent.ref, at, minutes, people, sent["reason"]
    )


def _no_retrospective(view: View, about: str, known: Company) -> list[JSON]:
    return [field("reason", "Why would it not be valuable?", long=True)]


async def _take_no_retrospective(sent: Sent) -> object:
    return await learning.decline_retrospective(sent.house, sent.actor, sent.ref, sent["reason"])


def _held(view: View, about: str, known: Company) -> list[JSON]:
    return [field("text", "What came of it?", long=True, hint="What is to be done becomes follow-ups.")]


async def _take_held(sent: Sent) -> object:
    return await learning.hold_retrospective(sent.house, sent.actor, sent.ref, sent["text"])


def _feedback(view: View, about: str, known: Company) -> list[JSON]:
    if view.incident.asked.retrospective.planned is None:
        raise Conflict(f"No retrospective of {view.incident.ref} is planned")
    return [
        choice("section", "Under which heading?", SECTIONS, value=next(iter(SECTIONS))),
        field("text", "What did you see?", long=True, value=about[:INPUT_LIMIT]),
    ]


async def _take_feedback(sent: Sent) -> object:
    return await learning.give_feedback(sent.house, sent.actor, sent.ref, sent["section"], sent["text"])


def in_working_days(now: datetime, days: int = WORKING_DAYS_AHEAD) -> datetime:
    """So many working days ahead, in the afternoon (UTC)."""
    at = now.astimezone(UTC).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    while days:
        at += timedelta(days=1)
        days -= at.weekday() < 5
    return at


FORMS_OF_LEARNING: Final[Mapping[str, Form]] = {
    "follow_up": Form("follow-up", "File it", None, _take_follow_up, _follow_up),
    "no_follow_ups": Form("nothing follows", "Say so", None, _take_no_follow_ups, _no_follow_ups),
    "follow_up_done": Form("done", "It is done", None, _take_follow_up_done, _follow_up_done),
    "retrospective": Form("retrospective", "Call it", None, _take_retrospective, _retrospective),
    "no_retrospective": Form("no retrospective", "Say so", None, _take_no_retrospective, _no_retrospective),
    "retrospective_held": Form("was held", "Report", None, _take_held, _held),
    "feedback": Form("feedback", "Write it", None, _take_feedback, _feedback),
}
