"""Facts added up to an incident: what each kind of them changes. Nothing here decides; `decisions.py` and `duties.py` do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from tocsin.core import facts as f
from tocsin.core import facts_procedures
from tocsin.core.facts import Fact
from tocsin.core.facts_builds import is_same_workflow
from tocsin.core.incident import CLOSED, DISMISSED, OPEN, RESOLVED, Incident, Report, Thread
from tocsin.core.incident_paging import alert_after, alert_begun, stamped_by_steps
from tocsin.core.procedures.run import freezes_after, locks_after, runs_after
from tocsin.core.reruns import reruns_after


def fold(facts: Iterable[Fact]) -> Incident:
    """The incident that these facts, in their order, add up to. The first must be its declaration."""
    facts = tuple(facts)
    first = facts[0].what
    if not isinstance(first, f.Declared):
        raise ValueError(f"an incident begins with incident_declared, not with {facts[0].kind}")
    stamped = first.stamped or stamped_by_steps(first.policy)
    state = Incident(
        ref=first.ref,
        title=first.title,
        kind=first.kind,
        severity=first.severity,
        handbook=first.handbook,
        started_at=facts[0].at,
        first_aware=first.aware,
        abilities=frozenset(first.abilities),
        stamped=stamped,
        similar=first.similar,
        alert=alert_begun(stamped, facts[0].at),
        kept=first.pager or _kept_by_all(first),
        private=first.private,
        members=frozenset({first.aware} - {""}),
    )
    for fact in facts[1:]:
        state = _after(state, fact)
    return replace(state, facts=facts)


def _kept_by_all(first: f.Declared) -> f.KeptPager:
    """The pager of an incident from before teams chose theirs."""
    linked = (one.removeprefix("pager:") for one in sorted(first.abilities) if one.startswith("pager:"))
    return f.KeptPager(next(linked, ""))


def extend(incident: Incident, facts: Iterable[Fact]) -> Incident:
    """The incident after some further facts: the same as folding all of them anew."""
    facts = tuple(facts)
    state = incident
    for fact in facts:
        state = _after(state, fact)
    return replace(state, facts=incident.facts + facts)


def _after(state: Incident, fact: Fact) -> Incident:
    asked = state.asked.after(fact)
    alert = alert_after(state.alert, fact, pager=state.pager, owner=state.owner)
    if asked is not state.asked or alert is not state.alert:
        state = replace(state, asked=asked, alert=alert)
    if isinstance(fact.what, facts_procedures.OF_PROCEDURES):
        runs, freezes = runs_after(state.runs, fact), freezes_after(state.freezes, fact)
        locks = locks_after(state.locks, fact)
        return replace(state, runs=runs, freezes=freezes, locks=locks)
    change = CHANGES.get(type(fact.what))
    return change(state, fact, fact.what) if change else state


def _received(state: Incident, fact: Fact, what: f.ReportReceived) -> Incident:
    report = Report(
        id=what.report,
        source=what.source,
        text=what.text,
        reporter=what.reporter,
        outside=what.outside,
        answer_via=what.answer_via,
        address=what.address,
        token=what.token,
        url=what.url,
        title=what.title,
        received_at=fact.at,
        joined=what.joined,
    )
    others = tuple(known for known in state.reports if known.id != report.id)
    return replace(state, reports=(*others, report))


def _report(state: Incident, id: str, **changes: Any) -> Incident:
    reports = tuple(replace(report, **changes) if report.id == id else report for report in state.reports)
    return replace(state, reports=reports)


def _answered(state: Incident, fact: Fact, what: f.ReporterAnswered) -> Incident:
    return _report(state, what.report, answered_at=fact.at, answer_url=what.url)


def _told(state: Incident, fact: Fact, what: f.ReporterTold) -> Incident:
    return _report(state, what.report, told_at=fact.at)


def _moved(state: Incident, fact: Fact, what: f.ReportMoved) -> Incident:
    return _report(state, what.report, moved_to=what.to)


def _thread(state: Incident, fact: Fact, what: f.ThreadOpened) -> Incident:
    return replace(state, thread=Thread(what.channel, what.message, what.url, what.announced))


def _paged(state: Incident, fact: Fact, what: f.Paged) -> Incident:
    return replace(state, members=state.members | set(what.people))


def _kind(state: Incident, fact: Fact, what: f.KindChanged) -> Incident:
    """One that becomes private leaves the thread that everybody reads; it gets one of its own."""
    state = replace(state, kind=what.now, stamped=what.stamped or state.stamped)
    if not what.private or state.private:
        return state
    changer = frozenset({fact.by} - {f.TOCSIN})
    return replace(
        state, private=True, left_thread=state.thread, thread=None, members=state.members | changer
    )


def _chased(state: Incident, fact: Fact, what: f.DutyChased) -> Incident:
    """Whoever is reminded of, or paged for, a late duty knows of the incident from then on."""
    return replace(state, members=state.members | set(what.people))


def _owned(state: Incident, fact: Fact, what: f.Owned) -> Incident:
    members = state.members | {what.person}
    return replace(state, members=members, owner=what.person, owned_at=fact.at)


def _next_steps(state: Incident, fact: Fact, what: f.NextStepsStated | f.UpdatePosted) -> Incident:
    return replace(state, next_update_at=what.next_update_at, last_word=what.text)


def _severity(state: Incident, fact: Fact, what: f.SeverityChanged) -> Incident:
    return replace(state, severity=what.now)


def _rollback(state: Incident, fact: Fact, what: f.RollbackAnswered) -> Incident:
    return replace(state, rollback=what)


def _public(state: Incident, **changes: Any) -> Incident:
    return replace(state, public=replace(state.public, **changes))


def _resolved(state: Incident, fact: Fact, what: f.Resolved) -> Incident:
    return replace(
        state, status=RESOLVED, ended_at=fact.at, resolved=what, dismissed=None, next_update_at=None
    )


def _dismissed(state: Incident, fact: Fact, what: f.Dismissed) -> Incident:
    return replace(
        state, status=DISMISSED, ended_at=fact.at, dismissed=what, resolved=None, next_update_at=None
    )


def _reopened(state: Incident, fact: Fact, what: f.Reopened) -> Incident:
    """Open as on the first day: it has no owner until somebody says so, and who is on call is paged anew.

    What is public already stays so; new words have to be drafted and approved again.
    """
    public = replace(state.public, draft=None, approved=None, issue_closed=False, post_answered=False)
    reports = tuple(replace(report, told_at=None) for report in state.reports)
    state = replace(state, status=OPEN, ended_at=None, closed_at=None, resolved=None, dismissed=None)
    state = replace(state, kept=what.pager or state.kept)
    alert = alert_begun(state.stamped, fact.at, state.alert.happened)
    return replace(state, owner="", owned_at=None, rollback=None, alert=alert, public=public, reports=reports)


def _refused(state: Incident, fact: Fact, what: f.DeliveryRefused) -> Incident:
    """Public words that a service does not take have to be mended and approved again."""
    state = _rerun(state, fact, what)
    return _public(state, approved=None) if what.what in ("issue.open", "post.publish") else state


def _log(state: Incident, fact: Fact, what: f.OpsLogWritten) -> Incident:
    return replace(state, ops_log=what)


def _asked_of(
    state: Incident, fact: Fact, what: f.TaskDelegated | f.HandoverAsked | f.FollowUpFiled
) -> Incident:
    """Whoever is asked for something knows of the incident from then on."""
    return replace(state, members=state.members | {what.to})


def _meeting(state: Incident, fact: Fact, what: f.RetrospectivePlanned) -> Incident:
    return replace(state, members=state.members | set(what.people))


def _update(state: Incident, fact: Fact, what: f.PublicUpdateApproved) -> Incident:
    return _public(state, updates=(*state.public.updates, (fact.at, what)))


def _build(state: Incident, fact: Fact, what: f.BuildRed | f.BuildGreen) -> Incident:
    others = (build for build in state.builds if not is_same_workflow(build, what))
    return replace(state, builds=(*others, what))


def _rerun(state: Incident, fact: Fact, what: f.What) -> Incident:
    return replace(state, reruns=reruns_after(state.reruns, fact))


def _judged(state: Incident, fact: Fact, what: f.RevertibilityJudged) -> Incident:
    others = tuple(one for one in state.verdicts if one.target != what.target)
    return replace(state, verdicts=(*others, what))


def _closed(state: Incident, fact: Fact, what: f.Closed) -> Incident:
    return replace(state, status=CLOSED, closed_at=fact.at)


Change = Callable[[Incident, Fact, Any], Incident]
CHANGES: Final[dict[type[f.What], Change]] = {
    f.ReportReceived: _received,
    f.ReportMoved: _moved,
    f.ReporterAnswered: _answered,
    f.ReporterTold: _told,
    f.ThreadOpened: _thread,
    f.Paged: _paged,
    f.Owned: _owned,
    f.NextStepsStated: _next_steps,
    f.UpdatePosted: _next_steps,
    f.SeverityChanged: _severity,
    f.DutyChased: _chased,
    f.KindChanged: _kind,
    f.MemberAdded: lambda state, fact, what: replace(state, members=state.members | {what.person}),
    f.Tagged: lambda state, fact, what: replace(state, tags=state.tags + what.tags),
    f.Retitled: lambda state, fact, what: replace(state, title=what.now),
    f.RollbackAnswered: _rollback,
    f.PublicWordsDrafted: lambda state, fact, what: _public(state, draft=what),
    f.PublicWordsApproved: lambda state, fact, what: _public(state, approved=what, words=what),
    f.PublicUpdateApproved: _update,
    f.IssueOpened: lambda state, fact, what: _public(state, issue=what),
    f.PostPublished: lambda state, fact, what: _public(state, post=what),
    f.IssueClosed: lambda state, fact, what: _public(state, issue_closed=True),
    f.PostAnswered: lambda state, fact, what: _public(state, post_answered=True),
    f.Resolved: _resolved,
    f.Dismissed: _dismissed,
    f.Reopened: _reopened,
    f.OpsLogWritten: _log,
    f.BuildRed: _build,
    f.BuildGreen: _build,
    f.BuildRerunAsked: _rerun,
    f.BuildRerunStarted: _rerun,
    f.BuildRerunEnded: _rerun,
    f.RevertibilityJudged: _judged,
    f.DeliveryRefused: _refused,
    f.TaskDelegated: _asked_of,
    f.HandoverAsked: _asked_of,
    f.FollowUpFiled: _asked_of,
    f.RetrospectivePlanned: _meeting,
    f.StepTaken: lambda state, fact, what: replace(state, steps=(*state.steps, what)),
    f.Closed: _closed,
}
"""What each kind of fact changes. The other kinds are history only."""
