"""A meeting as an iCalendar object (RFC 5545, 5546), in UTC. It has no alarm: Tocsin reminds people itself."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address

from icalendar import Calendar, Event, vCalAddress, vText, vUri

from tocsin.core.meeting import Meeting
from tocsin.integrations.email.letter import one_line

PRODID = "-//Tocsin//Incident response//EN"


def method_of(meeting: Meeting) -> str:
    return "CANCEL" if meeting.called_off else "REQUEST"


def invitation(meeting: Meeting, organiser: Address, stamp: datetime) -> bytes:
    """The invitation, or the calling off. `stamp` is when it was written: the later one of the same sequence counts."""
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("summary", one_line(meeting.title))
    event.add("description", meeting.text)
    event.add("url", vUri(meeting.url))
    event.add("location", vText(meeting.url))
    event.add("status", "CANCELLED" if meeting.called_off else "CONFIRMED")
    event.add("organizer", _who(organiser.display_name, organiser.addr_spec), encode=False)
    for name, address in meeting.people:
        who = _who(name, address)
        who.params |= {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
        event.add("attendee", who, encode=False)
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("method", method_of(meeting))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _who(name: str, address: str) -> vCalAddress:
    who = vCalAddress(f"mailto:{address}")
    if name:
        # RFC 5545 3.2: a quote has no place in a parameter.
        who.params["CN"] = one_line(name).replace('"', "'")
    return who
