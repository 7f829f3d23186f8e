"""What the forms do by which people ask something of each other, and learn from an incident."""

from __future__ import annotations

from typing import Final

from tocsin.acts import asking, incidents, learning, looks
from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.doors.web.local_time import clock_of
from tocsin.doors.web.sending import Act, Done, Sent
from tocsin.errors import Invalid


async def delegate(sent: Sent) -> Done:
    _chosen(sent, "to")
    incident = await asking.delegate(sent.house, sent.actor, sent.ref, sent.text("to"), sent.text("text"))
    return Done(await _asked(sent, incident), sent.ref)


async def hand_over(sent: Sent) -> Done:
    _chosen(sent, "to")
    incident = await asking.hand_over(sent.house, sent.actor, sent.ref, sent.text("to"), sent.text("summary"))
    return Done(await _asked(sent, incident), sent.ref)


async def accept_task(sent: Sent) -> Done:
    await asking.accept_task(sent.house, sent.actor, sent.ref, sent.about)
    return Done(
        f"{sent.about} is yours, before all other work. When it is done, report the result.", sent.ref
    )


async def decline_task(sent: Sent) -> Done:
    await asking.decline_task(sent.house, sent.actor, sent.ref, sent.about, sent.text("reason"))
    return Done(f"{sent.about} is the owner's again, and they hear of it.", sent.ref)


async def report_task(sent: Sent) -> Done:
    await asking.report_task(sent.house, sent.actor, sent.ref, sent.about, sent.text("text"))
    return Done(f"The owner has your result of {sent.about}. Thank you.", sent.ref)


async def withdraw_task(sent: Sent) -> Done:
    await asking.withdraw_task(sent.house, sent.actor, sent.ref, sent.about, sent.text("reason"))
    return Done(f"{sent.about} is withdrawn.", sent.ref)


async def accept_handover(sent: Sent) -> Done:
    await asking.accept_handover(sent.house, sent.actor, sent.ref)
    return Done(f"You own {sent.ref} now. Next: say what you intend to do.", sent.ref)


async def decline_handover(sent: Sent) -> Done:
    await asking.decline_handover(sent.house, sent.actor, sent.ref, sent.text("reason"))
    return Done("The owner still owns it, and hears of it.", sent.ref)


async def public_update(sent: Sent) -> Done:
    # What was emptied says nothing there; what the form did not show is not asked for.
    words = {name: sent.text(name) or "-" for name in ("text", "post")}
    await incidents.approve_public_update(sent.house, sent.actor, sent.ref, **words)
    return Done("Approved: the update is going out.", sent.ref)


async def step(sent: Sent) -> Done:
    view = await looks.case(sent.house, sent.ref, sent.actor.person)
    known = view.handbook.steps_of(view.incident.kind)
    fields = next((one.fields for one in known if one.id == sent.about), ())
    values = {name: sent.text(f"value-{i}") for i, name in enumerate(fields)}
    try:
        await incidents.take_step(sent.house, sent.actor, sent.ref, sent.about, values, sent.text("url"))
    except Invalid as why:
        # The form calls its fields by number: what the handbook calls them may hold any sign.
        at = fields.index(why.field) if why.field in fields else None
        raise Invalid(why.message, field=why.field if at is None else f"value-{at}") from why
    return Done("Recorded. It can't be edited; a correction is recorded after it.", sent.ref)


async def follow_up(sent: Sent) -> Done:
    incident = await learning.file_follow_up(
        sent.house, sent.actor, sent.ref, sent.text("title"), sent.text("to"), sent.text("text")
    )
    return Done(f"The follow-up {incident.asked.follow_ups[-1].id} is filed.", sent.ref)


async def follow_up_done(sent: Sent) -> Done:
    await learning.finish_follow_up(
        sent.house, sent.actor, sent.ref, sent.about, sent.text("how"), sent.text("url")
    )
    return Done(f"{sent.about} is done.", sent.ref)


async def follow_up_reopen(sent: Sent) -> Done:
    await learning.reopen_follow_up(sent.house, sent.actor, sent.ref, sent.about, sent.text("reason"))
    return Done(f"{sent.about} is to be done still.", sent.ref)


async def no_follow_ups(sent: Sent) -> Done:
    await learning.no_follow_ups(sent.house, sent.actor, sent.ref, sent.text("reason"))
    return Done("Nothing has to follow, for the reason that you gave.", sent.ref)


async def plan_retrospective(sent: Sent) -> Done:
    minutes = sent.text("minutes").strip()
    if not (minutes.isascii() and minutes.isdecimal() and len(minutes) < 5):
        raise Invalid(
            f"{minutes or 'nothing'} is no number of minutes: write one such as 60", field="minutes"
        )
    # By the clock of whoever types, as the form says.
    people = (await looks.roster(sent.house)).people
    clock = clock_of(people, sent.actor.person, sent.house.clock.now())
    incident = await learning.plan_retrospective(
        sent.house,
        sent.actor,
        sent.ref,
        clock.must(sent.form, "starts_at", "say when it is"),
        int(minutes),
        sent.form.all("people"),
        sent.text("reason"),
    )
    planned = incident.asked.retrospective.planned
    assert planned is not None
    starts = clock.reading(planned.starts_at)
    return Done(f"The retrospective is on {starts:%A %-d %b, %H:%M} {clock.zone}.", sent.ref)


async def decline_retrospective(sent: Sent) -> Done:
    await learning.decline_retrospective(sent.house, sent.actor, sent.ref, sent.text("reason"))
    return Done("No retrospective, for the reason that you gave.", sent.ref)


async def feedback(sent: Sent) -> Done:
    await learning.give_feedback(sent.house, sent.actor, sent.ref, sent.about, sent.text("text"))
    return Done("It stands in the document.", sent.ref)


async def held(sent: Sent) -> Done:
    await learning.hold_retrospective(sent.house, sent.actor, sent.ref, sent.text("text"))
    return Done("The retrospective was held.", sent.ref)


TOGETHER: Final[dict[str, Act]] = {
    "delegate": delegate,
    "hand-over": hand_over,
    "accept-task": accept_task,
    "decline-task": decline_task,
    "report-task": report_task,
    "withdraw-task": withdraw_task,
    "accept-handover": accept_handover,
    "decline-handover": decline_handover,
    "public-update": public_update,
    "step": step,
    "follow-up": follow_up,
    "follow-up-done": follow_up_done,
    "follow-up-reopen": follow_up_reopen,
    "no-follow-ups": no_follow_ups,
    "plan-retrospective": plan_retrospective,
    "no-retrospective": decline_retrospective,
    "feedback": feedback,
    "held": held,
}


def _chosen(sent: Sent, name: str) -> None:
    if not sent.text(name):
        raise Invalid("Choose whom to ask", field=name)


async def _asked(sent: Sent, incident: Incident) -> str:
    """Who was asked, until when they answer, and what the one who asked should know of them."""
    asked = next(
        x.what for x in reversed(incident.facts) if isinstance(x.what, f.TaskDelegated | f.HandoverAsked)
    )
    name = (await looks.roster(sent.house)).name(asked.to)
    mind = "".join(f" Mind: {warning}." for warning in asked.warnings)
    return f"{name} is asked, and may answer until {asked.answer_by:%H:%M} UTC.{mind}"
