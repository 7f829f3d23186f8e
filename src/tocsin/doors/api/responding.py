"""What a responder does in an incident. Each call is one act; the answer is the incident as it stands then."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path

from tocsin.acts import incident_paging, incidents, looks, rerunning
from tocsin.doors.api import asked, told
from tocsin.doors.api import asked_together as sent
from tocsin.doors.api.alerts import until_of
from tocsin.doors.api.asked_alerts import SnoozeAlert, To
from tocsin.doors.api.caller import Reader, Responder
from tocsin.doors.api.telling import short
from tocsin.doors.api.telling_alerts import escalation_told
from tocsin.doors.api.told_alerts import Escalation

router = APIRouter(prefix="/incidents/{ref}", tags=["responding"])
Ref = Annotated[asked.Line, Path(description="Such as INC-7.")]


@router.post("/acknowledge")
async def acknowledge(ref: Ref, caller: Responder) -> told.Incident:
    """The page has reached you. Somebody still has to own the incident."""
    return short(caller.house, await incidents.acknowledge(caller.house, caller.actor, ref))


@router.post("/escalate")
async def escalate(ref: Ref, caller: Responder) -> told.Incident:
    """Page the next people of the escalation now, without waiting for their time."""
    return short(caller.house, await incidents.escalate(caller.house, caller.actor, ref))


@router.post("/rerun")
async def run_build_again(ref: Ref, caller: Responder) -> told.Incident:
    """Have the oldest suspect's failed build run again, where the main branch is broken: green is a flake, red confirms it."""
    return short(caller.house, await rerunning.ask(caller.house, caller.actor, ref))


@router.post("/unacknowledge")
async def unacknowledge(ref: Ref, caller: Responder) -> told.Incident:
    """The acknowledgement does not hold: paging starts anew. Whoever owns the incident does so until another one does."""
    return short(caller.house, await incident_paging.unacknowledge(caller.house, caller.actor, ref))


@router.post("/snooze-pages")
async def snooze_pages(ref: Ref, body: SnoozeAlert, caller: Responder) -> told.Incident:
    """Nobody is paged for a while; paging starts anew where it is still open by then. Duties go on."""
    until = until_of(body, caller.house.clock.now())
    return short(caller.house, await incident_paging.snooze_pages(caller.house, caller.actor, ref, until))


@router.post("/reassign")
async def reassign(ref: Ref, body: To, caller: Responder) -> told.Incident:
    """It pages others; where they do not answer, the policy goes on. `policy:ID`, alone, replaces the policy."""
    return short(caller.house, await incident_paging.reassign(caller.house, caller.actor, ref, body.to))


@router.get("/escalation")
async def escalation(ref: Ref, caller: Reader) -> Escalation:
    """How it pages: what was done and why, what comes next and when, and who is left out."""
    return escalation_told(await incident_paging.paging(caller.house, ref, caller.visitor.person))


@router.post("/own")
async def own(ref: Ref, body: asked.Own, caller: Responder) -> told.Incident:
    """ "I'm on it." Nobody owns for another: it takes the key of a person."""
    done = await incidents.own(caller.house, caller.actor, ref, take_over=body.take_over)
    return short(caller.house, done)


@router.post("/next-steps")
async def state_next_steps(ref: Ref, body: asked.Update, caller: Responder) -> told.Incident:
    """Say what you intend to do, and when the next update comes."""
    span = _span(body.next_in_minutes)
    return short(
        caller.house, await incidents.state_next_steps(caller.house, caller.actor, ref, body.text, span)
    )


@router.post("/updates")
async def post_update(ref: Ref, body: asked.Update, caller: Responder) -> told.Incident:
    """Say how it stands, and when the next update comes."""
    span = _span(body.next_in_minutes)
    return short(caller.house, await incidents.post_update(caller.house, caller.actor, ref, body.text, span))


@router.post("/notes")
async def add_note(ref: Ref, body: asked.Note, caller: Responder) -> told.Incident:
    """A line for the timeline. It discharges nothing."""
    return short(caller.house, await incidents.add_note(caller.house, caller.actor, ref, body.text, body.url))


@router.post("/tags")
async def add_tags(ref: Ref, body: asked.Tags, caller: Responder) -> told.Incident:
    """Put tags on it, beside those that it bears."""
    return short(caller.house, await incidents.add_tags(caller.house, caller.actor, ref, body.tags))


@router.post("/title")
async def retitle(ref: Ref, body: asked.Title, caller: Responder) -> told.Incident:
    """Give it a better title than the reporter's words."""
    return short(caller.house, await incidents.retitle(caller.house, caller.actor, ref, body.title))


@router.post("/kind")
async def change_kind(ref: Ref, body: asked.ChangeKind, caller: Responder) -> told.Incident:
    """It is of another kind than was thought. From a private kind there is no way back to one that everybody may read."""
    return short(
        caller.house, await incidents.change_kind(caller.house, caller.actor, ref, body.kind, body.reason)
    )


@router.post("/members")
async def add_member(ref: Ref, body: asked.AddMember, caller: Responder) -> told.Incident:
    """Let somebody know of a private incident."""
    return short(
        caller.house, await incidents.add_member(caller.house, caller.actor, ref, body.person, body.reason)
    )


@router.post("/severity")
async def change_severity(ref: Ref, body: asked.ChangeSeverity, caller: Responder) -> told.Incident:
    """Raising it is free; lowering it needs a reason and a person."""
    done = await incidents.change_severity(caller.house, caller.actor, ref, body.severity, body.reason)
    return short(caller.house, done)


@router.post("/rollback")
async def answer_rollback(ref: Ref, body: asked.Rollback, caller: Responder) -> told.Incident:
    """ "Rolled back?": yes and how, or no and why not."""
    done = await incidents.answer_rollback(caller.house, caller.actor, ref, body.rolled_back, body.text)
    return short(caller.house, done)


@router.post("/actions")
async def approve_action(ref: Ref, body: asked.Action, caller: Responder) -> told.Incident:
    """Let Tocsin send what it offers for a duty."""
    done = await incidents.approve_action(caller.house, caller.actor, ref, body.duty, body.text)
    return short(caller.house, done)


@router.post("/public-words")
async def approve_public_words(ref: Ref, body: asked.PublicWords, caller: Responder) -> told.Incident:
    """Let the public issue and the post go out. They are the owner's to approve."""
    done = await incidents.approve_public_words(
        caller.house, caller.actor, ref, title=body.title, body=body.body, post=body.post
    )
    return short(caller.house, done)


@router.post("/public-updates")
async def approve_public_update(ref: Ref, body: sent.PublicUpdate, caller: Responder) -> told.Incident:
    """Let an update go out where the public was told. It is the owner's to approve."""
    done = await incidents.approve_public_update(
        caller.house, caller.actor, ref, text=body.text, post=body.post
    )
    return short(caller.house, done)


@router.post("/steps/{step}")
async def take_step(
    ref: Ref,
    step: Annotated[asked.Line, Path(description="One of the handbook's steps, such as license-key.")],
    body: sent.TakeStep,
    caller: Responder,
) -> told.Incident:
    """Record a step of the handbook's. It can't be edited afterwards, only taken again."""
    done = await incidents.take_step(caller.house, caller.actor, ref, step, body.values, body.url)
    return short(caller.house, done)


@router.post("/resolve")
async def resolve(ref: Ref, body: asked.Resolve, caller: Responder) -> told.Incident:
    """It is well again, and how you know."""
    done = await incidents.resolve(
        caller.house,
        caller.actor,
        ref,
        body.how,
        body.evidence,
        public=body.public,
        rolled_back=body.rolled_back,
        follow_ups=body.follow_ups,
    )
    return short(caller.house, done)


@router.post("/dismiss")
async def dismiss(ref: Ref, body: asked.Dismiss, caller: Responder) -> told.Incident:
    """It proved to be none, and how that was verified."""
    done = await incidents.dismiss(caller.house, caller.actor, ref, body.reason, body.verified)
    return short(caller.house, done)


@router.post("/reopen")
async def reopen(ref: Ref, body: asked.Reopen, caller: Responder) -> told.Incident:
    """It was not over after all."""
    return short(caller.house, await incidents.reopen(caller.house, caller.actor, ref, body.reason))


@router.post("/ops-log")
async def write_ops_log(ref: Ref, body: asked.OpsLog, caller: Responder) -> told.Incident:
    """Write the entry in the ops log."""
    done = await incidents.write_ops_log(
        caller.house,
        caller.actor,
        ref,
        impact=body.impact,
        detection=body.detection,
        cause=body.cause,
        resolution=body.resolution,
        links=tuple(body.links),
    )
    return short(caller.house, done)


@router.post("/snooze")
async def snooze(ref: Ref, body: asked.Snooze, caller: Responder) -> told.Incident:
    """Ask for a while: nothing chases the duty for 15 minutes, once; when it is due stays, and so does the page to the next people."""
    return short(
        caller.house, await incidents.snooze(caller.house, caller.actor, ref, body.duty, body.reason)
    )


@router.post("/waive")
async def waive(ref: Ref, body: asked.Waive, caller: Responder) -> told.Incident:
    """Let a duty go, with a reason."""
    return short(caller.house, await incidents.waive(caller.house, caller.actor, ref, body.duty, body.reason))


@router.post("/by-hand")
async def done_by_hand(ref: Ref, body: asked.ByHand, caller: Responder) -> told.Incident:
    """You did outside of Tocsin what a duty asks, and say where it can be seen."""
    done = await incidents.done_by_hand(caller.house, caller.actor, ref, body.duty, body.evidence)
    return short(caller.house, done)


@router.post("/close")
async def close(ref: Ref, caller: Responder) -> told.Incident:
    """Tocsin closes by itself when all is settled; asked before that, it names what stands in the way."""
    return short(caller.house, await incidents.close(caller.house, caller.actor, ref))


@router.post("/join")
async def join(ref: Ref, body: asked.Join, caller: Responder) -> told.Incident:
    """It tells of the same thing as another one: its reports move there. The answer is that other incident."""
    return short(caller.house, await incidents.join(caller.house, caller.actor, ref, body.into))


@router.post("/split", status_code=201)
async def split(ref: Ref, body: asked.Split, caller: Responder) -> told.Incident:
    """A report tells of something else: it gets an incident of its own, which is the answer."""
    made = await incidents.split(caller.house, caller.actor, ref, body.report)
    return short(caller.house, (await looks.case(caller.house, made.ref, caller.visitor.person)).incident)


@router.post("/page")
async def page(ref: Ref, body: asked.Page, caller: Responder) -> told.Incident:
    """Page more people now; the escalation goes on beside it."""
    done = await incidents.page(caller.house, caller.actor, ref, tuple(body.targets))
    return short(caller.house, done)


def _span(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)
