"""A plan as people write it (YAML, JSON, the rows of the database), read with clear errors and written back the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

from tocsin.core.oncall.model import (
    NOBODY,
    TEAM,
    Booked,
    Every,
    Layer,
    Participant,
    Plan,
    Restriction,
    Rotation,
    Unit,
    Version,
    Weekly,
)
from tocsin.core.oncall.wall import wall
from tocsin.core.people import DAYS
from tocsin.core.words import text_of
from tocsin.errors import Invalid

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
EVERY = re.compile(r"(?:(\d{1,6})\s+)?(hour|day|week|month)s?")
DAILY = re.compile(r"(?:([a-z]{3})(?:\s*-\s*([a-z]{3}))?\s+)?(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)")
ACROSS = re.compile(r"([a-z]{3})\s+(\d\d?:\d\d)\s*-\s*([a-z]{3})\s+(\d\d?:\d\d)")
MOST = {"layers": 20, "rotations": 50, "participants": 200, "restrict": 50}
LONGEST_TURN = {Unit.HOURS: 24 * 366, Unit.DAYS: 366, Unit.WEEKS: 53, Unit.MONTHS: 24}


@dataclass(frozen=True, slots=True)
class Known:
    """What the names in a plan may mean. None for `people`: any handle is taken, as in a file that is read without a database."""

    people: frozenset[str] | None = None
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calendars: Mapping[str, tuple[Booked, ...]] = field(default_factory=dict)


def plan_of(doc: Mapping[str, Any], known: Known) -> Plan:
    """The plan that `doc` writes: `zone` and `layers`. Invalid, naming the place, where it says something that can't be."""
    only_fields(doc, "", ("zone", "layers"))
    zone = _zone(doc.get("zone"))
    layers = tuple(_layer(one, f"layers[{i}]", known) for i, one in enumerate(_list(doc, "layers", "layers")))
    _different([layer.name for layer in layers], "layers", "name")
    _different([r.id for layer in layers for r in layer.rotations], "layers", "id of a rotation")
    return Plan(zone, layers)


def written_plan(plan: Plan) -> dict[str, Any]:
    """The plan as `plan_of` reads it."""
    return {"zone": plan.zone, "layers": [_written_layer(layer) for layer in plan.layers]}


def check_versions(versions: Sequence[Version]) -> None:
    """Invalid where two versions overlap: each holds from its `since` until the next one's."""
    for one, other in pairwise(versions):
        if other.since <= one.since:
            raise Invalid(
                f"Version {other.number} holds since {other.since:%Y-%m-%d %H:%M}, not after version {one.number}: they overlap",
                field="since",
            )


def _layer(doc: Any, place: str, known: Known) -> Layer:
    _table(doc, place)
    only_fields(doc, place, ("name", "rotations", "calendar"))
    calendar = _text(doc, "calendar", place)
    if calendar and known.people is not None and calendar not in known.calendars:
        there = ", ".join(known.calendars) or "none"
        raise Invalid(
            f"{place}.calendar: there is no calendar {calendar}; there are: {there}", field="calendar"
        )
    rotations = tuple(
        _rotation(one, f"{place}.rotations[{i}]", known)
        for i, one in enumerate(_list(doc, "rotations", place))
    )
    name = _text(doc, "name", place) or f"layer {int(re.findall(r'[0-9]+', place)[0]) + 1}"
    return Layer(name, rotations, calendar, tuple(known.calendars.get(calendar, ())))


def _rotation(doc: Any, place: str, known: Known) -> Rotation:
    _table(doc, place)
    only_fields(doc, place, ("id", "first_handoff", "every", "participants", "restrict", "until", "offset"))
    id = _text(doc, "id", place)
    if not ID.fullmatch(id):
        raise Invalid(
            f"{place}.id is {id!r}: write small letters, digits, dots and dashes, such as weekly", field="id"
        )
    first = _local(doc.get("first_handoff"), f"{place}.first_handoff")
    if first is None:
        raise Invalid(
            f"{place}.first_handoff is missing: write a local time such as 2026-01-05 09:00",
            field="first_handoff",
        )
    until = _local(doc.get("until"), f"{place}.until")
    if until is not None and until <= first:
        raise Invalid(
            f"{place}.until is not after first_handoff: nobody would ever be on call", field="until"
        )
    participants = tuple(
        _participant(one, f"{place}.participants[{i}]", known)
        for i, one in enumerate(_list(doc, "participants", place))
    )
    if not participants:
        raise Invalid(
            f"{place}.participants is empty: name who takes turns, or take the rotation out",
            field="participants",
        )
    every = _every(doc.get("every", "1 week"), f"{place}.every")
    if every.unit is Unit.WEEKDAYS and first.weekday() not in every.weekdays:
        raise Invalid(
            f"{place}.first_handoff is on a {DAYS[first.weekday()]}, which is none of every's days",
            field="first_handoff",
        )
    restrictions = tuple(
        restriction_of(one, f"{place}.restrict[{i}]") for i, one in enumerate(_list(doc, "restrict", place))
    )
    offset = doc.get("offset", 0)
    if isinstance(offset, bool) or not isinstance(offset, int) or not 0 <= offset < len(participants):
        raise Invalid(
            f"{place}.offset is {offset!r}: write whose turn comes first, 0 to {len(participants) - 1}",
            field="offset",
        )
    return Rotation(id, first, every, participants, restrictions, until, offset)


def _every(said: Any, place: str) -> Every:
    if isinstance(said, list | tuple):
        days = tuple(sorted({_day(str(one), place) for one in said}))
        if not days:
            raise Invalid(f"{place} names no day: a turn would never end", field="every")
        return Every(Unit.WEEKDAYS, 1, days)
    found = EVERY.fullmatch(str(said).strip().lower())
    if not found:
        raise Invalid(
            f"{place} is {said!r}: write 12 hours, 1 day, 2 weeks, 1 month, or days such as [mon, thu]",
            field="every",
        )
    count, unit = int(found[1] or 1), Unit(f"{found[2]}s")
    if count == 0:
        raise Invalid(f"{place} is {said!r}: a turn would never end", field="every")
    if count > LONGEST_TURN[unit]:
        raise Invalid(f"{place} is {said!r}: at most {LONGEST_TURN[unit]} {unit}", field="every")
    return Every(unit, count)


def _participant(said: Any, place: str, known: Known) -> Participant:
    those = said if isinstance(said, list | tuple) else [said]
    names = tuple("" if one is None else str(one).strip() for one in those)
    if not names or not all(names):
        raise Invalid(f"{place} is empty: write a handle, team:NAME, or nobody", field="participants")
    people: list[str] = []
    for name in names:
        people += _people(name, place, known)
    return Participant(names, tuple(dict.fromkeys(people)))


def _people(name: str, place: str, known: Known) -> Sequence[str]:
    if name == NOBODY:
        return ()
    if name.startswith(TEAM):
        team = name.removeprefix(TEAM)
        if team not in known.teams:
            there = ", ".join(known.teams) or "none"
            raise Invalid(f"{place}: there is no team {team}; there are: {there}", field="participants")
        return known.teams[team]
    handle = name.removeprefix("@").lower()
    if known.people is not None and handle not in known.people:
        raise Invalid(f"{place}: nobody is called {handle}", field="participants")
    return (handle,)


def restriction_of(said: Any, place: str = "restrict") -> Restriction:
    """What `09:00-17:00`, `Mon-Fri 09:00-17:00` or `Fri 17:00 - Mon 09:00` says. Over midnight where the end is not after the start.

    `Mon 24:00` is Tue 00:00, as a start too.
    """
    text = " ".join(str(said).split())
    across = ACROSS.fullmatch(text.lower())
    if across:
        day, end_day = (_day(across[1], place) + _is_midnight(across[2])) % 7, _day(across[3], place)
        return Restriction(text, (_weekly(day, _time(across[2], place), end_day, across[4], place),))
    daily = DAILY.fullmatch(text.lower())
    if not daily:
        raise Invalid(
            f"{place} is {said!r}: write 09:00-17:00, Mon-Fri 09:00-17:00 or Fri 17:00 - Mon 09:00",
            field="restrict",
        )
    start = _time(daily[3], place)
    over = _time(daily[4], place) <= start and not _is_midnight(daily[4])
    next = _is_midnight(daily[3])
    days = [(day + next) % 7 for day in _days(daily[1], daily[2], place)]
    spans = [_weekly(day, start, (day + over) % 7, daily[4], place) for day in days]
    return Restriction(text, tuple(spans))


def _weekly(day: int, start: time, end_day: int, end: str, place: str) -> Weekly:
    if _is_midnight(end):
        return Weekly(day, start, (end_day + 1) % 7, time())
    return Weekly(day, start, end_day, _time(end, place))


def _is_midnight(text: str) -> bool:
    return text == "24:00"


def _days(first: str | None, last: str | None, place: str) -> Iterator[int]:
    if first is None:
        yield from range(7)
        return
    start = _day(first, place)
    end = start if last is None else _day(last, place)
    yield from ((start + i) % 7 for i in range((end - start) % 7 + 1))


def _day(text: str, place: str) -> int:
    day = text.strip().lower()[:3]
    if day not in DAYS:
        raise Invalid(f"{place}: {text!r} is no day; there are {', '.join(DAYS)}", field="day")
    return DAYS.index(day)


def _time(text: str, place: str) -> time:
    if _is_midnight(text):
        return time()
    hour, minute = (int(part) for part in text.split(":"))
    if hour > 23 or minute > 59:
        raise Invalid(f"{place}: {text} is no time of the day", field="restrict")
    return time(hour, minute)


def _local(said: Any, place: str) -> datetime | None:
    if said is None or said == "":
        return None
    found: datetime | None = None
    if isinstance(said, datetime):
        found = said
    elif isinstance(said, date):
        found = datetime.combine(said, time())
    elif isinstance(said, str):
        try:
            found = datetime.fromisoformat(said.strip())
        except ValueError:
            found = None
    if found is None:
        raise Invalid(
            f"{place} is {said!r}: write a local time such as 2026-01-05 09:00", field="first_handoff"
        )
    if found.tzinfo is not None:
        raise Invalid(
            f"{place} is a local time of the schedule's zone: write it without an offset",
            field="first_handoff",
        )
    if not 1970 <= found.year <= 2200:
        raise Invalid(
            f"{place} is in the year {found.year}: write one between 1970 and 2200", field="first_handoff"
        )
    return found


def _zone(said: Any) -> str:
    name = str(said or "").strip()
    return wall(name).zone.key


def _list(doc: Mapping[str, Any], name: str, place: str) -> Sequence[Any]:
    found = doc.get(name) or []
    if not isinstance(found, list | tuple):
        raise Invalid(f"{place}: {name} is {found!r}: write a list", field=name)
    if len(found) > MOST.get(name, 50):
        raise Invalid(f"{place}: {name} has {len(found)} entries; at most {MOST[name]} are taken", field=name)
    return found


def _table(doc: Any, place: str) -> None:
    if not isinstance(doc, Mapping):
        raise Invalid(f"{place} is {doc!r}: write its fields, such as name and rotations", field=place)


def _text(doc: Mapping[str, Any], name: str, place: str) -> str:
    found = doc.get(name)
    if found is None:
        return ""
    if not isinstance(found, str | int) or len(str(found)) > 100:
        raise Invalid(f"{place}.{name} is no short text", field=name)
    return text_of(str(found), field=name)


def only_fields(doc: Mapping[str, Any], place: str, names: tuple[str, ...]) -> None:
    """Invalid, by name, where `doc` has other fields than these. `place` is where it stands, "" at the top."""
    strange = [str(name) for name in doc if name not in names]
    if strange:
        where = f"{place}: " if place else ""
        raise Invalid(f"{where}unknown {', '.join(strange)}; there are {', '.join(names)}", field=strange[0])


def _different(names: Sequence[str], place: str, what: str) -> None:
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise Invalid(f"{place}: the {what} {twice[0]} is there twice", field=place)


def _written_layer(layer: Layer) -> dict[str, Any]:
    found: dict[str, Any] = {"name": layer.name}
    if layer.calendar:
        found["calendar"] = layer.calendar
    if layer.rotations:
        found["rotations"] = [_written_rotation(one) for one in layer.rotations]
    return found


def _written_rotation(one: Rotation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": one.id,
        "first_handoff": _written_local(one.first_handoff),
        "every": written_every(one.every),
        "participants": [p.written[0] if len(p.written) == 1 else list(p.written) for p in one.participants],
    }
    if one.restrictions:
        found["restrict"] = [restriction.written for restriction in one.restrictions]
    if one.until is not None:
        found["until"] = _written_local(one.until)
    if one.offset:
        found["offset"] = one.offset
    return found


def written_every(every: Every) -> str | list[str]:
    """How long a turn is, as `plan_of` reads it: `2 weeks`, or `[mon, thu]`."""
    if every.unit is Unit.WEEKDAYS:
        return [DAYS[day] for day in every.weekdays]
    return f"{every.count} {every.unit if every.count != 1 else every.unit[:-1]}"


def _written_local(at: datetime) -> str:
    if at.second or at.microsecond:
        return at.isoformat(sep=" ")
    return f"{at:%Y-%m-%d %H:%M}"
