"""How an incident is learned from: follow-ups with an owner each, and the retrospective."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from tocsin.acts import learning
from tocsin.doors.api import asked, told
from tocsin.doors.api import asked_together as sent
from tocsin.doors.api import told_together as together
from tocsin.doors.api.caller import Reader, Responder
from tocsin.doors.api.looking import Markdown
from tocsin.doors.api.responding import Ref
from tocsin.doors.api.telling import short
from tocsin.doors.api.telling_together import retrospective as told_retrospective

router = APIRouter(prefix="/incidents/{ref}", tags=["learning"])
FollowUpId = Annotated[asked.Line, Path(description="Such as F1.")]


@router.post("/follow-ups", status_code=201)
async def file_follow_up(ref: Ref, body: sent.NewFollowUp, caller: Responder) -> told.Incident:
    """File what is to be done so that it does not happen again, with its owner. It becomes an issue where there is GitHub."""
    done = await learning.file_follow_up(caller.house, caller.actor, ref, body.title, body.to, body.text)
    return short(caller.house, done)


@router.post("/follow-ups/{follow_up}/done")
async def finish_follow_up(
    ref: Ref, follow_up: FollowUpId, body: sent.FollowUpDone, caller: Responder
) -> told.Incident:
    """It is done, and how. Closing its issue says the same."""
    done = await learning.finish_follow_up(caller.house, caller.actor, ref, follow_up, body.how, body.url)
    return short(caller.house, done)


@router.post("/follow-ups/{follow_up}/reopen")
async def reopen_follow_up(
    ref: Ref, follow_up: FollowUpId, body: sent.Because, caller: Responder
) -> told.Incident:
    """It was not done after all. That does not open the incident again."""
    done = await learning.reopen_follow_up(caller.house, caller.actor, ref, follow_up, body.reason)
    return short(caller.house, done)


@router.post("/no-follow-ups")
async def no_follow_ups(ref: Ref, body: sent.Because, caller: Responder) -> told.Incident:
    """Nothing has to follow, and why."""
    return short(caller.house, await learning.no_follow_ups(caller.house, caller.actor, ref, body.reason))


@router.put("/retrospective")
async def plan_retrospective(ref: Ref, body: sent.PlanRetrospective, caller: Responder) -> told.Incident:
    """Call a retrospective, or move the one that was called. Those who are to come are invited by e-mail."""
    done = await learning.plan_retrospective(
        caller.house, caller.actor, ref, body.starts_at, body.minutes, body.people, body.reason
    )
    return short(caller.house, done)


@router.post("/retrospective/decline")
async def decline_retrospective(ref: Ref, body: sent.Because, caller: Responder) -> told.Incident:
    """It is not worth one, and why. One that was planned is called off."""
    done = await learning.decline_retrospective(caller.house, caller.actor, ref, body.reason)
    return short(caller.house, done)


@router.post("/retrospective/feedback")
async def give_feedback(ref: Ref, body: sent.Feedback, caller: Responder) -> told.Incident:
    """Write for the retrospective, under one of its headings."""
    done = await learning.give_feedback(caller.house, caller.actor, ref, body.section, body.text)
    return short(caller.house, done)


@router.post("/retrospective/held")
async def hold_retrospective(ref: Ref, body: sent.Result, caller: Responder) -> told.Incident:
    """They met, and what came of it."""
    return short(caller.house, await learning.hold_retrospective(caller.house, caller.actor, ref, body.text))


@router.get("/retrospective")
async def retrospective(ref: Ref, caller: Reader) -> together.RetrospectivePage:
    """What was decided about the retrospective, what was written for it, and its document."""
    paper = await learning.retrospective(caller.house, ref, caller.visitor.person)
    incident = paper.view.incident
    told_of = told_retrospective(incident, caller.house.places)
    return together.RetrospectivePage(
        **told_of, ref=incident.ref, title=incident.title, document=paper.document
    )


@router.get("/retrospective.md", response_class=Markdown)
async def retrospective_markdown(ref: Ref, caller: Reader) -> Markdown:
    """The retrospective's document: the template, filled with the timeline and with what people wrote."""
    return Markdown((await learning.retrospective(caller.house, ref, caller.visitor.person)).document)
