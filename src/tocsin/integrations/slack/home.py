"""The app's Home tab: what one person owes, their pages, what they are asked, the open incidents, who is on call, and how to report.

It is drawn anew whenever they open it, and after each click there. It shows what they may know of, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from tocsin.acts import looks
from tocsin.acts.looks import View
from tocsin.core.asked import ASKED
from tocsin.core.chasing_words import page_offers
from tocsin.core.duties import Duty, open_duties
from tocsin.core.message_parts import OWN, Offer
from tocsin.core.messages_asked import answers_to
from tocsin.core.messages_duties import offers_of
from tocsin.errors import NotFound
from tocsin.integrations.slack import answers
from tocsin.integrations.slack.blocks import (
    JSON,
    SECTION_LIMIT,
    actions,
    button,
    context,
    date,
    escaped,
    link,
    link_button,
    offered,
    section,
    words,
)
from tocsin.integrations.slack.client import SlackFailed
from tocsin.integrations.slack.forms import REPORT
from tocsin.integrations.slack.lobby import Caller, Lobby

log = structlog.get_logger()

HOME: Final = "home"
"""What stands for the Home tab in the place of a channel, and the act of the button that draws it anew."""
MOST_DUTIES, MOST_PAGES, MOST_TASKS, MOST_INCIDENTS = 10, 5, 5, 20
"""How many of each are shown; a view of Slack's holds 100 blocks."""
QUIET: Final = "You owe nothing, no page waits for you, and nobody asks you for anything."


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits for somebody, with the clicks that settle it."""

    view: View
    text: str
    offers: tuple[Offer, ...]


def opened(payload: JSON) -> str:
    """The Slack id of who opened their Home tab; "" for every other event, the app's tab of messages among them."""
    event = payload.get("event") or {}
    if event.get("type") != "app_home_opened" or event.get("tab") != HOME:
        return ""
    return str(event.get("user") or "")


async def show(lobby: Lobby, caller: Caller) -> None:
    """Draw somebody's Home tab as all stands now. What Slack does not take is logged: it is drawn again when they look again."""
    view = {"type": "home", "blocks": await _blocks(lobby, caller)}
    try:
        await lobby.slack.do(lambda web: web.views_publish(user_id=caller.slack_id, view=view))
    except SlackFailed as failed:
        log.warning("a Home tab could not be drawn", slack_id=caller.slack_id, why=str(failed))


async def _blocks(lobby: Lobby, caller: Caller) -> list[JSON]:
    house, person = lobby.house, caller.actor.person
    top = [
        button(REPORT, "Report …", "|", is_main=True),
        button(HOME, "Refresh", "|"),
        link_button("open_page", "Open on the web", house.places.base),
    ]
    blocks = actions(top)
    if person:
        blocks += await _mine(lobby, person)
    else:
        blocks.append(section(_stranger(caller)))
    blocks += [
        _title("Open incidents"),
        *_lines((await answers.listed(house, person)).text),
        _title("On call"),
        *_lines((await answers.on_call(house)).text),
    ]
    return [*blocks, context(f"As of {date(house.clock.now(), house.clock.now())}.")]


async def _mine(lobby: Lobby, person: str) -> list[JSON]:
    """What waits for one of our people, the most urgent first: pages, then what they are asked, then duties."""
    views = await _views(lobby, person)
    pages = [item for view in views for item in _pages(view, person)]
    tasks = [item for view in views for item in _tasks(view, person)]
    owed = sorted(
        (
            (duty, view)
            for view in views
            for duty in open_duties(view.ledger)
            if person in duty.owes and not _is_shown(duty, view, person)
        ),
        key=lambda one: one[0].due_at,
    )
    duties = [_duty(duty, view) for duty, view in owed]
    shown = [
        *_part(lobby, "Your pages", pages, MOST_PAGES),
        *_part(lobby, "You are asked", tasks, MOST_TASKS),
        *_part(lobby, "You owe", duties, MOST_DUTIES),
    ]
    return shown or [section(QUIET)]


async def _views(lobby: Lobby, person: str) -> list[View]:
    """The incidents in which something may wait for this person."""
    owed = [one.ref for one in await looks.owed(lobby.house, person, person)]
    open_ones = [row.ref for row in (await looks.open_incidents(lobby.house, person))[:MOST_INCIDENTS]]
    views = []
    for ref in dict.fromkeys([*owed, *open_ones]):
        try:
            views.append(await looks.case(lobby.house, ref, person))
        except NotFound:  # It became private meanwhile.
            continue
    return views


def _pages(view: View, person: str) -> Iterator[Item]:
    alert = view.incident.alert
    if view.incident.is_awaited(person):
        since = f", paged at {date(alert.stepped_at, view.now)}" if alert.stepped_at else ""
        yield Item(view, f"Severity {view.incident.severity}{since}.", page_offers(view.incident, person))


def _tasks(view: View, person: str) -> Iterator[Item]:
    asked = view.incident.asked
    for task in asked.tasks:
        if task.to == person and task.is_theirs:
            report = Offer("report_task", "Report the result …", task.id, is_main=True)
            by = f" (answer by {date(task.answer_by, view.now)})" if task.state == ASKED else ""
            offers = answers_to(task.id) if task.state == ASKED else (report,)
            yield Item(view, f"{task.id}{by}: {escaped(task.text)}", offers)
    if asked.handover and asked.handover.to == person:
        until = date(asked.handover.answer_by, view.now)
        text = f"To take it over (answer by {until}). {escaped(asked.handover.summary)}"
        yield Item(view, text, answers_to(asked.handover.id))


def _is_shown(duty: Duty, view: View, person: str) -> bool:
    """Whether a page or a request says it already, with the same clicks."""
    asked = view.incident.asked
    task = asked.task(duty.subject)
    if task and task.to == person and task.is_theirs:
        return True
    if asked.handover and asked.handover.id == duty.subject:
        return True
    return any(_pages(view, person)) and OWN in offers_of(duty)


def _duty(duty: Duty, view: View) -> Item:
    late = duty.is_overdue(view.now)
    due = f"*was due* {date(duty.due_at, view.now)}" if late else f"due {date(duty.due_at, view.now)}"
    return Item(view, f"{escaped(duty.title)}, {due}", offers_of(duty))


def _part(lobby: Lobby, title: str, items: list[Item], most: int) -> list[JSON]:
    blocks = [_title(title)] if items else []
    for item in items[:most]:
        incident = item.view.incident
        head = f"*{link(lobby.house.places.incident(incident.ref), incident.ref)}* {escaped(incident.title)}"
        blocks += [
            section(f"{head}\n{item.text}"[:SECTION_LIMIT]),
            *actions(offered(item.offers, incident.ref)),
        ]
    if len(items) > most:
        blocks.append(
            context(f"And {len(items) - most} more: {link(lobby.house.places.base, 'on the web')}.")
        )
    return blocks


def _stranger(caller: Caller) -> str:
    known_by = f"the e-mail address {caller.email}" if caller.email else f"the Slack id {caller.slack_id}"
    return (
        "Tocsin does not know you yet: you can report and add notes. To own incidents, ask whoever runs Tocsin "
        f"to enter you as a person with {escaped(known_by)}."
    )


def _title(text: str) -> JSON:
    return {"type": "header", "text": words(text)}


def _lines(text: str) -> Iterable[JSON]:
    """As many sections as the text needs, parted between lines: a link that is cut in two is none."""
    part = ""
    for line in text.splitlines():
        if part and len(part) + len(line) + 1 > SECTION_LIMIT:
            yield section(part)
            part = ""
        part = f"{part}\n{line}".strip()
    if part:
        yield section(part[:SECTION_LIMIT])
