"""What a change of a schedule would do: who gains and who loses which spans, and where it leaves nobody on call."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from tocsin.core.oncall.calculator import gaps, shifts
from tocsin.core.oncall.model import Gap, Schedule, Shift
from tocsin.core.oncall.pieces import Span as Pair
from tocsin.core.oncall.pieces import less, merged


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """When a person is on call that was not before (`gains`), and when no more (`loses`). Spans are in order, and what touches is one."""

    person: str
    gains: tuple[Span, ...]
    loses: tuple[Span, ...]


def moves(before: Schedule, after: Schedule, start: datetime, end: datetime) -> list[Move]:
    """Whose time on call within the window the change moves, by person. Only the reason of a shift being another moves nothing."""
    was, now = covered_by_person(shifts(before, start, end)), covered_by_person(shifts(after, start, end))
    found: list[Move] = []
    for person in sorted(was.keys() | now.keys()):
        own, new = was.get(person, []), now.get(person, [])
        move = Move(person, _spans(less(new, own)), _spans(less(own, new)))
        if move.gains or move.loses:
            found.append(move)
    return found


def opened(
    before: Schedule,
    after: Schedule,
    start: datetime,
    end: datetime,
    reachable: Container[str] | None = None,
    reachable_after: Container[str] | None = None,
) -> list[Gap]:
    """The gaps within the window that are there only after the change.

    `reachable` is who can be reached, None for everybody; `reachable_after` is that after the change, where it is another.
    """
    old = [(gap.start, gap.end) for gap in gaps(before, start, end, reachable)]
    then = reachable if reachable_after is None else reachable_after
    new = [(gap.start, gap.end) for gap in gaps(after, start, end, then)]
    return [Gap(*span) for span in less(new, old)]


def covered_by_person(found: Iterable[Shift]) -> dict[str, list[Pair]]:
    """When each person is on call, whatever the reasons: each instant counts once."""
    spans: dict[str, list[Pair]] = {}
    for one in found:
        spans.setdefault(one.person, []).append((one.start, one.end))
    return {person: merged(theirs) for person, theirs in spans.items()}


def _spans(pairs: Iterable[Pair]) -> tuple[Span, ...]:
    return tuple(Span(*pair) for pair in pairs)
