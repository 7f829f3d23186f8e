"""What Tocsin itself has to do now, and when it has to look again: the escalation, late duties, drafts, and the closing.

`what_is_due` gives facts to append; asked again after they were appended it gives the next ones, until there are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from tocsin.core import facts as f
from tocsin.core import handbook as hb
from tocsin.core import texts
from tocsin.core.arising import next_arising
from tocsin.core.due_asked import asked_due, next_asked_due
from tocsin.core.due_paging import RosterLook, next_paging, paging_due, people_of
from tocsin.core.duties import OWED, Duty, ledger, open_duties
from tocsin.core.escalation.due import Look
from tocsin.core.incident import Incident, Report
from tocsin.core.people import Roster
from tocsin.core.places import Places
from tocsin.core.procedures.automatic import next_automatic
from tocsin.core.reruns import next_rerun_due, reruns_due

PAGE = "page"
"""The way back to a reporter who left no other: the status page that they were given."""


def what_is_due(
    incident: Incident,
    handbook: hb.Handbook,
    roster: Roster,
    places: Places,
    now: datetime,
    look: Look | None = None,
) -> list[f.What]:
    """The facts that Tocsin itself has to add now; empty when nothing is due. `look` knows more than the roster, where that is needed."""
    if incident.closed_at:
        return []
    look = look or RosterLook(roster, incident.abilities)
    if paging := paging_due(incident, handbook, look, now):
        return paging  # First of all, since who owes what depends on whom it reached.
    if returned := [*asked_due(incident, now), *reruns_due(incident, now)]:
        return returned
    duties = ledger(incident, handbook, now)
    facts: list[f.What] = []
    for duty in open_duties(duties):
        facts += _by_itself(incident, handbook, places, duty)
        facts += _chases(incident, look, duty, now)
    is_quiet = not any(run.is_under_way for run in incident.runs)
    if incident.is_ended and is_quiet and not open_duties(duties) and not facts:
        facts.append(f.Closed())
    return _without_doubles(facts)


def wake_at(incident: Incident, handbook: hb.Handbook, duties: list[Duty], now: datetime) -> datetime | None:
    """When `what_is_due` may have something next; None when only somebody's act can bring anything.

    `duties` is the incident's ledger at `now`.
    """
    if incident.closed_at:
        return None
    times = [next_paging(incident), next_arising(incident, handbook, now), next_asked_due(incident, now)]
    times.append(next_automatic(incident, now))
    times.append(next_rerun_due(incident))
    times += [_next_chase_at(incident, duty) for duty in duties if duty.state == OWED]
    return min((time for time in times if time is not None), default=None)


def _by_itself(incident: Incident, handbook: hb.Handbook, places: Places, duty: Duty) -> Iterator[f.What]:
    """What Tocsin does on its own as soon as a duty arises, where that is a fact and not something to send."""
    does, report = duty.rule.does, incident.report(duty.report)
    if (
        report
        and report.answer_via == PAGE
        and (duty.approved is not None or duty.rule.is_automatic(report.source))
    ):
        yield from _on_status_page(incident, handbook, places, duty, report)
        return
    if duty.asked or not does:
        return
    if does == "draft_public_words" and incident.public.draft is None:
        yield texts.draft(incident, handbook)
    is_sent = duty.rule.is_automatic(report.source if report else "") and does in hb.SENT
    if does != "page" and not is_sent:
        yield f.DutyChased(duty.id, hb.ASK, duty.owes)


def _on_status_page(
    incident: Incident, handbook: hb.Handbook, places: Places, duty: Duty, report: Report
) -> Iterator[f.What]:
    """A reporter whose only channel is their status page reads it there at once: nothing has to be sent."""
    page = places.status(report.token)
    if duty.rule.does == "answer_reporter":
        yield f.ReporterAnswered(report.id, duty.approved or texts.answer(incident, handbook, page), page)
    elif duty.rule.does == "tell_reporter":
        yield f.ReporterTold(report.id, duty.approved or texts.ending(incident, handbook, report, page), page)


def _chases(incident: Incident, look: Look, duty: Duty, now: datetime) -> Iterator[f.What]:
    step = duty.chased
    while (chase := chase_after(incident, duty, step)) and chase[0] <= now:
        yield f.DutyChased(duty.id, chase[1], _chased_people(incident, look, duty, chase[1], now))
        step += 1


def chase_after(incident: Incident, duty: Duty, steps: int) -> tuple[datetime, str] | None:
    """When the next step of a late duty is taken after so many, and which; None where there is no further one."""
    late = duty.rule.late
    if steps < len(late):
        return _not_while_quiet(duty, late[steps:], duty.due_at + late[steps].after), late[steps].do
    if not late or duty.rule.again_every is None or duty.chased_at is None or not incident.is_open:
        return None
    if steps != duty.chased:
        return None
    # Counted from the last time, not from the due time: after an outage of ours nobody is chased for every step that was missed.
    return _not_while_quiet(duty, late[-1:], duty.chased_at + duty.rule.again_every), late[-1].do


def _not_while_quiet(duty: Duty, steps: Sequence[hb.Chase], at: datetime) -> datetime:
    """A step waits while somebody asked for that; but the page to the next people never does, nor what comes before it."""
    if duty.quiet_until is None or steps[0].do == hb.PAGE_NEXT:
        return at
    safety = [duty.due_at + step.after for step in steps if step.do == hb.PAGE_NEXT]
    return max(at, min([duty.quiet_until, *safety]))


def _chased_people(incident: Incident, look: Look, duty: Duty, step: str, now: datetime) -> tuple[str, ...]:
    if step == hb.THREAD:
        return ()
    if step != hb.PAGE_NEXT:
        return duty.owes
    stages = incident.alert.stamped.stages
    everyone = people_of(stages[-1], look, now) if stages else ()
    return tuple(handle for handle in everyone if handle not in duty.owes) or everyone or duty.owes


def _next_chase_at(incident: Incident, duty: Duty) -> datetime | None:
    chase = chase_after(incident, duty, duty.chased)
    return chase[0] if chase else None


def _without_doubles(facts: list[f.What]) -> list[f.What]:
    """Two duties may want the same draft: once is enough."""
    kept: list[f.What] = []
    for fact in facts:
        if not (
            isinstance(fact, f.PublicWordsDrafted) and any(isinstance(k, f.PublicWordsDrafted) for k in kept)
        ):
            kept.append(fact)
    return kept
