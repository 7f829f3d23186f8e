"""The daily report of gaps: when it is due, and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from tocsin.core.notices import Words
from tocsin.core.oncall.model import Gap
from tocsin.core.oncall.notice_words import from_to_now, span
from tocsin.core.oncall.wall import wall

NINE: Final = time(9)
SHOWN_GAPS, SHOWN_SCHEDULES = 3, 10


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A schedule called `name`, and when nobody is on call in it."""

    name: str
    gaps: Sequence[Gap]


def report_at(now: datetime, zone: str, days: int = 0) -> datetime:
    """09:00 by the clock of that zone, of its present day, or so many days after it."""
    clock = wall(zone)
    return clock.instant_of(datetime.combine(clock.reading(now).date() + timedelta(days=days), NINE))


def is_due(seen: datetime, now: datetime, zone: str) -> bool:
    """Whether today's report fell due after `seen`. Yesterday's is given no more."""
    return seen < report_at(now, zone) <= now


def next_report(now: datetime, zone: str) -> datetime:
    """When the next one is due."""
    today = report_at(now, zone)
    return today if today > now else report_at(now, zone, 1)


def gap_words(found: Sequence[Uncovered], days: int, now: datetime, zone: str, link: str) -> Words:
    """Where and when nobody is on call, and what to do."""
    names = ", ".join(one.name for one in found[:3]) + (
        f" and {len(found) - 3} more" if len(found) > 3 else ""
    )
    lines = [f"*{one.name}*: {_gaps(one.gaps, now, zone)}" for one in found[:SHOWN_SCHEDULES]]
    if len(found) > SHOWN_SCHEDULES:
        lines.append(f"And in {len(found) - SHOWN_SCHEDULES} more")
    head = f"*Nobody is on call for a while, in the next {days} days*"
    do = "Take the time yourself, put somebody in with an override, or change the schedule."
    return Words(f"Nobody on call soon: {names}", "\n".join([head, *lines, do]), link, "Who is on call")


def _gaps(gaps: Sequence[Gap], now: datetime, zone: str) -> str:
    told = "; ".join(
        f"{from_to_now(one.start, one.end, now, zone)} ({span(one.end - max(one.start, now))})"
        for one in gaps[:SHOWN_GAPS]
    )
    more = len(gaps) - SHOWN_GAPS
    return f"{told}; and {more} more" if more > 0 else told
