"""The forms by which people ask something of each other: tasks, a handover; and for public updates and recorded steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tocsin.core import texts
from tocsin.core.asked import ACCEPTED, ASKED, Task
from tocsin.core.decisions_asked import warnings_about
from tocsin.doors.web.forms import CHOICE, TEXT, Field, Sheet
from tocsin.doors.web.scene import Scene


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks of the person who looks: they say yes or no before anything else."""

    line: str
    text: str
    answer_by: datetime
    accept: Sheet
    decline: Sheet


def asked_of_me(scene: Scene) -> Iterator[Ask]:
    """The requests that wait for this person's answer."""
    asked, ref = scene.view.incident.asked, scene.view.incident.ref
    why = (Field("reason", "Why not?", TEXT, rows=2),)
    if asked.handover and asked.handover.to == scene.me:
        one = asked.handover
        yield Ask(
            f"{scene.roster.name(one.by)} asks you to take {ref} over",
            one.summary or scene.view.incident.last_word,
            one.answer_by,
            Sheet("accept-handover", "", "I take over"),
            Sheet("decline-handover", "I can't …", "I can't take it over", why),
        )
    for task in scene.my_tasks:
        if task.state == ASKED:
            yield Ask(
                f"{scene.roster.name(task.by)} asks you to do this now, before all other work ({task.id})",
                task.text,
                task.answer_by,
                Sheet("accept-task", "", "I take it", about=task.id),
                Sheet("decline-task", "I can't …", "I can't do it", why, task.id),
            )


def while_open(scene: Scene) -> Iterator[Sheet]:
    """What a person may ask of others, or has to report, while the incident is open."""
    for task in scene.my_tasks:
        if task.state == ACCEPTED:
            asked = Field("text", "What did you try, and what came of it?", TEXT, must=True)
            yield Sheet(
                "report-task",
                f"Report the result of {task.id}",
                "It is done",
                (asked,),
                task.id,
                help=task.text,
            )
    if scene.is_mine:
        if len(scene.roster.people) > 1:
            yield _delegate(scene)
            if scene.view.incident.asked.handover is None:
                yield _hand_over(scene)
        if _has_told_the_public(scene):
            yield _public_update(scene)


def task_sheets(scene: Scene, task: Task) -> tuple[Sheet, ...]:
    """What may be said about one task, beside the task: that it need not be done, or that it can't be done after all."""
    offered = []
    if task.is_theirs and scene.me in (scene.view.incident.owner, task.by):
        why = (Field("reason", "Why need it not be done?", must=True),)
        offered.append(Sheet("withdraw-task", "Withdraw it …", "Withdraw it", why, task.id))
    if task.state == ACCEPTED and task.to == scene.me:
        why = (Field("reason", "Why not?", TEXT, rows=2),)
        offered.append(Sheet("decline-task", "I can't after all …", "I can't do it", why, task.id))
    return tuple(offered)


def step_sheets(scene: Scene) -> Iterator[Sheet]:
    """The steps that the handbook has people record for this kind of incident."""
    taken = {one.step for one in scene.view.incident.steps}
    for step in scene.view.handbook.steps_of(scene.view.incident.kind):
        fields = tuple(Field(_name(i), name, must=True) for i, name in enumerate(step.fields))
        seen = Field("url", "Where can it be seen?", help="A link, where there is one.")
        title = f"{step.title}, again" if step.id in taken else step.title
        yield Sheet("step", title, "Record it", (*fields, seen), step.id, help=" ".join(step.text.split()))


def _name(i: int) -> str:
    """The name of a step's field in the form: what the handbook calls it may hold any sign."""
    return f"value-{i}"


def _delegate(scene: Scene) -> Sheet:
    options, note = _people(scene)
    fields = (
        Field("to", "Whom?", CHOICE, options=(("", "–"), *options), must=True),
        Field("text", "What are they to do?", TEXT, must=True),
    )
    told = "They are told on every channel they have, and answer within 10 minutes; else it is yours again."
    return Sheet("delegate", "Delegate a task", "Ask them", fields, help=f"{told} {note}".strip())


def _hand_over(scene: Scene) -> Sheet:
    options, note = _people(scene)
    on_call = [handle for handle in scene.roster.on_call if handle != scene.me][:1]
    first = [("on-call", f"Who is on call: {scene.roster.name(handle)}") for handle in on_call]
    fields = (
        Field("to", "To whom?", CHOICE, options=(("", "–"), *first, *options), must=True),
        Field("summary", "What do they have to know?", TEXT, value=scene.view.incident.last_word),
    )
    told = "You own it until they have accepted."
    return Sheet("hand-over", "Hand it over", "Ask them", fields, help=f"{told} {note}".strip())


def _people(scene: Scene) -> tuple[tuple[tuple[str, str], ...], str]:
    """Everybody else to choose from, those who are free first, with what should be known of each; and what holds for all."""
    free: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    of_all = scene.warning
    for person in scene.roster.people.values():
        if person.handle == scene.me:
            continue
        known = []
        for warning in warnings_about(scene.case, person.handle, scene.roster, scene.busy):
            if warning.startswith(f"{person.name} "):
                known.append(_short(warning.removeprefix(f"{person.name} ")))
            else:
                of_all = f"Mind: {warning}. {scene.warning}".strip()
        known += ["on call"] if person.handle in scene.roster.on_call else []
        label = f"{person.name} ({'; '.join(known)})" if known else person.name
        (others if known else free).append((person.handle, label))
    return (*free, *others), of_all


def _short(warning: str) -> str:
    return re.sub(r" \([^)]*\)", "", warning.removeprefix("is "))


def _has_told_the_public(scene: Scene) -> bool:
    incident = scene.view.incident
    kind = scene.view.handbook.kind(incident.kind)
    told = incident.public.issue or incident.public.post
    return bool(told and kind and kind.public and not incident.private)


def _public_update(scene: Scene) -> Sheet:
    incident = scene.view.incident
    draft = texts.public_update(incident)
    issue = Field(
        "text", "The latest state, in the issue", TEXT, value=draft, help="Empty: nothing is said there."
    )
    post = Field(
        "post",
        "Under our post",
        TEXT,
        value=texts.fitted(draft),
        counts_post=True,
        help="Empty: nothing is said there.",
    )
    fields = ((issue,) if incident.public.issue else ()) + ((post,) if incident.public.post else ())
    note = "Everybody can read this. It goes out as soon as you approve it."
    return Sheet("public-update", "Tell the public how it stands", "Approve and send out", fields, help=note)
