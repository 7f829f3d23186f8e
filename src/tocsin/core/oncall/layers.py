"""Who is on call by a plan alone: rotations and calendars in their layers, with those who are away left out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeGuard, TypeVar

from tocsin.core.oncall.model import Absence, Because, Booked, Layer, Override, Participant, Plan, Rotation
from tocsin.core.oncall.overrides import replaced
from tocsin.core.oncall.pieces import Entry, Piece, beneath, less, overlaid, together, within
from tocsin.core.oncall.restrictions import open_spans
from tocsin.core.oncall.turns import turns
from tocsin.core.oncall.wall import Wall, later, wall

TWO_DAYS = timedelta(days=2)
Timed = TypeVar("Timed", Absence, Booked)
NONE: frozenset[str] = frozenset()


def plan_pieces(
    plan: Plan,
    absences: Iterable[Absence],
    start: datetime,
    end: datetime,
    overrides: Iterable[Override] = (),
) -> list[Piece]:
    """Who is on call by the plan within the window: at each instant those of the highest layer that has somebody.

    The overrides only decide here whose absence does not count.
    """
    clock = wall(plan.zone)
    away = Away(absences, clock, start, end, overrides)
    found: list[Piece] = []
    for layer in reversed(plan.layers):
        found = beneath(found, _layer(layer, clock, away, start, end))
        if len(found) == 1 and found[0][0] == start and found[0][1] == end:
            break  # no layer below it shows
    return found


class Away:
    """Who is away when, within a window.

    While somebody is replaced their absence does not count: who stands in for them has said yes to what would be theirs, and leave that
    they take as well must not give it to the next in the rotation.
    """

    def __init__(
        self,
        absences: Iterable[Absence],
        clock: Wall,
        start: datetime,
        end: datetime,
        overrides: Iterable[Override] = (),
    ) -> None:
        spans = [
            (begins_at, ends_at, one.person)
            for begins_at, ends_at, one in _within_window(absences, clock, start, end)
        ]
        held = replaced(overrides, {person for _, _, person in spans}, start, end) if spans else {}
        self._spans = [
            (begins_at, ends_at, person)
            for since, until, person in spans
            for begins_at, ends_at in less([(since, until)], held.get(person, []))
        ]

    def has(self, person: str) -> bool:
        """Whether they are away at some time of the window."""
        return any(person == away for _, _, away in self._spans)

    def of(self, people: set[str]) -> Marks:
        """Of those people only: the instants at which somebody goes or comes, and who is away up to each and after the last."""
        parts = overlaid(span for span in self._spans if span[2] in people)
        marks: list[datetime] = []
        away: list[frozenset[str]] = [NONE]
        for start, end, who in parts:
            if marks and marks[-1] == start:
                away[-1] = frozenset(who)
            else:
                marks.append(start)
                away.append(frozenset(who))
            marks.append(end)
            away.append(NONE)
        return marks, away


Marks = tuple[list[datetime], list[frozenset[str]]]


def _layer(layer: Layer, clock: Wall, away: Away, start: datetime, end: datetime) -> list[Piece]:
    sources = [_rotation(one, layer.name, clock, away, start, end) for one in layer.rotations]
    if layer.booked:
        sources.append(_booked(layer, clock, away, start, end))
    return together(sources)


def _rotation(
    rotation: Rotation, layer: str, clock: Wall, away: Away, start: datetime, end: datetime
) -> list[Piece]:
    participants = rotation.participants
    if not participants:
        return []
    parts = turns(rotation, clock, start, end)
    if rotation.restrictions:
        parts = within(parts, open_spans(rotation.restrictions, clock, start, end))
    marks, missing = away.of({person for one in participants for person in one.people})
    found: list[Piece] = []
    held = None
    for since, until, this in parts:
        if this is not held:  # a turn that restrictions cut into parts has one reason
            held, (turn, turn_at) = this, this
            slot = (rotation.offset + turn) % len(participants)
            why = Because(layer, rotation.id, turn, turn_at)
            own = tuple([(person, why) for person in participants[slot].people])
        at = bisect_right(marks, since)
        # Nobody comes or goes, and nobody is away: so it is nearly always, and it is quick.
        if missing[at] is NONE and (at == len(marks) or marks[at] >= until):
            if own:
                found.append((since, until, own))
            continue
        for begins_at, ends_at, absent in _parts(since, until, marks, missing):
            people, stands_in_for = _present(participants, slot, absent)
            if people:
                reason = replace(why, stands_in_for=stands_in_for) if stands_in_for else why
                found.append((begins_at, ends_at, tuple([(person, reason) for person in people])))
    return found


def _parts(
    start: datetime, end: datetime, marks: list[datetime], missing: list[frozenset[str]]
) -> list[tuple[datetime, datetime, frozenset[str]]]:
    """The span cut wherever who is away changes."""
    at = bisect_right(marks, start)
    if at == len(marks) or marks[at] >= end:
        return [(start, end, missing[at])]
    found = []
    while at < len(marks) and marks[at] < end:
        found.append((start, marks[at], missing[at]))
        start = marks[at]
        at += 1
    found.append((start, end, missing[at]))
    return found


def _present(
    participants: Sequence[Participant], slot: int, absent: frozenset[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who takes the turn of that slot, and for whom they stand in.

    Those of the slot who are not away; where all are, the next in the order of whom somebody is there. A turn of nobody is nobody's.
    """
    own = participants[slot].people
    if not absent or not own:
        return own, ()
    for further in range(len(participants)):
        people = participants[(slot + further) % len(participants)].people
        here = tuple(person for person in people if person not in absent)
        if here:
            return here, own if further else ()
    return (), ()


def _booked(layer: Layer, clock: Wall, away: Away, start: datetime, end: datetime) -> list[Piece]:
    spans: list[tuple[datetime, datetime, Entry]] = []
    events = list(_within_window(layer.booked, clock, start, end))
    marks_of = {person: away.of({person}) for person in {p for _, _, event in events for p in event.people}}
    for begins_at, ends_at, event in events:
        since, until = max(begins_at, start), min(ends_at, end)
        why = Because(layer.name, turn_at=begins_at, event=event.uid)
        for person in dict.fromkeys(event.people):
            parts = _parts(since, until, *marks_of[person])
            spans += ((a, b, (person, why)) for a, b, absent in parts if not absent)
    # A calendar may have the same event twice.
    return overlaid(dict.fromkeys(spans))


def _within_window(
    those: Iterable[Timed], clock: Wall, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, Timed]]:
    """Those that have a part within the window, with the instants at which they begin and end."""
    first, last = later(start, -TWO_DAYS).date(), later(end, TWO_DAYS).date()
    for one in those:
        begins_at, ends_at = one.start, one.end
        # Most are long past or far ahead, which shows without asking the zone.
        if type(begins_at) is date and type(ends_at) is date and (ends_at < first or last < begins_at):
            continue
        if not _is_utc(begins_at) or not _is_utc(ends_at):
            begins_at, ends_at = clock.instant_of(begins_at), clock.instant_of(ends_at)
        if begins_at < end and start < ends_at and begins_at < ends_at:
            yield begins_at, ends_at, one


def _is_utc(when: date) -> TypeGuard[datetime]:
    return type(when) is datetime and when.tzinfo is UTC
