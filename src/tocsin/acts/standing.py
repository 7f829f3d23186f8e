"""Who is on call now, kept until it changes: the calculator is asked once for each schedule and each change, not for each question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.core.oncall.calculator import next_change, on_call, shadows_at
from tocsin.core.oncall.model import FOREVER, Schedule
from tocsin.core.oncall.named import people_in
from tocsin.store.people import Directory

Shifts = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Stand:
    """Who is on call in a schedule (handles) from `since` on, before `until`."""

    schedule: Schedule
    since: datetime
    until: datetime
    people: tuple[str, ...]


def stand_at(schedule: Schedule, at: datetime) -> Stand:
    """Who is on call in that schedule at that instant, and until when that holds."""
    return Stand(schedule, at, next_change(schedule, at) or FOREVER, on_call(schedule, at))


@dataclass(slots=True)
class Standing:
    """This node's answers, each as good as its schedule and its span."""

    _stands: dict[str, Stand] = field(default_factory=dict)
    _naming: tuple[Directory, dict[str, tuple[Schedule, ...]]] | None = None
    _all: tuple[Directory, datetime, datetime, tuple[str, ...]] | None = None
    _shifts: tuple[Directory, datetime, datetime, Shifts] | None = None

    def of(self, schedule: Schedule, now: datetime) -> Stand:
        """Who is on call in that schedule at `now`."""
        known = self._stands.get(schedule.id)
        if known is None or known.schedule is not schedule or not known.since <= now < known.until:
            known = self._stands[schedule.id] = stand_at(schedule, now)
        return known

    def everybody(self, known: Directory, now: datetime) -> tuple[str, ...]:
        """Who is on call in any schedule that was not deleted, each once."""
        if self._all is not None:
            of, since, until, handles = self._all
            if of is known and since <= now < until:
                return handles
        stands = [self.of(schedule, now) for schedule in known.schedules]
        handles = tuple(
            dict.fromkeys(handle for one in stands for handle in one.people if handle in known.people)
        )
        self._all = known, now, _first(one.until for one in stands), handles
        return handles

    def shifts(self, known: Directory, now: datetime) -> Shifts:
        """Who is on call by the teams of the schedules ("": of none); () where no team says which pager it keeps, so that nobody asks."""
        if not known.pagers:
            return ()
        if self._shifts is not None:
            of, since, until, shifts = self._shifts
            if of is known and since <= now < until:
                return shifts
        found: dict[str, list[str]] = {}
        stands = [self.of(schedule, now) for schedule in known.schedules]
        for one in stands:
            found.setdefault(one.schedule.team, []).extend(who for who in one.people if who in known.people)
        shifts = tuple((team, tuple(dict.fromkeys(people))) for team, people in found.items())
        self._shifts = known, now, _first(one.until for one in stands), shifts
        return shifts

    def naming(self, known: Directory, person: str) -> tuple[Schedule, ...]:
        """The schedules in which that person may be on call: a plan or an override of theirs names them."""
        if self._naming is None or self._naming[0] is not known:
            self._naming = known, _by_person(known)
        return self._naming[1].get(person, ())

    def shadows(self, known: Directory, now: datetime) -> dict[str, tuple[str, ...]]:
        """Who learns by shadowing whom of those on call, over all schedules."""
        found: dict[str, tuple[str, ...]] = {}
        for schedule in known.schedules:
            for one in shadows_at(schedule, now) if schedule.shadows else ():
                of = (one.of,) if one.of else self.of(schedule, now).people
                found[one.person] = (*found.get(one.person, ()), *of)
        return found


def _first(instants: Iterable[datetime]) -> datetime:
    return min(instants, default=FOREVER)


def _by_person(known: Directory) -> dict[str, tuple[Schedule, ...]]:
    found: dict[str, list[Schedule]] = {}
    for schedule in known.schedules:
        planned = (handle for version in schedule.versions for handle in people_in(version.plan))
        overriding = (handle for one in schedule.overrides for handle in one.people)
        for handle in dict.fromkeys((*planned, *overriding)):
            found.setdefault(handle, []).append(schedule)
    return {handle: tuple(theirs) for handle, theirs in found.items()}
