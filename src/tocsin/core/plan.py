"""Which works follow from new facts. Pure: the acts store what comes out.

`plan` compares the ledger before and after, so that a duty which arose brings its own works, whatever made it arise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from tocsin.core import facts as f
from tocsin.core import work as w
from tocsin.core.deploys.judging import ABILITY, judging
from tocsin.core.duties import OWED, Duty, ledger
from tocsin.core.facts import Fact
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.intake import Kept
from tocsin.core.live_offers import stale_words
from tocsin.core.messages import thread_message
from tocsin.core.people import Roster
from tocsin.core.places import Places
from tocsin.core.plan_asked import for_asked, is_asked
from tocsin.core.plan_builds import for_builds
from tocsin.core.plan_paging import answered_by, fact_of_page, for_paging, stale_pages
from tocsin.core.plan_places import for_places, why_not_told
from tocsin.core.procedures.names import ROLL_BACK
from tocsin.core.procedures.works import for_procedures, is_mere_output, is_shown_later, shown_runs
from tocsin.core.work import Work

SENT_FOR = {
    "open_thread": w.THREAD_OPEN,
    "answer_reporter": w.ANSWER,
    "tell_reporter": w.TELL,
    "close_issue": w.ISSUE_CLOSE,
    "answer_post": w.POST_ANSWER,
}
"""The work that carries out each action of a duty."""

LOUD_DELAYS = w.PUBLIC | {w.ANSWER, w.TELL, w.ALERT_CREATE}
"""Works of which the thread hears when they can't be done for now: somebody counts on those words being out."""
LOUD_REFUSALS = (
    frozenset(w.URGENCY)
    - {
        w.THREAD_SAY,
        w.THREAD_RUN,
        w.THREAD_CARD,
        w.THREAD_ARCHIVE,
        w.THREAD_SETTLE,
        w.PAGE_SETTLE,
        w.PLACE_SETTLE,
    }
    - w.OF_INBOX
    - w.OF_HOUSE
    - w.OF_PROCEDURES
)
"""Works whose refusal becomes a fact, which the thread tells. A thread that refuses words can't be told so in words."""

OF_OPEN_ONES = (w.ALERT_ACKNOWLEDGE, w.ALERT_SNOOZE, w.ALERT_ASSIGN, w.JUDGE)
"""What nobody needs once the incident is over."""
ON_ITS_WAY = timedelta(seconds=30)
"""As long as a message may be on its way to a service when things change."""
AT_ONCE = 10
"""How many facts one message tells at most: a chat takes only so much."""


def plan(
    before: Iterable[Duty],
    after: Iterable[Duty],
    incident: Incident,
    new: Iterable[Fact],
    handbook: Handbook,
    roster: Roster,
    places: Places,
) -> list[Work]:
    """The works that these new facts call for. `before` is the ledger without them; `after` and `incident` are with them."""
    new, before = tuple(new), tuple(before)
    duties = {duty.id: duty for duty in after}
    known = {duty.id for duty in before}
    works: list[Work] = []
    for duty in duties.values():
        if duty.id not in known and duty.state == OWED:
            works += _for_arisen(incident, duty)
    for fact in new:
        works += (_ranked(one, incident, handbook) for one in for_paging(incident, fact, duties, roster))
        works += for_places(incident, fact)
        works += _for_fact(incident, fact, duties)
        works += _invitations(incident, fact)
        works += for_asked(incident, fact, roster)
        works += for_procedures(incident, fact)
        works += for_builds(incident, fact)
    works += _thread(incident, new, duties, handbook, places)
    works += shown_runs(incident, new)
    for fact in new:
        works += _archived(incident, fact)
    works += stale_pages(incident, new, duties)
    works += stale_words(incident, new, duties, handbook, places)
    if "thread" in incident.abilities and not all(is_mere_output(fact) for fact in new):
        works.append(Work(w.THREAD_CARD, f"{incident.ref}/card", f"{incident.ref}/card/{new[-1].n}"))
    return [work for work in works if not is_public(work, incident)] if incident.private else works


def _ranked(work: Work, incident: Incident, handbook: Handbook) -> Work:
    """A page with how bad its incident is: of many that wait the severe ones go first."""
    if work.does != w.PAGE:
        return work
    return replace(work, payload={**work.payload, "priority": handbook.priority(incident.severity)})


def is_public(work: Work, incident: Incident) -> bool:
    """Whether the whole world could read what this work says: an issue, a post, an answer on a service that is open to all."""
    return work.does in w.PUBLIC or incident.is_read_by_all(work.via)


def _for_arisen(incident: Incident, duty: Duty) -> Iterator[Work]:
    report = incident.report(duty.report)
    if duty.rule.does in SENT_FOR and duty.rule.is_automatic(report.source if report else ""):
        yield from _send(incident, duty, "")


def _send(incident: Incident, duty: Duty, text: str) -> Iterator[Work]:
    # What is under way already is planned no second time; what a service refused may be tried again in other words.
    again = f"/{duty.refused}" if duty.refused else ""
    does, key = SENT_FOR[duty.rule.does], f"{incident.ref}/{duty.id}{again}"
    report = incident.report(duty.report)
    if report and report.answer_via == "page":
        return
    payload = {"duty": duty.id, "text": text}
    if report:
        lane = f"{incident.ref}/report/{report.id}"
        yield Work(does, lane, key, via=report.answer_via, payload={**payload, "report": report.id})
    else:
        lane = (
            f"{incident.ref}/thread"
            if does == w.THREAD_OPEN
            else f"{incident.ref}/public/{does.partition('.')[0]}"
        )
        yield Work(does, lane, key, payload=payload)


def _for_fact(incident: Incident, fact: Fact, duties: Mapping[str, Duty]) -> Iterator[Work]:
    match fact.what:
        case f.Declared() | f.Reopened() if ABILITY in incident.abilities:
            yield judging(incident.ref, str(fact.n))
        case f.RollbackAnswered(rolled_back=True) if ABILITY in incident.abilities:
            yield judging(incident.ref, str(fact.n), taken_back="")
        case f.ProcedureVerified(run=id) if (run := incident.run(id)) and run.procedure == ROLL_BACK:
            yield judging(incident.ref, str(fact.n), taken_back=run.target)
        case f.KindChanged(private=True) if incident.left_thread and "thread" in incident.abilities:
            lane = f"{incident.ref}/thread"
            yield Work(
                w.THREAD_OPEN, lane, f"{incident.ref}/private/{fact.n}", payload={"duty": "", "text": ""}
            )
            left = f"{incident.ref}/left"
            yield Work(w.THREAD_LEAVE, left, f"{left}/{fact.n}")
            # Once more, for what was on its way there at that moment.
            yield Work(w.THREAD_LEAVE, left, f"{left}/{fact.n}/again", not_before=fact.at + ON_ITS_WAY)
        case f.ActionApproved(duty=id, text=text) if id in duties:
            yield from _send(incident, duties[id], text)
        case f.PublicWordsApproved():
            yield from _public_words(incident, fact)
        case f.PublicUpdateApproved():
            yield from _public_update(incident, fact)
        case f.OpsLogWritten() if "doc" in incident.abilities and not incident.private:
            key, payload = f"{incident.ref}/log/{fact.n}", {"fact": str(fact.n)}
            yield Work(w.LOG_APPEND, f"{incident.ref}/doc", key, payload=payload)
        case f.IssueOpened() if incident.public.approved and "post" in incident.abilities:
            yield Work(w.POST_PUBLISH, f"{incident.ref}/public/post", f"{incident.ref}/post/{fact.n}")
        case _:
            return


def _invitations(incident: Incident, fact: Fact) -> Iterator[Work]:
    """Whoever comes to a private incident, or to one with a channel of its own, is let into its conversation."""
    match fact.what:
        case f.Paged(people=people) | f.DutyChased(people=people):
            pass
        case f.Owned(person=person) | f.MemberAdded(person=person):
            people = (person,)
        case f.TaskDelegated(to=to) | f.HandoverAsked(to=to) | f.FollowUpFiled(to=to):
            people = (to,)
        case f.RetrospectivePlanned(people=people):
            pass
        case _:
            people = ()
    has_channel = incident.private or w.OWN_CHANNEL in incident.abilities
    if has_channel and people and "thread" in incident.abilities:
        lane, key = f"{incident.ref}/thread", f"{incident.ref}/invite/{fact.n}"
        yield Work(w.THREAD_INVITE, lane, key, payload={"people": " ".join(people)})


def _public_words(incident: Incident, fact: Fact) -> Iterator[Work]:
    """The issue first, then the post with its link; what is out already in this round goes out no second time."""
    if "issue" in incident.abilities and not _is_out(incident, f.IssueOpened):
        yield Work(w.ISSUE_OPEN, f"{incident.ref}/public/issue", f"{incident.ref}/issue/{fact.n}")
    elif "post" in incident.abilities and not _is_out(incident, f.PostPublished):
        yield Work(w.POST_PUBLISH, f"{incident.ref}/public/post", f"{incident.ref}/post/{fact.n}")


def _public_update(incident: Incident, fact: Fact) -> Iterator[Work]:
    """The same words at both places, as far as we have spoken there."""
    if incident.public.issue and fact.what.text:  # type: ignore[attr-defined]
        lane, key = f"{incident.ref}/public/issue", f"{incident.ref}/issue/update/{fact.n}"
        yield Work(w.ISSUE_UPDATE, lane, key, payload={"fact": str(fact.n)})
    if incident.public.post and fact.what.post:  # type: ignore[attr-defined]
        lane, key = f"{incident.ref}/public/post", f"{incident.ref}/post/update/{fact.n}"
        yield Work(w.POST_UPDATE, lane, key, payload={"fact": str(fact.n)})


def _is_out(incident: Incident, what: type[f.What]) -> bool:
    """Whether it went out since the incident was (last) opened."""
    last = next((x for x in reversed(incident.facts) if isinstance(x.what, (what, f.Reopened))), None)
    return last is not None and isinstance(last.what, what)


def _thread(
    incident: Incident, new: tuple[Fact, ...], duties: Mapping[str, Duty], handbook: Handbook, places: Places
) -> Iterator[Work]:
    """What happened at once is said in one message; what concerns everyone in the channel stands apart from the rest."""
    if "thread" not in incident.abilities:
        return
    told = [
        (fact, message)
        for fact in new
        if (message := thread_message(fact, incident, handbook, places, duties))
    ]
    for _, group in groupby(told, lambda one: (one[1].loud, one[0].n if one[1].alone else 0)):
        facts = [fact.n for fact, _ in group]
        for first in range(0, len(facts), AT_ONCE):
            part = facts[first : first + AT_ONCE]
            payload = {"fact": str(part[0])} | ({"with": " ".join(map(str, part[1:]))} if part[1:] else {})
            yield Work(
                w.THREAD_SAY, f"{incident.ref}/thread", f"{incident.ref}/say/{part[0]}", payload=payload
            )


def _archived(incident: Incident, fact: Fact) -> Iterator[Work]:
    """A channel of its own is archived when all is learned, after the last word was said in it."""
    if isinstance(fact.what, f.Closed) and w.OWN_CHANNEL in incident.abilities and not incident.private:
        yield Work(w.THREAD_ARCHIVE, f"{incident.ref}/thread", f"{incident.ref}/archive/{fact.n}")


def why_moot(work: Work, incident: Incident, handbook: Handbook, now: datetime) -> str:
    """Why this work need not be done any more, since things have moved on; "" where it must be."""
    if work.does == w.ASK:
        return "" if is_asked(incident, work.payload["about"]) else f"{work.payload['about']} has its answer"
    if work.does in OF_OPEN_ONES and incident.is_ended:
        return f"{incident.ref} is over"
    if work.does == w.ALERT_SNOOZE and incident.alert.snoozed_until is None:
        return "the time without pages is over"
    if work.does == w.ALERT_CREATE and (incident.is_ended or incident.alert.acknowledged_at):
        return f"{incident.ref} is over" if incident.is_ended else "somebody has acknowledged already"
    if work.does == w.PLACE_TELL:
        return why_not_told(work, incident)
    owed_for = work.payload.get("duty", "")
    if owed_for:
        duty = next((duty for duty in ledger(incident, handbook, now) if duty.id == owed_for), None)
        return f"{owed_for} is {duty.state} already" if duty and duty.state != OWED else ""
    if work.does == w.THREAD_RUN:
        return "it is shown as it is later" if is_shown_later(work, incident) else ""
    if work.does == w.PAGE and incident.is_ended:
        return f"{incident.ref} is over"
    if work.does == w.PAGE and "by_hand" not in work.payload:
        return _why_not_paged(work, incident)
    return ""


def _why_not_paged(work: Work, incident: Incident) -> str:
    """Why the escalation does not need this page any more."""
    alert = incident.alert
    # A step for what is not closed is taken though somebody has it.
    if alert.acknowledged_at and fact_of_page(work.key) < answered_by(incident):
        return f"{alert.acknowledged_by} has acknowledged"
    if alert.snoozed_until:
        return f"nobody is to be paged until {alert.snoozed_until:%H:%M} UTC"
    if alert.has_answer_of(work.payload.get("person", "")):
        return "they have acknowledged"
    given = next((fact.n for fact in reversed(incident.facts) if isinstance(fact.what, f.Reassigned)), 0)
    return "it was given to others" if fact_of_page(work.key) < given else ""


def for_message(message: Kept) -> list[Work]:
    """What follows from where a message of the inbox stands: it is shown in chat while it waits, and rewritten once it was looked at."""
    lane = f"inbox/{message.id}"
    if message.is_waiting:
        return [Work(w.INBOX_POST, lane, f"{lane}/post")]
    return [Work(w.INBOX_SETTLE, lane, f"{lane}/settle/{message.state}")]


def why_moot_of_inbox(work: Work, message: Kept) -> str:
    """Why a message need not be shown, or rewritten, any more; "" where it must be."""
    if work.does == w.INBOX_POST:
        return "" if message.is_waiting else f"it is {message.state} already"
    return "" if message.posted else "it stands nowhere"
