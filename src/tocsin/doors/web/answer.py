"""Where the link in a request by e-mail leads: one person's own page for one task, handover or follow-up, without signing in.

Mail scanners follow links, so looking changes nothing: only a button does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import Response

from tocsin.acts import asking, learning, looks
from tocsin.core.case import Actor
from tocsin.core.places import answers_for
from tocsin.core.settled_words import how_it_stands
from tocsin.doors.errors import status_of
from tocsin.doors.web.ack import person_of_link
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid, TocsinError

Answer = Callable[[Visit, Actor, str, str], Awaitable[object]]


async def show(visit: Visit) -> Response:
    return await _page(visit, await _person(visit))


async def take(visit: Visit) -> Response:
    """Accept, decline, or say that it is done, in the name of the person for whom the link was signed."""
    handle = await _person(visit)
    ref, about, do = visit.name("ref"), visit.name("about"), visit.form.text("do")
    try:
        if (about[:1], do) not in ANSWERS:
            raise Invalid(f"{do!r} is none of the buttons")
        said, act = ANSWERS[about[:1], do]
        await act(visit, Actor(handle, "email"), ref, about)
    except TocsinError as why:
        return await _page(visit, handle, why)
    return visit.went_well(visit.request.url.path, said.format(about=about, ref=ref))


async def _accept_task(visit: Visit, actor: Actor, ref: str, about: str) -> object:
    return await asking.accept_task(visit.house, actor, ref, about)


async def _decline_task(visit: Visit, actor: Actor, ref: str, about: str) -> object:
    return await asking.decline_task(visit.house, actor, ref, about, visit.form.text("reason"))


async def _report_task(visit: Visit, actor: Actor, ref: str, about: str) -> object:
    return await asking.report_task(visit.house, actor, ref, about, visit.form.text("text"))


async def _accept_handover(visit: Visit, actor: Actor, ref: str, about: str) -> object:
    return await asking.accept_handover(visit.house, actor, ref, about)


async def _decline_handover(visit: Visit, actor: Actor, ref: str, about: str) -> object:
    return await asking.decline_handover(visit.house, actor, ref, visit.form.text("reason"), about)


async def _follow_up_done(visit: Visit, actor: Actor, ref: str, about: str) -> object:
    return await learning.finish_follow_up(visit.house, actor, ref, about, visit.form.text("text"))


ANSWERS: Final[dict[tuple[str, str], tuple[str, Answer]]] = {
    ("T", "accept"): ("{about} is yours. Say here what came of it, or in the thread.", _accept_task),
    ("T", "decline"): ("{about} goes back to the owner.", _decline_task),
    ("T", "report"): ("The owner hears what came of {about}.", _report_task),
    ("H", "accept"): ("You own {ref} now. Next: say what you intend to do.", _accept_handover),
    ("H", "decline"): ("The owner stays the owner.", _decline_handover),
    ("F", "done"): ("{about} is done.", _follow_up_done),
}
"""By what it is for (a task, a handover, a follow-up) and the button: what was done, in words, and what does it."""


async def _page(visit: Visit, handle: str, wrong: TocsinError | None = None) -> Response:
    view = await looks.case(visit.house, visit.name("ref"), handle)
    about, asked = visit.name("about"), view.incident.asked
    task, follow_up = asked.task(about), asked.follow_up(about)
    handover = asked.handover if asked.handover and asked.handover.id == about else None
    roster = await looks.roster(visit.house)
    words = how_it_stands(view.incident, view.ledger, about).text
    for person in roster.people.values():
        words = words.replace("{@" + person.handle + "}", person.name)
    return visit.page(
        "answer.html",
        status=status_of(wrong) if wrong else 200,
        incident=view.incident,
        severity=view.handbook.severity(view.incident.severity),
        task=task if task and task.to == handle else None,
        handover=handover if handover and handover.to == handle else None,
        follow_up=follow_up if follow_up and not follow_up.done_at else None,
        stands=words,
        person=handle,
        roster=roster,
        wrong=wrong.message if wrong else "",
    )


async def _person(visit: Visit) -> str:
    return await person_of_link(visit, answers_for(visit.name("person"), visit.name("about")))
