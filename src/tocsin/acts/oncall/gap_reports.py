"""Reports gaps: daily at 09:00 of a schedule's zone to its team, one message to each person for all that is due at that instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tocsin.acts.house import House
from tocsin.acts.oncall.clockwork import Looked
from tocsin.acts.oncall.report import Report
from tocsin.acts.oncall.troubles import admins_of
from tocsin.acts.roster import is_outside
from tocsin.core.notices import Notice, works_for
from tocsin.core.oncall.model import Schedule
from tocsin.core.oncall.named import people_in
from tocsin.core.oncall.reports import Uncovered, gap_words, is_due, next_report, report_at
from tocsin.core.people import Roster
from tocsin.core.work import Work
from tocsin.store.people import Directory
from tocsin.store.pool import Connection

A_DAY = timedelta(days=1)


async def look_for_gaps(
    house: House, conn: Connection, known: Directory, schedule: Schedule, seen: datetime, now: datetime
) -> Looked:
    """What is to be reported of one schedule. Another that is due at the same instant finds the same words under the same key."""
    zone = schedule.plan_at(now).zone
    next_at = next_report(now, zone)
    if is_outside(house, known) or not is_due(seen, now, zone):
        return Looked((), next_at)
    report = await _report(house, known, report_at(now, zone), now)
    if not await report.gaps_of(schedule):
        return Looked((), next_at)
    works: list[Work] = []
    for person in report.to.get(schedule.id, ()):
        if person not in report.works:
            report.works[person] = await _works(house, report, person, now)
        works += report.works[person]
    return Looked(works, next_at)


async def _works(house: House, report: Report, person: str, now: datetime) -> list[Work]:
    """In the words of now: what was over before a report that is late is in it no more."""
    found: list[Uncovered] = []
    for schedule in report.of[person]:
        if theirs := [gap for gap in await report.gaps_of(schedule) if gap.end > now]:
            found.append(Uncovered(schedule.name or schedule.id, theirs))
    if not found:
        return []
    known = report.known
    zone = known.people[person].zone or report.of[person][0].plan_at(report.at).zone
    words = gap_words(found, report.days, now, zone, house.places.on_call)
    notice = Notice(person, f"gaps/{report.at.isoformat()}", words, until=report.at + A_DAY)
    return works_for(notice, Roster(known.people, known.teams), house.abilities)


async def _report(house: House, known: Directory, at: datetime, now: datetime) -> Report:
    last = house.report
    if last is not None and last.known is known and last.at == at and last.days == house.gap_days:
        return last
    report = Report(known, at, house.gap_days)
    roster = Roster(known.people, known.teams)
    admins = tuple(one for one in admins_of(roster) if roster.ways_to(one, house.abilities))
    due: dict[str, bool] = {}
    for schedule in known.schedules:
        zone = schedule.plan_at(now).zone
        if zone not in due:
            due[zone] = report_at(now, zone) == at
        if due[zone]:
            report.to[schedule.id] = told = _told(house, known, roster, schedule, now) or admins
            for person in told:
                report.of.setdefault(person, []).append(schedule)
        await report.breath.take()
    house.report = report
    return report


def _told(
    house: House, known: Directory, roster: Roster, schedule: Schedule, now: datetime
) -> tuple[str, ...]:
    """Its team, or where it has none those whom its plan names: whoever of them can be reached."""
    who: Sequence[str] = known.teams.get(schedule.team, ())
    who = who or people_in(schedule.plan_at(now))
    return tuple(one for one in who if roster.ways_to(one, house.abilities))
