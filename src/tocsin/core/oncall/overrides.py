"""Overrides laid over who is on call without them.

They never act on each other: a replacement of somebody who is there by an override only does nothing. Of two that contradict each other
the one made last wins (docs/adr/0008).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from operator import attrgetter

from tocsin.core.oncall.model import Because, Change, Override
from tocsin.core.oncall.pieces import (
    BY_START,
    ENDS_AT,
    Entry,
    Piece,
    Span,
    merged,
    overlaid,
    together,
    within,
    without,
)

BY_RANK = attrgetter("made_at", "id")


def overridden(
    base: list[Piece], overrides: Iterable[Override], start: datetime, end: datetime
) -> list[Piece]:
    """Who is on call within the window when the overrides act on `base`."""
    zones = overlaid(
        (max(one.start, start), min(one.end, end), one)
        for one in overrides
        if one.start < end and start < one.end
    )
    if not zones:
        return base
    found = without(base, zones)
    for begins_at, ends_at, active in zones:
        first = bisect_right(base, begins_at, key=ENDS_AT)
        last = bisect_left(base, ends_at, first, key=BY_START)
        found += _zone(base[first:last], active, begins_at, ends_at)
    found.sort(key=BY_START)
    return found


def _zone(base: list[Piece], active: Sequence[Override], start: datetime, end: datetime) -> list[Piece]:
    """One part of time in which the same overrides hold."""
    newest = last_first(active)
    added = tuple(entry for one in reversed(newest) if one.change is Change.ADD for entry in _entries(one))
    taken = next((one for one in newest if one.change is Change.TAKE), None)
    if taken is not None:
        who = (*_entries(taken), *added)
        return [(start, end, who)] if who else []
    found = within(base, [(start, end)])
    changes = {person: _entries(one) for person, one in instead(newest).items()}
    if changes:
        found = [(a, b, who) for a, b, there in found if (who := _changed(there, changes))]
    return together([found, [(start, end, added)]]) if added else found


def last_first(overrides: Iterable[Override]) -> list[Override]:
    """The one made last comes first."""
    return sorted(overrides, key=BY_RANK, reverse=True)


def instead(newest: Iterable[Override]) -> dict[str, Override]:
    """Which override holds for each person who is replaced or removed: the one made last."""
    found: dict[str, Override] = {}
    for one in newest:
        if one.change in (Change.REPLACE, Change.REMOVE):
            found.setdefault(one.instead_of, one)
    return found


def replaced(
    overrides: Iterable[Override], people: Container[str], start: datetime, end: datetime
) -> dict[str, list[Span]]:
    """When, within the window, somebody stands in for each of those people. A removal made later ends that: nobody does then."""
    theirs: dict[str, list[tuple[datetime, datetime, Override]]] = {}
    for one in overrides:
        if one.instead_of in people and one.start < end and start < one.end:
            theirs.setdefault(one.instead_of, []).append((max(one.start, start), min(one.end, end), one))
    return {
        person: merged(
            (a, b) for a, b, active in overlaid(spans) if max(active, key=BY_RANK).change is Change.REPLACE
        )
        for person, spans in theirs.items()
    }


def _changed(there: tuple[Entry, ...], changes: dict[str, tuple[Entry, ...]]) -> tuple[Entry, ...]:
    """Who is on call in place of those of the base. Who stands in for a person of two rotations does so once."""
    if not any(person in changes for person, _ in there):
        return there
    who = [entry for one in there for entry in changes.get(one[0], (one,))]
    return tuple(dict.fromkeys(who)) if len(who) > 1 else tuple(who)


def _entries(one: Override) -> tuple[Entry, ...]:
    """Whom an override puts on call; of a removal, nobody."""
    if one.change is Change.REMOVE:
        return ()
    why = Because(override=one.id, instead_of=one.instead_of)
    return tuple([(person, why) for person in dict.fromkeys(one.people)])
