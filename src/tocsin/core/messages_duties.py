"""What is said about duties: in the thread, to the one who owes them, and in the drafts of what Tocsin would send for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tocsin.core import facts as f
from tocsin.core import handbook as hb
from tocsin.core import work as w
from tocsin.core.chasing_words import other_ways, page_offers, snoozed
from tocsin.core.duties import Duty
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.message_parts import (
    ACK,
    FOLLOW_UP,
    LOG,
    NEXT,
    OWN,
    PUBLIC,
    PUBLIC_UPDATE,
    RETROSPECTIVE,
    UPDATE,
    Message,
    Offer,
    Scene,
    clock,
    mentions,
    quoted,
    source_label,
)
from tocsin.core.messages_asked import answers_to
from tocsin.core.places import Places
from tocsin.core.texts import answer, ending, issue_closing, post_ending


def of_duties(scene: Scene) -> Message | None:
    """What became of duties, and of what was to be sent for them."""
    match scene.fact.what:
        case f.DutyChased() as chased:
            return _chased(chased, scene)
        case f.DutySnoozed() as what:
            return snoozed(what, scene.who, scene.duties)
        case f.DutyWaived(duty=id, reason=reason):
            return Message(f"{scene.who} waived {id}: {reason}")
        case f.DutyDoneByHand(duty=id, evidence=evidence):
            return Message(f"{scene.who} did {id} by hand: {evidence}")
        case f.DeliveryDelayed(what=what, via=via, why=why):
            return Message(
                f"*Not out yet:* {REFUSED.get(what, what)}. {source_label(via) or 'The service'} can't take it now ({why}); it is tried again."
            )
        case f.DeliveryRefused() as refused:
            return _refused(refused, scene.duties)
        case _:
            return None


def reminder(duty: Duty, incident: Incident, now: datetime) -> Message:
    """What the person who owes a late duty is told, alone, before anybody else hears of it."""
    late = "is due now" if now <= duty.due_at else f"was due at {clock(duty.due_at)}"
    offers = (*offers_of(duty), *other_ways(duty, incident, now))
    return Message(f"*{incident.ref} {incident.title}*\n{duty.title} {late}.", offers=offers)


def page_words(
    incident: Incident, why: str, duty: Duty | None = None, person: str = "", note: str = ""
) -> Message:
    """What a page of `person` says. One for a late `duty` offers what discharges that; `note` stands beneath, and says how it comes."""
    first = incident.reports[0] if incident.reports else None
    by = f" Reported by {first.reporter} ({source_label(first.source)})." if first else ""
    paged = f"You are paged: {why}."
    beneath = f"\n{note}" if note else ""
    return Message(
        f"*{incident.ref} {incident.title}*\nSeverity {incident.severity}, {incident.kind}. {paged}{by}{beneath}",
        offers=(offers_of(duty) if duty else ()) or page_offers(incident, "" if duty else person),
    )


def duty_draft(duty: Duty, incident: Incident, handbook: Handbook, places: Places) -> str:
    """The words that Tocsin would send for this duty; "" where it sends none."""
    report = incident.report(duty.report)
    match duty.rule.does:
        case "answer_reporter" if report:
            return answer(incident, handbook, places.status(report.token))
        case "tell_reporter" if report:
            return ending(incident, handbook, report, places.status(report.token))
        case "close_issue":
            return issue_closing(incident, handbook)
        case "answer_post":
            return post_ending(incident, handbook)
        case _:
            return ""


REFUSED = {
    w.THREAD_OPEN: "to open the thread",
    w.PAGE: "a page",
    w.PLACE_TELL: "to tell a channel or webhook of the policy",
    w.REMIND: "a reminder",
    w.ANSWER: "the answer to a reporter",
    w.TELL: "to tell a reporter how it ended",
    w.ISSUE_OPEN: "to open the public issue",
    w.ISSUE_UPDATE: "to bring the public issue up to date",
    w.ISSUE_CLOSE: "to close the public issue",
    w.FOLLOW_UP_OPEN: "to open the issue of a follow-up",
    w.FOLLOW_UP_CLOSE: "to close the issue of a follow-up",
    w.ASK: "a request to somebody",
    w.WORD: "a word to somebody",
    w.INVITE: "an invitation to the retrospective",
    w.JUDGE: "to see whether the deploy can be rolled back",
    w.BUILD_RERUN: "to run the build again",
    w.REVERT_JUDGE: "to see whether the commit may be reverted",
    w.POST_PUBLISH: "the post",
    w.POST_UPDATE: "the update under the post",
    w.POST_ANSWER: "the answer under the post",
    w.LOG_APPEND: "to put the entry into the ops log's document",
    w.ALERT_CREATE: "to page through the pager",
    w.ALERT_ACKNOWLEDGE: "to acknowledge the alert in the pager",
    w.ALERT_SNOOZE: "to tell the pager that it is silent for a while",
    w.ALERT_ASSIGN: "to tell the pager to whom it was given",
    w.ALERT_CLOSE: "to close the alert in the pager",
    w.THREAD_LEAVE: "to take back what everybody can read",
    w.THREAD_INVITE: "to let somebody into the private conversation",
}


def _refused(what: f.DeliveryRefused, duties: Mapping[str, Duty]) -> Message:
    """What a service would not do, and what can be done about it."""
    told = f"*{what.via or 'A service'} refused* {REFUSED.get(what.what, what.what)}: {what.why}."
    if what.what in (w.ISSUE_OPEN, w.POST_PUBLISH):
        return Message(f"{told} Mend the words and approve them once more.", offers=PUBLIC)
    if what.what in (w.ISSUE_UPDATE, w.POST_UPDATE):
        return Message(f"{told} Mend the words and approve them once more.", offers=(PUBLIC_UPDATE,))
    if what.what in (w.PAGE, w.REMIND, w.ASK, w.WORD):
        return Message(f"{told} Whoever is near them, please tell them.")
    duty = duties.get(what.duty)
    return Message(f"{told} Please do it by hand, or try again.", offers=offers_of(duty) if duty else ())


def _chased(chased: f.DutyChased, scene: Scene) -> Message | None:
    duty = scene.duties.get(chased.duty)
    if duty is None:
        return None
    who = mentions(duty.owes)
    match chased.step:
        case hb.ASK:
            return _asked(duty, who, scene.incident, scene.handbook, scene.places)
        case hb.THREAD:
            verb = "owes" if len(duty.owes) == 1 else "owe"
            owes = f"It was due at {clock(duty.due_at)}; {who} {verb} it."
            return Message(f"*Late:* {duty.title}. {owes}", offers=offers_of(duty))
        case hb.PAGE | hb.PAGE_NEXT:
            paged = (
                f"Paging {mentions(chased.people)} for it"
                if chased.people
                else "There is nobody to page for it"
            )
            return Message(f"*Late:* {duty.title}. {paged}.")
        case _:
            return None


def _asked(duty: Duty, who: str, incident: Incident, handbook: Handbook, places: Places) -> Message | None:
    if duty.rule.does == "draft_public_words":
        return None  # The draft itself is in the thread, with its offers.
    words = duty_draft(duty, incident, handbook, places)
    quotation = f"\n{quoted(words)}" if words else ""
    return Message(f"{who}: {duty.title}, by {clock(duty.due_at)}.{quotation}", offers=offers_of(duty))


def offers_of(duty: Duty) -> tuple[Offer, ...]:
    """The clicks that discharge a duty."""
    by_fact = {
        "owned": (OWN,),
        "page_acknowledged": (OWN, ACK),
        "next_steps_stated": (NEXT,),
        "update_posted": (UPDATE,),
        "rollback_answered": (
            Offer("rolled_back", "Yes …", duty.id, is_main=True),
            Offer("not_rolled_back", "No, because …", duty.id),
        ),
        "issue_opened": PUBLIC,
        "post_published": PUBLIC,
        "ops_log_written": (LOG,),
        "follow_up_filed": FOLLOW_UP,
        "no_follow_ups": FOLLOW_UP,
        "retrospective_planned": RETROSPECTIVE,
        "retrospective_held": (Offer("retrospective_held", "Say what came of it …", is_main=True),),
        "task_accepted": answers_to(duty.subject),
        "handover_accepted": answers_to(duty.subject),
        "task_reported": (Offer("report_task", "Report the result …", duty.subject, is_main=True),),
        "follow_up_done": (Offer("follow_up_done", "It is done …", duty.subject, is_main=True),),
        "issue_updated": (PUBLIC_UPDATE,),
    }
    sendable = ("reporter_answered", "reporter_told", "issue_closed", "post_answered", "thread_opened")
    for kind in duty.rule.discharged_by:
        if kind in by_fact:
            return by_fact[kind]
        if kind.startswith(f.STEP):
            return (Offer("step", "Record it …", kind.removeprefix(f.STEP), is_main=True),)
        if kind in sendable and duty.can_be_sent:
            return (
                Offer("approve_action", "Send it", duty.id, is_main=True),
                Offer("edit_action", "Edit …", duty.id),
            )
    return ()
