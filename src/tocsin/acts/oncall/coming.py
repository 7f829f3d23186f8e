"""Who comes on call soon, in whichever schedules: worked out once for each schedule, and kept until it changes or its time is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.breath import Breath
from tocsin.acts.standing import Standing
from tocsin.core.oncall.model import Schedule
from tocsin.core.oncall.notices import EARLIEST, Beginning, beginnings
from tocsin.store import works
from tocsin.store.people import Directory
from tocsin.store.pool import Connection

LOOKED_AHEAD: Final = timedelta(days=7)
"""How far the next beginning is looked for, beyond those of which people hear already."""
A_DAY: Final = timedelta(days=1)
MOMENT: Final = timedelta(microseconds=1)

Begun = tuple[Schedule, Beginning]


@dataclass(frozen=True, slots=True)
class Ahead:
    """The beginnings of one schedule after `since`, at `until` at the latest."""

    schedule: Schedule
    since: datetime
    until: datetime
    found: Sequence[Beginning]

    def holds(self, schedule: Schedule, after: datetime, now: datetime) -> bool:
        """Whether it is of that very schedule and tells of all beginnings after `after` that bear on `now`."""
        return self.schedule is schedule and self.since <= after and now <= self.until - EARLIEST - A_DAY


@dataclass(frozen=True, slots=True)
class Theirs:
    """What begins for one person after `since`, at `until` at the latest, by the instant."""

    since: datetime
    until: datetime
    at: dict[datetime, list[Begun]]


@dataclass(slots=True)
class Coming:
    """This node's memory of it. What is kept belongs to the schedules as they were read: after a change it is worked out anew."""

    _ahead: dict[str, Ahead] = field(default_factory=dict)
    _theirs: dict[str, Theirs] = field(default_factory=dict)
    _known: Directory | None = None
    """Of which copy of the roster `_theirs` are."""
    _told: set[str] = field(default_factory=set)
    """The keys of notices that are known to be planned."""

    def of(self, schedule: Schedule, after: datetime, now: datetime) -> Ahead:
        """Who comes on call in that schedule after `after`."""
        kept = self._ahead.get(schedule.id)
        if kept is None or not kept.holds(schedule, after, now):
            # As far back as it was looked at last, as a rule: what is worked out for another's words then serves for its own look.
            since, until = _day(min(after, now - LOOKED_AHEAD)), now + EARLIEST + LOOKED_AHEAD
            kept = Ahead(schedule, since, until, beginnings(schedule, since, until))
            self._ahead[schedule.id] = kept
        return kept

    async def at(
        self, standing: Standing, known: Directory, person: str, start: datetime, now: datetime
    ) -> Sequence[Begun]:
        """What begins for that person at that instant, in whichever schedules."""
        if self._known is not known:
            self._known, self._theirs, self._told = known, {}, set()
            self._ahead = {id: one for id, one in self._ahead.items() if id in known.kept}
        kept = self._theirs.get(person)
        if kept is None or not kept.since < start <= kept.until:
            kept = await self._of_person(standing, known, person, start, now)
            if self._known is known:
                self._theirs[person] = kept
        return kept.at.get(start, ())

    async def told(self, conn: Connection, keys: Sequence[str]) -> bool:
        """Whether all notices with these keys are planned already, whoever did it."""
        if not self._told.issuperset(keys):
            self._told |= await works.there(conn, keys)
        return self._told.issuperset(keys)

    async def _of_person(
        self, standing: Standing, known: Directory, person: str, start: datetime, now: datetime
    ) -> Theirs:
        after, at, breath = _day(min(start - MOMENT, now)), dict[datetime, list[Begun]](), Breath()
        for schedule in standing.naming(known, person):
            for one in self.of(schedule, after, now).found:
                if one.person == person:
                    at.setdefault(one.start, []).append((schedule, one))
            await breath.take()
        return Theirs(after, now + EARLIEST + A_DAY, at)


def _day(at: datetime) -> datetime:
    """Its day: schedules that were looked at last at different times of one ask for the same."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
