"""Reads an invitation (iCalendar, RFC 5545) as far as a person who gets it wants to see it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

PARAMETER = re.compile(r';([A-Za-z-]+)=("[^"]*"|[^;:]*)')
ESCAPES = {"n": "\n", "N": "\n"}
METHODS = {"REQUEST": "Invitation", "CANCEL": "Cancelled", "REPLY": "Answer", "PUBLISH": "Event"}


@dataclass(slots=True)
class Invitation:
    """One event of a calendar."""

    what: str = "Event"
    title: str = ""
    starts: str = ""
    ends: str = ""
    place: str = ""
    link: str = ""
    description: str = ""
    organizer: str = ""
    attendees: list[str] = field(default_factory=list)
    reminders: list[str] = field(default_factory=list)
    uid: str = ""
    sequence: str = "0"


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    parameters: dict[str, str]
    value: str


def invitations(text: str) -> list[Invitation]:
    """Every VEVENT, in the order of reading. What cannot be read is left out."""
    found: list[Invitation] = []
    inside: list[str] = []
    what = "Event"
    for line in map(_line, _unfolded(text)):
        if line.name == "BEGIN":
            inside.append(line.value.upper())
            if inside[-1] == "VEVENT":
                found.append(Invitation(what))
        elif line.name == "END" and inside:
            inside.pop()
        elif line.name == "METHOD":
            what = METHODS.get(line.value.upper(), line.value)
        elif inside and inside[-1] == "VEVENT":
            _read(found[-1], line)
        elif inside[-2:] == ["VEVENT", "VALARM"] and line.name == "TRIGGER":
            found[-1].reminders.append(_reminder(line.value))
    return found


FIELDS = {
    "SUMMARY": "title",
    "LOCATION": "place",
    "DESCRIPTION": "description",
    "UID": "uid",
    "URL": "link",
    "SEQUENCE": "sequence",
}


def _read(event: Invitation, line: _Line) -> None:
    if line.name in FIELDS:
        setattr(event, FIELDS[line.name], _unescaped(line.value))
    elif line.name == "DTSTART":
        event.starts = _when(line)
    elif line.name == "DTEND":
        event.ends = _when(line)
    elif line.name == "DURATION":
        event.ends = f"after {line.value}"
    elif line.name == "ORGANIZER":
        event.organizer = _who(line)
    elif line.name == "ATTENDEE":
        event.attendees.append(_who(line))
    elif line.name == "STATUS" and line.value.upper() == "CANCELLED":
        event.what = METHODS["CANCEL"]


def _unfolded(text: str) -> list[str]:
    """The logical lines: one that begins with a blank continues the one before."""
    return re.sub(r"\r?\n[ \t]", "", text).splitlines()


def _line(text: str) -> _Line:
    name = re.match(r"[A-Za-z0-9-]*", text)
    assert name is not None
    at, parameters = name.end(), {}
    while found := PARAMETER.match(text, at):
        parameters[found.group(1).upper()] = found.group(2).strip('"')
        at = found.end()
    return _Line(name.group().upper(), parameters, text[at:].removeprefix(":"))


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found.group(1), found.group(1)), value)


def _when(line: _Line) -> str:
    """`Tue 1 Dec 2026, 10:00 UTC`; as it stands if it is no date."""
    for form in ("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            at = datetime.strptime(line.value, form)  # noqa: DTZ007 (the zone is a word here)
        except ValueError:
            continue
        day = f"{at:%a} {at.day} {at:%b %Y}"
        if form == "%Y%m%d":
            return day
        zone = "UTC" if form.endswith("Z") else line.parameters.get("TZID", "local time")
        return f"{day}, {at:%H:%M} {zone}"
    return line.value


def _reminder(trigger: str) -> str:
    """`1 day before`; as it stands if it is anything else than one number of one unit before."""
    found = re.fullmatch(r"-P(\d+)([DW])|-PT(\d+)([HM])", trigger)
    if found is None:
        return trigger
    count, unit = found.group(1) or found.group(3), found.group(2) or found.group(4)
    word = {"W": "week", "D": "day", "H": "hour", "M": "minute"}[unit]
    return f"{count} {word}{'' if count == '1' else 's'} before"


def _who(line: _Line) -> str:
    address = re.sub(r"(?i)^mailto:", "", line.value)
    name = line.parameters.get("CN", "")
    status = {"ACCEPTED": " (accepted)", "DECLINED": " (declined)"}.get(
        line.parameters.get("PARTSTAT", ""), ""
    )
    return (f"{name} <{address}>" if name and name != address else address) + status
