"""Schedules as iCalendar, for the calendars that people keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event, vCalAddress, vDuration

from tocsin.core.oncall.model import Shift
from tocsin.core.people import Person

REFRESH: Final = timedelta(hours=1)


def feed(
    name: str,
    shifts: Iterable[tuple[str, str, Shift]],
    *,
    title: Callable[[str, Shift], str],
    people: Mapping[str, Person] = {},
    now: datetime,
) -> bytes:
    """A calendar of these shifts, each as (schedule's id, schedule's name, shift); `title` words an event.

    An event's UID stays the same as long as the shift begins at the same time for the same reason, so that calendars update it in place.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Tocsin//On call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH).to_ical().decode())  # type: ignore[no-untyped-call]
    for schedule, called, shift in shifts:
        event = Event()
        event.add("uid", f"{_uid(schedule, shift)}@tocsin")
        event.add("dtstamp", now)
        event.add("dtstart", shift.start)
        event.add("dtend", shift.end)
        event.add("summary", title(called, shift))
        event.add("transp", "TRANSPARENT")
        if there := people.get(shift.person):
            # By this another Tocsin, or this one, knows whose shift it is.
            event.add("attendee", _attendee(there))
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _attendee(person: Person) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.email}" if person.email else f"urn:tocsin:{person.handle}")
    address.params["CN"] = person.name
    return address


def _uid(schedule: str, shift: Shift) -> str:
    why = shift.because
    parts = (schedule, shift.person, why.rotation, str(why.override), why.event, shift.start.isoformat())
    return str(uuid5(NAMESPACE_URL, "\n".join(parts)))
