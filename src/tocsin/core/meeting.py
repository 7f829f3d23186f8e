"""A meeting to which people are invited, as every calendar needs to know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.core.places import Places


@dataclass(frozen=True, slots=True)
class Meeting:
    """`uid` is the meeting's own for good, `sequence` counts its changes; `people` are (name, mail address) of who is to come."""

    uid: str
    sequence: int
    starts_at: datetime
    minutes: int
    title: str
    text: str
    url: str
    people: tuple[tuple[str, str], ...]
    called_off: bool = False

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


def retrospective_of(
    incident: Incident, n: int, sequence: int, roster: Roster, places: Places, *, called_off: bool
) -> Meeting | None:
    """The retrospective as fact `n` planned it, or as it stood before that; None where none was planned.

    Called off, it is the one that stood: who is no longer to come has to find it again in their calendar.
    """
    past = [fact.what for fact in incident.facts[: n - 1 if called_off else n]]
    planned = next((what for what in reversed(past) if isinstance(what, f.RetrospectivePlanned)), None)
    if planned is None:
        return None
    people = [roster.people[handle] for handle in planned.people if handle in roster.people]
    place = places.retrospective(incident.ref)
    reason = f"{planned.reason}\n\n" if planned.reason else ""
    return Meeting(
        uid=f"{planned.meeting}.{incident.ref}.{incident.started_at:%Y%m%dT%H%M%S}@{places.base.partition('://')[2]}",
        sequence=sequence,
        starts_at=planned.starts_at,
        minutes=planned.minutes,
        title=f"Retrospective: {incident.ref} {incident.title}",
        text=f"{reason}Write what went well and what did not, a day before: {place}",
        url=place,
        people=tuple((person.name, person.email) for person in people if person.email),
        called_off=called_off,
    )
