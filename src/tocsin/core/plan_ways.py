"""The works that carry a page, or a question that is as pressing, to one person by their rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from tocsin.core.channel import HIGH
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.core.ways import ways_to
from tocsin.core.work import Work


def to_each_way(
    does: str,
    key: str,
    incident: Incident,
    fact: Fact,
    handle: str,
    roster: Roster,
    payload: Mapping[str, str],
) -> Iterator[Work]:
    """One work for each message that the person's rules plan; each in a lane of its own, so that nothing slow holds up another."""
    person = roster.people.get(handle)
    if person is None:
        return
    times: Counter[str] = Counter()
    for one in ways_to(person, HIGH, fact.at, incident.abilities).planned:
        id = one.contact.id
        times[id] += 1
        again = f"/{times[id]}" if times[id] > 1 else ""
        own = f"{key}/{handle}/{id}{again}"
        told = {"person": handle, **one.contact.on_work, **payload}
        yield Work(does, own, own, one.contact.via, told, one.at if one.at > fact.at else None)


def way_of(key: str, person: str) -> tuple[str, str]:
    """How the keys of all works begin that carry the same page to this person, and the id of this one's device; "" for another work."""
    page, found, way = key.partition(f"/{person}/")
    return f"{page}{found}", way.partition("/")[0]
