"""What each form of an incident's page does: its name in the address, the act that it calls, and what it says afterwards."""

from __future__ import annotations

from typing import Final

from tocsin.acts import incidents, judging, rerunning
from tocsin.acts.procedures import deeds
from tocsin.doors.web.acts_together import TOGETHER
from tocsin.doors.web.forms import web_link
from tocsin.doors.web.offers_paging import ACTS as PAGING
from tocsin.doors.web.offers_procedures import PREFIX
from tocsin.doors.web.sending import Act, Done, Sent
from tocsin.errors import Invalid


async def own(sent: Sent) -> Done:
    # The form names the owner who is taken over from, so pressing it says so.
    await incidents.own(sent.house, sent.actor, sent.ref, take_over=sent.text("take_over") == "yes")
    return Done(f"You own {sent.ref} now. Next: say what you intend to do.", sent.ref)


async def acknowledge(sent: Sent) -> Done:
    await incidents.acknowledge(sent.house, sent.actor, sent.ref)
    return Done("Acknowledged. Nobody owns it by that alone.", sent.ref)


async def judge(sent: Sent) -> Done:
    await judging.ask_verdict(sent.house, sent.actor, sent.ref)
    return Done("Tocsin looks at the deploys again: what is new will stand here.", sent.ref)


async def rerun(sent: Sent) -> Done:
    await rerunning.ask(sent.house, sent.actor, sent.ref)
    return Done("The oldest suspect's build is run again: how it ends will stand here.", sent.ref)


async def escalate(sent: Sent) -> Done:
    await incidents.escalate(sent.house, sent.actor, sent.ref)
    return Done("The next people are paged.", sent.ref)


async def snooze(sent: Sent) -> Done:
    await incidents.snooze(sent.house, sent.actor, sent.ref, sent.about, sent.text("reason"))
    return Done("The reminders wait. When it is due stays as it was.", sent.ref)


async def next_steps(sent: Sent) -> Done:
    await incidents.state_next_steps(
        sent.house, sent.actor, sent.ref, sent.text("text"), sent.form.span("next_in")
    )
    return Done("Your next steps stand in the timeline.", sent.ref)


async def update(sent: Sent) -> Done:
    await incidents.post_update(
        sent.house, sent.actor, sent.ref, sent.text("text"), sent.form.span("next_in")
    )
    return Done("Your update stands in the timeline.", sent.ref)


async def note(sent: Sent) -> Done:
    await incidents.add_note(sent.house, sent.actor, sent.ref, sent.text("text"))
    return Done("Noted.", sent.ref)


async def severity(sent: Sent) -> Done:
    incident = await incidents.change_severity(
        sent.house, sent.actor, sent.ref, sent.text("severity"), sent.text("reason")
    )
    return Done(f"The severity is {incident.severity} now.", sent.ref)


async def kind(sent: Sent) -> Done:
    incident = await incidents.change_kind(
        sent.house, sent.actor, sent.ref, sent.text("kind"), sent.text("reason")
    )
    return Done(f"It is of the kind {incident.kind} now.", sent.ref)


async def member(sent: Sent) -> Done:
    await incidents.add_member(sent.house, sent.actor, sent.ref, sent.text("person"), sent.text("reason"))
    return Done("They may know of it now.", sent.ref)


async def title(sent: Sent) -> Done:
    incident = await incidents.retitle(sent.house, sent.actor, sent.ref, sent.text("title"))
    return Done(f"It is called “{incident.title}” now.", sent.ref)


async def tag(sent: Sent) -> Done:
    incident = await incidents.add_tags(
        sent.house, sent.actor, sent.ref, sent.text("tags").replace(",", " ").split()
    )
    return Done(f"It is tagged {', '.join(incident.tags)}.", sent.ref)


async def rollback(sent: Sent) -> Done:
    answer = sent.form.yes("rolled_back")
    if answer is None:
        raise Invalid("Say yes or no", field="rolled_back")
    await incidents.answer_rollback(sent.house, sent.actor, sent.ref, answer, sent.text("text"))
    return Done("Answered.", sent.ref)


async def public(sent: Sent) -> Done:
    await incidents.approve_public_words(
        sent.house,
        sent.actor,
        sent.ref,
        title=sent.text("title"),
        body=sent.text("body"),
        post=sent.text("post"),
    )
    return Done("Approved: the public words are going out.", sent.ref)


async def resolve(sent: Sent) -> Done:
    await incidents.resolve(
        sent.house,
        sent.actor,
        sent.ref,
        sent.text("how"),
        sent.text("evidence"),
        public=sent.text("public"),
        rolled_back=sent.form.yes("rolled_back"),
        follow_ups=sent.text("follow_ups"),
    )
    return Done("Resolved. What is left to do stands under what is owed.", sent.ref)


async def dismiss(sent: Sent) -> Done:
    await incidents.dismiss(sent.house, sent.actor, sent.ref, sent.text("reason"), sent.text("verified"))
    return Done("Dismissed: it was no incident.", sent.ref)


async def reopen(sent: Sent) -> Done:
    await incidents.reopen(sent.house, sent.actor, sent.ref, sent.text("reason"))
    return Done("Open again. Whoever is on call is paged.", sent.ref)


async def log(sent: Sent) -> Done:
    links = sent.form.lines("links")
    wrong = [link for link in links if not web_link(link)]
    if wrong:
        raise Invalid(f"{wrong[0]} is no web link: write http:// or https:// in front", field="links")
    await incidents.write_ops_log(
        sent.house,
        sent.actor,
        sent.ref,
        impact=sent.text("impact"),
        detection=sent.text("detection"),
        cause=sent.text("cause"),
        resolution=sent.text("resolution"),
        links=links,
    )
    return Done("The ops log is written.", sent.ref)


async def join(sent: Sent) -> Done:
    if not sent.text("into"):
        raise Invalid("Choose the incident that it is the same as", field="into")
    incident = await incidents.join(sent.house, sent.actor, sent.ref, sent.text("into"))
    return Done(f"{sent.ref} was the same: its reports are here now.", incident.ref)


async def split(sent: Sent) -> Done:
    declared = await incidents.split(sent.house, sent.actor, sent.ref, sent.about)
    return Done(f"The report {declared.report} has an incident of its own now.", declared.ref)


async def page(sent: Sent) -> Done:
    targets = sent.form.all("targets")
    if not targets:
        raise Invalid("Mark whom to page", field="targets")
    await incidents.page(sent.house, sent.actor, sent.ref, targets)
    return Done("They are being paged.", sent.ref)


async def procedure(sent: Sent) -> Done:
    given = {
        name.removeprefix(PREFIX): text for name, text in sent.form.texts().items() if name.startswith(PREFIX)
    }
    incident, run = await deeds.plan(
        sent.house,
        sent.actor,
        sent.ref,
        sent.about,
        sent.text("target"),
        reason=sent.text("reason"),
        inputs={name: text for name, text in given.items() if text.strip()},
    )
    place = f"/incidents/{incident.ref}/procedures/{run.id}"
    return Done(f"{run.id} is being planned.", incident.ref, place)


async def send(sent: Sent) -> Done:
    await incidents.approve_action(sent.house, sent.actor, sent.ref, sent.about, sent.text("text"))
    return Done("It is going out.", sent.ref)


async def waive(sent: Sent) -> Done:
    await incidents.waive(sent.house, sent.actor, sent.ref, sent.about, sent.text("reason"))
    return Done("Waived, with your reason.", sent.ref)


async def vouch(sent: Sent) -> Done:
    await incidents.done_by_hand(sent.house, sent.actor, sent.ref, sent.about, sent.text("evidence"))
    return Done("Written down as done by hand.", sent.ref)


ACTS: Final[dict[str, Act]] = {
    **TOGETHER,
    "own": own,
    "judge": judge,
    "rerun": rerun,
    "acknowledge": acknowledge,
    "next-steps": next_steps,
    "update": update,
    "note": note,
    "severity": severity,
    "title": title,
    "tag": tag,
    "kind": kind,
    "member": member,
    "rollback": rollback,
    "public": public,
    "resolve": resolve,
    "dismiss": dismiss,
    "reopen": reopen,
    "log": log,
    "join": join,
    "split": split,
    "page": page,
    "send": send,
    "procedure": procedure,
    "waive": waive,
    "escalate": escalate,
    "snooze": snooze,
    "vouch": vouch,
    **PAGING,
}
