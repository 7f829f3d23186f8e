"""What a change would do: whose shifts to come it moves, and which gaps it opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tocsin.core.escalation.named import Use
from tocsin.core.oncall.calculator import gaps
from tocsin.core.oncall.model import FOREVER, Schedule
from tocsin.core.oncall.notices import LOOKED_ON
from tocsin.core.oncall.preview import moves, opened
from tocsin.core.people import Person
from tocsin.store.people import Directory

AHEAD: Final = timedelta(days=90)
"""How far ahead a change is looked at."""
AHEAD_OF_MANY: Final = timedelta(days=21)
MANY: Final = 50
"""Of more schedules than this at once it is looked less far, since nobody else can change anything meanwhile."""
MOST_MOVES: Final = 500
"""How many of them are remembered with a change."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A span in which somebody is on call that was not (`gains`), or is no more.

    `goes_on_to` is its end where that lies past what was looked at, FOREVER where none was found.
    """

    schedule: str
    person: str
    gains: bool
    start: datetime
    end: datetime
    goes_on_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A gap in a schedule that was not there before."""

    schedule: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Effect:
    """Whose shifts to come move, and which gaps open, until `until`; out of which `policies` it is taken."""

    moves: tuple[Moved, ...] = ()
    opens: tuple[Opened, ...] = ()
    until: datetime | None = None
    policies: tuple[Use, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(sorted({one.person for one in self.moves}))

    def as_json(self) -> list[dict[str, Any]]:
        """As it is kept with the change."""
        return [
            {
                "schedule": one.schedule,
                "person": one.person,
                "gains": one.gains,
                "start": one.start.isoformat(),
                "end": one.end.isoformat(),
            }
            for one in self.moves[:MOST_MOVES]
        ]


NOTHING: Final = Effect()


def effect_of(
    known: Directory,
    pairs: Sequence[tuple[Schedule, Schedule]],
    start: datetime,
    end: datetime | None = None,
    *,
    leaves: str = "",
    people_after: Iterable[Person] | None = None,
) -> Effect:
    """What it does to put the second schedule of each pair in the place of the first, from `start` on.

    `end` is how far it is looked ahead, by default 90 days (of many schedules 21). Whoever `leaves` can't be reached after it;
    `people_after` are those there are then, where it changes more about them than that.
    """
    until = end or start + (AHEAD if len(pairs) <= MANY else AHEAD_OF_MANY)
    reachable = can_be_reached(known.people.values())
    then = reachable - {leaves} if people_after is None else can_be_reached(people_after)
    moved: list[Moved] = []
    opens: list[Opened] = []
    for before, after in pairs:
        moved += _moves(before, after, start, until)
        found = opened(before, after, start, until, reachable, then)
        opens += [Opened(after.id, one.start, one.end) for one in found]
    return Effect(tuple(sorted(moved, key=lambda one: (one.start, one.person))), tuple(opens), until)


def with_gaps(known: Directory, effect: Effect, new: Schedule, start: datetime) -> Effect:
    """The same of a schedule that is new: every gap of it is one that it opens, though nobody was on call in it before either."""
    end = effect.until or start + AHEAD
    found = gaps(new, start, end, can_be_reached(known.people.values()))
    return replace(effect, opens=tuple(Opened(new.id, one.start, one.end) for one in found))


def can_be_reached(people: Iterable[Person]) -> frozenset[str]:
    """Those who have some way to be reached."""
    return frozenset(one.handle for one in people if any(way.verified for way in one.contacts))


def _moves(before: Schedule, after: Schedule, start: datetime, end: datetime) -> Iterator[Moved]:
    found = moves(before, after, start, end)
    past = any(span.end == end for one in found for span in (*one.gains, *one.loses))
    ends = _ends_past(before, after, end) if past else {}
    for one in found:
        for gains, spans in ((True, one.gains), (False, one.loses)):
            for span in spans:
                goes_on = ends.get((one.person, gains)) if span.end == end else None
                yield Moved(after.id, one.person, gains, span.start, span.end, goes_on)


def _ends_past(before: Schedule, after: Schedule, at: datetime) -> dict[tuple[str, bool], datetime]:
    """Where the spans end that go on past `at`, by the person and whether they gain them."""
    last = at + LOOKED_ON
    return {
        (one.person, gains): FOREVER if spans[0].end == last else spans[0].end
        for one in moves(before, after, at, last)
        for gains, spans in ((True, one.gains), (False, one.loses))
        if spans and spans[0].start == at
    }
