"""Spans of time with who is on call in each, and the few ways in which they are laid together.

A list of pieces is in order, without overlaps, and each has somebody; where there is no piece, nobody is on call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

from tocsin.core.oncall.model import Because

Entry = tuple[str, Because]
"""A person, and why they are on call."""
Piece = tuple[datetime, datetime, tuple[Entry, ...]]
Span = tuple[datetime, datetime]
T = TypeVar("T")

BY_START, ENDS_AT = itemgetter(0), itemgetter(1)


def overlaid(spans: Iterable[tuple[datetime, datetime, T]]) -> list[tuple[datetime, datetime, tuple[T, ...]]]:
    """What holds in each part of time, cut wherever a span begins or ends, in the order in which the spans came."""
    turns: list[tuple[datetime, int, T]] = []
    for number, (start, end, what) in enumerate(spans):
        if start < end:
            turns += ((start, number, what), (end, ~number, what))
    turns.sort(key=BY_START)
    found: list[tuple[datetime, datetime, tuple[T, ...]]] = []
    holding: dict[int, T] = {}
    since = turns[0][0] if turns else None
    for at, number, what in turns:
        if since is not None and at > since and holding:
            found.append((since, at, tuple(holding[n] for n in sorted(holding))))
        since = at
        if number >= 0:
            holding[number] = what
        else:
            del holding[~number]
    return found


def together(lists: Sequence[list[Piece]]) -> list[Piece]:
    """Everybody of each list."""
    lists = [one for one in lists if one]
    if len(lists) < 2:
        return lists[0] if lists else []
    flat = (piece for one in lists for piece in one)
    return [(start, end, tuple(e for who in held for e in who)) for start, end, held in overlaid(flat)]


def beneath(top: list[Piece], low: list[Piece]) -> list[Piece]:
    """`top`, and `low` where it has nobody."""
    if not top or not low:
        return top or low
    return sorted(top + without(low, top), key=BY_START)


def without(
    pieces: Sequence[tuple[datetime, datetime, T]], spans: Sequence[tuple[datetime, datetime, object]]
) -> list[tuple[datetime, datetime, T]]:
    """What of the pieces lies outside the spans, which are in order and do not overlap."""
    found: list[tuple[datetime, datetime, T]] = []
    first, many = 0, len(spans)
    for start, end, who in pieces:
        while first < many and spans[first][1] <= start:
            first += 1
        next = first
        while next < many and spans[next][0] < end:
            if spans[next][0] > start:
                found.append((start, spans[next][0], who))
            start = spans[next][1]
            next += 1
        if start < end:
            found.append((start, end, who))
    return found


def within(
    pieces: Sequence[tuple[datetime, datetime, T]], spans: Sequence[Span]
) -> list[tuple[datetime, datetime, T]]:
    """What of the pieces lies within the spans, which are in order and do not overlap."""
    found: list[tuple[datetime, datetime, T]] = []
    first, many = 0, len(spans)
    for start, end, who in pieces:
        while first < many and spans[first][1] <= start:
            first += 1
        next = first
        while next < many and spans[next][0] < end:
            opens, closes = spans[next]
            found.append((opens if opens > start else start, closes if closes < end else end, who))
            next += 1
    return found


def common(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What is in both; each is in order, without overlaps."""
    return [(start, end) for start, end, _ in within([(a, b, ()) for a, b in spans], others)]


def less(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What of the spans is in none of the others; each is in order, without overlaps."""
    outside = without([(a, b, ()) for a, b in spans], [(a, b, None) for a, b in others])
    return [(start, end) for start, end, _ in outside]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The union of the spans: in order, and what touches is one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found
