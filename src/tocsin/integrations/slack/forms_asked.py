"""The forms in which people ask something of each other, and answer; the update for the public, and the handbook's recorded steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.acts import asking, incidents
from tocsin.acts.looks import View
from tocsin.core import texts
from tocsin.core.asked import Task
from tocsin.core.case import Case
from tocsin.core.decisions_asked import may_delegate, may_hand_over
from tocsin.errors import Conflict, NotFound
from tocsin.integrations.slack.asked_words import told
from tocsin.integrations.slack.blocks import INPUT_LIMIT, JSON, escaped, field, menu_of_people, section
from tocsin.integrations.slack.form import Company, Form, Sent
from tocsin.integrations.slack.lobby import Reply

ON_CALL: Final = "on-call"
LINK: Final = "link of the step"
"""The field for a link beside those of the handbook, which are called as they are there."""


def _delegate(view: View, about: str, known: Company) -> list[JSON]:
    """Refused to everybody but the owner before they write anything."""
    may_delegate(_case(view, known), known.actor, known.roster)
    who = "They are told on every channel, and answer within minutes; it comes before their other work."
    return [
        menu_of_people("to", "Who?", _somebody(known), hint=who),
        field("text", "What are they to do?", long=True, value=about[:INPUT_LIMIT]),
    ]


async def _take_delegate(sent: Sent) -> Reply:
    incident = await asking.delegate(sent.house, sent.actor, sent.ref, sent["to"], sent["text"])
    return Reply(await told(sent.house, incident, sent.actor))


def _hand_over(view: View, about: str, known: Company) -> list[JSON]:
    may_hand_over(_case(view, known), known.actor, known.roster)
    on_call = [one for one in known.roster.on_call if one != known.actor.person]
    people = {ON_CALL: ("Who is on call", known.roster.name(on_call[0]))} if on_call else {}
    until = "Until they accept you stay the owner; what is open and promised goes with it."
    return [
        menu_of_people("to", "To whom?", people | _somebody(known), hint=until),
        field("summary", "What do they have to know?", long=True, optional=True, value=about[:INPUT_LIMIT]),
    ]


async def _take_hand_over(sent: Sent) -> Reply:
    incident = await asking.hand_over(sent.house, sent.actor, sent.ref, sent["to"], sent["summary"])
    return Reply(await told(sent.house, incident, sent.actor))


def _decline(view: View, about: str, known: Company) -> list[JSON]:
    handover, task = view.incident.asked.handover, view.incident.asked.task(about)
    waits = task.is_theirs if task else bool(handover and handover.id == about)
    if not waits:
        raise Conflict(f"{about} waits for no answer any more")
    return [field("reason", f"Why can't you do {about}?", optional=True, hint="It is the owner's again.")]


async def _decline_task(sent: Sent) -> object:
    return await asking.decline_task(sent.house, sent.actor, sent.ref, sent.about, sent["reason"])


async def _decline_handover(sent: Sent) -> object:
    return await asking.decline_handover(sent.house, sent.actor, sent.ref, sent["reason"], sent.about)


def _report(view: View, about: str, known: Company) -> list[JSON]:
    task = _task(view, about)
    return [
        section(f"*{task.id}* {escaped(task.text)[:2500]}"),
        field("text", "What did you try, and what came of it?", long=True),
    ]


async def _report_task(sent: Sent) -> object:
    return await asking.report_task(sent.house, sent.actor, sent.ref, sent.about, sent["text"])


def _public_update(view: View, about: str, known: Company) -> list[JSON]:
    """Where the public was told: the issue, the post, or both, each with the last word as a draft."""
    public, draft = view.incident.public, about or texts.public_update(view.incident)
    blocks = []
    if public.issue:
        words = draft[:INPUT_LIMIT]
        blocks.append(field("text", "The issue's latest state", long=True, optional=True, value=words))
    if public.post:
        post = texts.fitted(draft)
        hint = f"Counts {texts.post_length(post)} of {texts.POST_LIMIT}. It answers our post."
        blocks.append(field("post", "Post", long=True, optional=True, value=post, hint=hint))
    if not blocks:
        raise Conflict(
            f"The public has heard nothing of {view.incident.ref} yet: approve the first words, then update them"
        )
    return blocks


async def _take_public_update(sent: Sent) -> object:
    """What was emptied is not said; it is not the draft that goes out instead."""
    text, post = sent["text"] or "-", sent["post"] or "-"
    return await incidents.approve_public_update(sent.house, sent.actor, sent.ref, text=text, post=post)


def _step(view: View, about: str, known: Company) -> list[JSON]:
    """The handbook's own fields."""
    steps = view.handbook.steps_of(view.incident.kind)
    step = next((one for one in steps if one.id == about), None)
    if step is None:
        names = ", ".join(one.id for one in steps) or "none"
        raise NotFound(f"{view.incident.kind} has no step {about}; it has: {names}", field="step")
    blocks = [section(escaped(step.text.strip())[:2900])] if step.text.strip() else []
    blocks += [field(name, name[:150], long=True) for name in step.fields]
    return [*blocks, field(LINK, "Link", optional=True, hint="Where it can be seen.")]


async def _take_step(sent: Sent) -> object:
    values = {name: value for name, value in sent.values.items() if name != LINK}
    return await incidents.take_step(sent.house, sent.actor, sent.ref, sent.about, values, sent[LINK])


def _case(view: View, known: Company) -> Case:
    return Case(view.incident, view.handbook, view.now, known.roster)


def _somebody(known: Company) -> dict[str, tuple[str, str]]:
    others = known.others()
    if not others:
        raise NotFound("There is nobody else here who could be asked")
    return others


def _task(view: View, about: str) -> Task:
    task = view.incident.asked.task(about)
    if task is None or not task.is_theirs:
        raise Conflict(f"{about} is {task.state if task else 'no task'} already")
    return task


FORMS_OF_ASKING: Final[Mapping[str, Form]] = {
    "delegate": Form("delegate", "Ask them", None, _take_delegate, _delegate),
    "hand_over": Form("hand over", "Ask them", None, _take_hand_over, _hand_over),
    "decline_task": Form("can't do it", "Decline", None, _decline_task, _decline),
    "report_task": Form("result", "Report", None, _report_task, _report),
    "decline_handover": Form("can't take over", "Decline", None, _decline_handover, _decline),
    "public_update": Form("to the public", "Let it go out", None, _take_public_update, _public_update),
    "step": Form("record", "Record", None, _take_step, _step),
}
