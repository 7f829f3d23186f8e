"""What the thread, and the person who is reminded, read about a fact: a text with neutral marks, and the clicks it offers.

`{@handle}` stands for a mention of a person; `*…*` is bold, `>` at a line's start a quotation. Integrations translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tocsin.core import facts as f
from tocsin.core import handbook as hb
from tocsin.core import work as w
from tocsin.core.chasing_words import other_ways, page_offers, snoozed
from tocsin.core.duties import Duty
from tocsin.core.facts import Fact
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
    mention,
    mentions,
    quoted,
    source_label,
    unmarked,
)
from tocsin.core.messages_asked import answers_to, of_asked, of_learning
from tocsin.core.messages_builds import of_builds
from tocsin.core.places import Places
from tocsin.core.texts import ISSUE_MARK, answer, ending, issue_closing, post_ending


def thread_message(
    fact: Fact, incident: Incident, handbook: Handbook, places: Places, duties: Mapping[str, Duty]
) -> Message | None:
    """What the thread says about this fact; None for those that are on the card, or only in the timeline.

    `duties` is the incident's ledger by ids; it is worked out once, however many facts are told.
    """
    scene = Scene(fact, incident, handbook, places, duties)
    return next((message for tell in TELLERS if (message := tell(scene))), None)


def _of_reports(scene: Scene) -> Message | None:
    """Reports come in, are answered, and move."""
    match scene.fact.what:
        case f.ReportReceived(reporter=reporter, source=source, text=text, url=url, joined=joined, why=why):
            verb = "also reports" if joined else "reports"
            link = f" {url}" if url else ""
            alike = "" if joined else _alike(scene.incident, scene.places)
            alike += (
                f"\n_It joined by itself: {why}. What is about something else can be split off._"
                if why
                else ""
            )
            said = quoted(unmarked(text))
            return Message(f"*{unmarked(reporter)}* {verb} by {source_label(source)}:{link}\n{said}{alike}")
        case f.InboxOverlooked(received_at=received_at, due_at=due_at):
            return Message(
                f"*Nobody looked at this in the inbox:* it came at {clock(received_at)}, and somebody had to look by {clock(due_at)}. "
                "Tocsin assumes the worst."
            )
        case f.ReportMoved(to=to, reason=reason):
            return Message(f"A report moved to {to}: {reason} {scene.places.incident(to)}")
        case f.ReporterAnswered(report=id, url=url):
            return Message(f"{_reporter(scene.incident, id)} has been answered. {url}".rstrip())
        case f.ReporterTold(report=id, url=url):
            return Message(f"{_reporter(scene.incident, id)} has been told how it ended. {url}".rstrip())
        case _:
            return None


def _of_paging(scene: Scene) -> Message | None:
    """Who is paged, and who has answered."""
    match scene.fact.what:
        case f.Paged(people=people, why=why, by_hand=True):
            return Message(f"Paging {mentions(people)} ({why}).")
        case f.Paged(people=people, step=step, why=why):
            is_last = step >= len(scene.incident.policy) - 1
            next_ = "they are paged again" if is_last else "the next are paged"
            wait = _wait(scene.incident, step)
            return Message(
                f"Paging {mentions(people)} ({why}). Without an acknowledgement in {wait} {next_}."
            )
        case f.NobodyToPage(step=0) if scene.incident.pager:
            wait = _wait(scene.incident, 0)
            return Message(
                f"{source_label(scene.incident.pager)} is asked to page whoever is on call there. Without an acknowledgement in {wait} the next are paged."
            )
        case f.NobodyToPage(step=step, why=why):
            is_last = step >= len(scene.incident.policy) - 1
            then = (
                f"Trying again in {_wait(scene.incident, step)}" if is_last else "Going on to the next step"
            )
            return Message(f"*Nobody could be paged:* {why}. {then}.", loud=True)
        case f.EscalationRanOut(rounds=rounds):
            return Message(
                f"*Nobody has acknowledged {scene.incident.ref}.* All steps were taken (round {rounds}); whoever reads this, take it.",
                offers=(OWN,),
                loud=True,
            )
        case f.PageAcknowledged(person=person):
            return Message(f"{mention(person)} has acknowledged the page.")
        case f.AlertCreated(via=via, url=url):
            return Message(
                f"{source_label(via)} has the alert, and pages: {url} What counts is the acknowledgement."
            )
        case f.AlertClosed(via=via):
            return Message(f"The alert in {source_label(via)} is closed.")
        case _:
            return None


def _owner_before(scene: Scene) -> str:
    """Who owned it until then, in words."""
    before = ""
    for fact in scene.incident.facts[: scene.fact.n - 1]:
        match fact.what:
            case f.Owned(person=person):
                before = person
            case f.Reopened():
                before = ""
    return f" other than {mention(before)} now" if before else ""


def _stands_there(scene: Scene, url: str) -> bool:
    """Whether it was said in chat, where it can be read, and only kept for the timeline. A command is read by nobody else."""
    return scene.fact.door == "slack" and bool(url)


def _of_steering(scene: Scene) -> Message | None:
    """What the owner and others say and decide."""
    match scene.fact.what:
        case f.Owned(person=person):
            return Message(
                f"{mention(person)}: I'm on it. {scene.incident.ref} has an owner{_owner_before(scene)}.",
                offers=(NEXT,),
                loud=True,
            )
        case f.NextStepsStated(text=text, next_update_at=at):
            return Message(
                f"*Next steps* by {scene.who}:\n{quoted(text)}\nNext update by {clock(at)}.", offers=(UPDATE,)
            )
        case f.UpdatePosted(text=text, next_update_at=at):
            is_public = scene.incident.public.issue or scene.incident.public.post
            offers = (UPDATE, PUBLIC_UPDATE) if is_public else (UPDATE,)
            return Message(
                f"*Update* by {scene.who}:\n{quoted(text)}\nNext update by {clock(at)}.", offers=offers
            )
        case f.StepTaken(title=title, values=values, url=url):
            entered = "\n".join(f"{name}: {value}" for name, value in values)
            return Message(f"{scene.who} recorded *{title}*:\n{quoted(entered)} {url}".rstrip())
        case f.NoteAdded(text=text, url=url):
            return None if _stands_there(scene, url) else Message(f"{scene.who} notes:\n{quoted(text)}")
        case f.SeverityChanged(was=was, now=now, reason=reason):
            why = f": {reason}" if reason else "."
            return Message(f"{scene.who} changed the severity from {was} to *{now}*{why}", loud=True)
        case f.KindChanged(was=was, now=now, reason=reason, private=private):
            left = f" {LEFT}" if private and scene.incident.left_thread else ""
            return Message(f"{scene.who} changed the kind from {was} to *{now}*: {reason}{left}")
        case f.MemberAdded(person=person, reason=reason):
            return Message(f"{scene.who} let {mention(person)} know of this: {reason}")
        case f.Retitled(now=now):
            return Message(f"{scene.who} gave it the title *{now}*.")
        case f.Tagged(tags=tags):
            return Message(f"{scene.who} tagged it {', '.join(tags)}.")
        case f.RollbackAnswered(rolled_back=yes, text=text):
            return Message(f"*Rolled back?* {'Yes' if yes else 'No'}, says {scene.who}:\n{quoted(text)}")
        case _:
            return None


def _of_public_words(scene: Scene) -> Message | None:
    """What the public is told."""
    match scene.fact.what:
        case f.PublicWordsDrafted(title=title, body=body, post=post):
            return Message(
                f"*Not quickly resolved, and severe: the public should hear of it.* The owner approves or edits.\n*Issue: {title}*\n{quoted(body)}\n*Post*\n{quoted(post.replace(ISSUE_MARK, '(link to the issue)'))}",
                offers=PUBLIC,
            )
        case f.PublicWordsApproved():
            return Message(f"{scene.who} approved the public words; they are going out.")
        case f.IssueOpened(url=url):
            return Message(f"The public issue is open: {url}")
        case f.PostPublished(url=url):
            return Message(f"The post is out: {url}")
        case f.PublicUpdateApproved():
            return Message(f"{scene.who} approved an update for the public; it is going out.")
        case f.IssueUpdated(url=url):
            return Message(f"The public issue shows the latest state: {url}")
        case f.PostUpdated(url=url):
            return Message(f"The update stands under the post: {url}")
        case f.IssueClosed(url=url):
            return Message(f"The public issue was updated and closed: {url}")
        case f.PostAnswered(url=url):
            return Message(f"Under the post stands that it is resolved: {url}")
        case _:
            return None


def _of_the_end(scene: Scene) -> Message | None:
    """How it ends, and what is learned."""
    match scene.fact.what:
        case f.Resolved(how=how, evidence=evidence):
            return Message(
                f"*Resolved* by {scene.who}: {how}\nHow we know: {evidence}",
                offers=(LOG,),
                loud=True,
            )
        case f.Dismissed(reason=reason, verified=verified, same_as=same_as):
            if same_as:
                return Message(
                    f"{scene.who} found it to be the same as {same_as}: {scene.places.incident(same_as)}",
                    loud=True,
                )
            return Message(f"*No incident*, says {scene.who}: {reason}\nVerified: {verified}", loud=True)
        case f.Reopened(reason=reason):
            return Message(f"*Opened again* by {scene.who}: {reason}", offers=(OWN,), loud=True)
        case f.OpsLogWritten():
            return Message(
                f"{scene.who} wrote the ops log: {scene.places.incident(scene.incident.ref)}#ops-log"
            )
        case f.OpsLogAppended(url=url):
            return Message(f"The entry stands in the ops log's document: {url}")
        case f.Closed():
            return Message(f"{scene.incident.ref} is closed: every duty is settled.")
        case _:
            return None


def _of_duties(scene: Scene) -> Message | None:
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


TELLERS = (
    _of_reports,
    _of_paging,
    _of_steering,
    of_asked,
    _of_public_words,
    _of_the_end,
    of_learning,
    of_builds,
    _of_duties,
)
"""Each knows its own kinds of facts, and has nothing to say of the others."""


def reminder(duty: Duty, incident: Incident, now: datetime) -> Message:
    """What the person who owes a late duty is told, alone, before anybody else hears of it."""
    late = "is due now" if now <= duty.due_at else f"was due at {clock(duty.due_at)}"
    offers = (*offers_of(duty), *other_ways(duty, incident, now))
    return Message(f"*{incident.ref} {incident.title}*\n{duty.title} {late}.", offers=offers)


def page_words(incident: Incident, why: str, duty: Duty | None = None, person: str = "") -> Message:
    """What a page of `person` says. One for a late `duty` offers what discharges that."""
    first = incident.reports[0] if incident.reports else None
    by = f" Reported by {first.reporter} ({source_label(first.source)})." if first else ""
    paged = f"You are paged: {why}."
    return Message(
        f"*{incident.ref} {incident.title}*\nSeverity {incident.severity}, {incident.kind}. {paged}{by}",
        offers=(offers_of(duty) if duty else ()) or page_offers(incident, "" if duty else person),
    )


def _alike(incident: Incident, places: Places) -> str:
    """The open incidents that may be the same, offered as links."""
    if not incident.similar:
        return ""
    links = ", ".join(f"{ref} {places.incident(ref)}" for ref in incident.similar)
    return f"\nIt looks like {links}. If it is the same: join {incident.ref} into {incident.similar[0]}."


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


LEFT = "What Tocsin said in the open is taken back; what people wrote there stays until they delete it."
REFUSED = {
    w.THREAD_OPEN: "to open the thread",
    w.PAGE: "a page",
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
    w.POST_PUBLISH: "the post",
    w.POST_UPDATE: "the update under the post",
    w.POST_ANSWER: "the answer under the post",
    w.LOG_APPEND: "to put the entry into the ops log's document",
    w.ALERT_CREATE: "to page through Opsgenie",
    w.ALERT_ACKNOWLEDGE: "to acknowledge the alert in Opsgenie",
    w.ALERT_CLOSE: "to close the alert in Opsgenie",
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


def _reporter(incident: Incident, id: str) -> str:
    report = incident.report(id)
    return f"{report.reporter} ({source_label(report.source)})" if report else "The reporter"


def _wait(incident: Incident, step: int) -> str:
    seconds = incident.policy[step].wait_seconds if step < len(incident.policy) else 600
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
