"""The words of notices about on-call: read on a phone, in the middle of the night, in the reader's own zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tocsin.core.notices import Words
from tocsin.core.oncall.model import FOREVER

Named = tuple[tuple[datetime, datetime], str]
"""A span, and the name of the schedule."""
SHOWN: Final = 3
SHOWN_LINES: Final = 8
AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """What begins in one schedule, called `name`: until when, and who (names) is on call before and after it."""

    name: str
    end: datetime | None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def begins_words(start: datetime, turns: Sequence[Turn], now: datetime, zone: str, link: str) -> Words:
    """That a shift begins, or has begun."""
    where = ", ".join(turn.name for turn in turns)
    if now >= start:
        since = "" if now - start < timedelta(minutes=5) else f", since {when(start, now, zone)}"
        head, subject = f"*You are on call now*{since}", f"You are on call now: {where}"
    else:
        head = f"*You are on call from {when(start, now, zone)}*, in {span(start - now)}"
        subject = f"On call in {span(start - now)}: {where}"
    lines = "\n".join(_turn(turn, now, zone) for turn in turns)
    return Words(subject, f"{head}\n{lines}", link, "Who is on call")


def moved_words(
    by: str,
    gains: Sequence[Named],
    loses: Sequence[Named],
    now: datetime,
    zone: str,
    link: str,
    is_new: bool = False,
) -> Words:
    """What somebody else changed about one's shifts: each span with the schedule's name, in order. `is_new`: all are of new schedules."""
    lines = [*_spans("You are on call in", gains, now, zone), *_spans("No longer in", loses, now, zone)]
    is_now = any(start <= now for (start, _), _ in gains)
    if gains and not loses:
        what = f"put you on call{' now' if is_now else ''}"
    elif loses and not gains:
        what = "took you off call"
    else:
        what = "changed when you are on call"
    if len(lines) > SHOWN_LINES:
        lines = [*lines[:SHOWN_LINES], f"And in {len(lines) - SHOWN_LINES} more"]
    subject = f"{by[:1].upper()}{by[1:]} {what}"
    if is_new:
        names = list(dict.fromkeys(name for _, name in gains))
        shown = names if len(names) <= SHOWN else [*names[:SHOWN], f"{len(names) - SHOWN} more"]
        subject = (
            f"You are on call in {listed(shown)} ({'the schedule is' if len(names) == 1 else 'they are'} new)"
        )
        lines.append(f"Made by {by}")
    return Words(subject, "\n".join([f"*{subject}*", *lines]), link, "Who is on call")


def _spans(said: str, spans: Sequence[Named], now: datetime, zone: str) -> Iterator[str]:
    for name in dict.fromkeys(name for _, name in spans):
        theirs = [span for span, of in spans if of == name]
        told = "; ".join(from_to_now(start, end, now, zone) for start, end in theirs[:SHOWN])
        more = f"; and {len(theirs) - SHOWN} more" if len(theirs) > SHOWN else ""
        yield f"{said} {name}: {told}{more}"


def from_to_now(start: datetime, end: datetime, now: datetime, zone: str) -> str:
    """What is of a span from now on; one that has begun begins now."""
    if end == FOREVER:
        return "from now on" if start <= now else f"from {when(start, now, zone)} on"
    return f"now, until {when(end, now, zone)}" if start <= now else from_to(start, end, now, zone)


def when(at: datetime, now: datetime, zone: str) -> str:
    """An instant as people say it: "today 09:00 CET", "Tue 10 Mar, 09:00 CET"."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    days = (local.date() - today).days
    named = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
    day = f"{named} " if named else f"{local:%a} {local.day} {local:%b}{_year(local, today.year)}, "
    return f"{day}{local:%H:%M %Z}"


def from_to(start: datetime, end: datetime, now: datetime, zone: str) -> str:
    """A span as people say it: "today 09:00 to 17:00 CET", "Tue 10 Mar, 09:00 CET to Wed 11 Mar, 09:00 CET"."""
    first, last = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    if first.date() == last.date() and first.tzname() == last.tzname():
        said = when(start, now, zone).rpartition(" ")[0]
        return f"{said} to {last:%H:%M %Z}"
    return f"{when(start, now, zone)} to {when(end, now, zone)}"


def span(long: timedelta) -> str:
    """How long, in the unit that says it best: "45 min", "3 h", "2 days"."""
    minutes = max(1, round(long / timedelta(minutes=1)))
    if minutes < 90 and minutes != 60:
        return f"{minutes} min"
    hours = round(long / AN_HOUR)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"


def listed(names: Iterable[str]) -> str:
    """Names as people say them: "Alice, Bob and Carol"."""
    given = list(names)
    return " and ".join(filter(None, [", ".join(given[:-1]), *given[-1:]]))


def _turn(turn: Turn, now: datetime, zone: str) -> str:
    until = f"until {when(turn.end, now, zone)}" if turn.end else "for more than a month"
    around = [
        f"{word} you: {listed(names)}"
        for word, names in (("Before", turn.before), ("After", turn.after))
        if names
    ]
    return ". ".join([f"{turn.name}: {until}", *around])


def _year(local: datetime, year: int) -> str:
    return "" if local.year == year else f" {local.year}"
