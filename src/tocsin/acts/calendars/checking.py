"""What a calendar must hold to before a library reads it: broken structure and rules without end are refused by name, in one pass.

The library takes time that grows with the square of what is left open, and follows a rule that never moves on for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from icalendar import Calendar

from tocsin.core.words import shortened
from tocsin.errors import Invalid

MOST_EVENTS: Final = 20_000
DEEPEST: Final = 4
"""VCALENDAR, VEVENT, VALARM; one to spare."""
TOO_OFTEN: Final = ("SECONDLY", "MINUTELY", "HOURLY")
MOST_A_DAY: Final = 24


def check_structure(text: str) -> None:
    """Invalid, naming the line, where what begins does not end, or ends what did not begin."""
    opened: list[tuple[str, int]] = []
    events = 0
    for number, line in enumerate(text.splitlines(), 1):
        head = line[:6].upper()
        if head == "BEGIN:":
            name = line[6:].strip().upper()
            if len(opened) == DEEPEST or (name == "VEVENT" and "VEVENT" in (one for one, _ in opened)):
                within, since = opened[-1]
                raise _broken(
                    f"line {number} begins {_short(name)} within the {_short(within)} of line {since}"
                )
            opened.append((name, number))
            events += name == "VEVENT"
            if events > MOST_EVENTS:
                raise Invalid(f"The calendar has more than {MOST_EVENTS:,} events", field="calendar")
        elif line[:4].upper() == "END:":
            name = line[4:].strip().upper()
            if not opened or opened[-1][0] != name:
                there = (
                    f"the {_short(opened[-1][0])} of line {opened[-1][1]} is open" if opened else "nothing is"
                )
                raise _broken(f"line {number} ends {_short(name)} where {there}")
            opened.pop()
    if opened:
        name, number = opened[-1]
        raise _broken(f"it is cut off: the {_short(name)} that begins in line {number} does not end")


def check_rules(calendar: Calendar) -> None:
    """Invalid, naming the event, where a rule of recurrence has no end to its work."""
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE") or []
        for rule in rules if isinstance(rules, list) else [rules]:
            if why := _why_endless(rule):
                raise Invalid(f"{title_of(event)!r} {why}", field="calendar")


def set_aside(calendar: Calendar) -> Iterator[str]:
    """Take out the events whose times can't be meant as they are written: a sentence for each."""
    kept = []
    for component in calendar.subcomponents:
        why = _why_not(component) if component.name == "VEVENT" else ""
        if why:
            yield why
        else:
            kept.append(component)
    calendar.subcomponents = kept


def name_all(calendar: Calendar) -> None:
    """Give those without a UID one of their own, by what they say: without, several would count as one."""
    for event in calendar.walk("VEVENT"):
        if not str(event.get("UID", "")).strip():
            said = hashlib.sha256(event.to_ical()).hexdigest()[:16]
            event.pop("UID", None)
            event.add("UID", said)


def title_of(event: Any) -> str:
    return shortened(str(event.get("SUMMARY", "")) or "(without a title)", 80)


def _why_endless(rule: Any) -> str:
    often = [str(one) for one in rule.get("FREQ", []) if str(one).upper() in TOO_OFTEN]
    if often:
        return f"repeats {often[0].lower()}: a shift repeats daily at most"
    for key in ("INTERVAL", "COUNT"):
        wrong = [one for one in rule.get(key, []) if one < 1]
        if wrong:
            return f"has {key}={wrong[0]} in its rule: write 1 or more"
    times = 1
    for key in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= max(1, len(rule.get(key, [])))
    return f"repeats {times:,} times a day: at most {MOST_A_DAY} are taken" if times > MOST_A_DAY else ""


def _why_not(event: Any) -> str:
    for key in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        when = event.get(key)
        zone = getattr(when, "params", {}).get("TZID", "")
        if zone and isinstance(when.dt, datetime) and when.dt.tzinfo is None:
            return f"{title_of(event)!r} is in the time zone {_short(str(zone))}, which is unknown: left out"
    times: list[Any] = [getattr(event.get(key), "dt", None) for key in ("DTSTART", "DTEND", "DURATION")]
    start, end, long = times
    # What is written in two ways (a date and a time, with a zone and without) the library sorts out.
    is_back = _is_alike(start, end) and end < start
    if is_back or (isinstance(long, timedelta) and long < timedelta()):
        return f"{title_of(event)!r} on {start:%Y-%m-%d} ends before it begins: left out"
    return ""


def _is_alike(one: Any, other: Any) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return (one.tzinfo is None) is (other.tzinfo is None)
    return one is not None and type(one) is type(other)


def _broken(why: str) -> Invalid:
    return Invalid(f"The calendar can't be read: {why}", field="calendar")


def _short(name: str) -> str:
    return shortened(name, 40)
