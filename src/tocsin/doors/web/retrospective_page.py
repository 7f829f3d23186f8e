"""The page of an incident's retrospective: the document, with a form under each heading for those who take part."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from tocsin.acts import learning, looks
from tocsin.core.incident import Incident
from tocsin.doors.errors import status_of
from tocsin.doors.web import offers_learning
from tocsin.doors.web.acts_together import TOGETHER
from tocsin.doors.web.forms import Sheet, Trouble, refilled
from tocsin.doors.web.lists import download
from tocsin.doors.web.markdown import html_of
from tocsin.doors.web.scene import Scene
from tocsin.doors.web.sending import Sent
from tocsin.doors.web.visit import Visit
from tocsin.errors import NotFound, TocsinError

HERE: Final = ("feedback", "held", "follow-up")
"""The forms of this page."""
TIMELINE: Final = "Timeline (UTC)"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the document, and the form with which somebody writes into it."""

    body: Markup
    sheet: Sheet | None = None
    is_timeline: bool = False


async def show(visit: Visit) -> Response:
    return await _page(visit, visit.name("ref"))


async def markdown(visit: Visit) -> Response:
    paper = await learning.retrospective(visit.house, visit.name("ref"), visit.me.person)
    name = f"retrospective-{paper.view.incident.ref}.md"
    return download(paper.document, "text/markdown", name)


async def act(visit: Visit) -> Response:
    """Do what a form of the page asks; refused, the page comes again with what was typed."""
    ref, name = visit.name("ref").upper(), visit.name("act")
    if name not in HERE:
        raise NotFound(f"There is no form {name} on the page of a retrospective")
    try:
        done = await TOGETHER[name](Sent(visit.house, visit.actor, ref, visit.form))
    except TocsinError as why:
        return await _page(visit, ref, Trouble(name, visit.form, why))
    about = visit.form.text("about")
    place = f"#write-{about}" if name == "feedback" and re.fullmatch(r"[a-z-]+", about) else ""
    return visit.went_well(f"/incidents/{ref}/retrospective{place}", done.message)


async def _page(visit: Visit, ref: str, trouble: Trouble | None = None) -> Response:
    paper = await learning.retrospective(visit.house, ref, visit.me.person)
    incident, roster = paper.view.incident, await looks.roster(visit.house)
    may_act = visit.me.may("respond")
    planned = incident.asked.retrospective.planned
    below = list(_below(Scene(paper.view, visit.me.person, roster), incident)) if may_act else []
    return visit.page(
        "retrospective.html",
        status=status_of(trouble.error) if trouble else 200,
        incident=incident,
        roster=roster,
        parts=_parts(paper.document, trouble, writes=may_act and planned is not None),
        takes_part=planned is not None and visit.me.person in planned.people,
        below=[refilled(sheet, trouble) for sheet in below],
        trouble=trouble,
    )


def _below(scene: Scene, incident: Incident) -> list[Sheet]:
    retrospective = incident.asked.retrospective
    held = [offers_learning.held()] if retrospective.planned and not retrospective.held else []
    return [offers_learning.follow_up(scene), *held]


def _parts(document: str, trouble: Trouble | None, *, writes: bool) -> list[Part]:
    """The document in parts, each from its heading on."""
    sheets = offers_learning.feedback_sheets() if writes else {}
    parts = []
    # What people wrote stands indented or in a list, so a heading at a line's start is the document's own.
    for text in re.split(r"\n(?=## )", document):
        heading = text.removeprefix("## ").partition("\n")[0] if text.startswith("## ") else ""
        sheet = sheets.pop(heading, None)
        parts.append(Part(html_of(text), sheet and refilled(sheet, trouble), heading == TIMELINE))
    return parts
