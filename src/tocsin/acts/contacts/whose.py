"""Whose devices somebody may look at and change: their own, or an admin anybody's."""

from __future__ import annotations

from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.writing import known_people
from tocsin.core.channel import Channel
from tocsin.core.contacts import ContactMethod
from tocsin.core.people import Person
from tocsin.errors import Forbidden, Invalid, NotFound
from tocsin.store.people import Directory


def whose(known: Directory, by: By, handle: str) -> Person:
    """The person whose contact methods these are. NotFound where nobody is called so; Forbidden for others than them and admins."""
    [found] = known_people(known, [handle], "person")
    if not by.is_admin and by.person != found:
        raise Forbidden(
            f"{by.name} can't look at or change how {found} is reached: they do it themselves, or an admin"
        )
    return known.people[found]


def must_be_themselves(by: By, person: Person) -> None:
    """Forbidden for everybody else, admins too: who has the code is who has the device."""
    if by.person != person.handle:
        raise Forbidden(
            f"Only {person.handle} can verify a contact method of theirs: the code shows that it is in their hands"
        )


def method_of(person: Person, named: str) -> ContactMethod:
    """Their contact method with that name or id. NotFound, naming those there are."""
    wanted = named.strip().lower()
    for one in person.contacts:
        if wanted in (one.id, one.name):
            return one
    there = ", ".join(one.name for one in person.contacts) or "none yet"
    raise NotFound(f"{person.handle} has no contact method {named}; there are: {there}", field="method")


def own_method_of(person: Person, named: str) -> ContactMethod:
    """The same, of those that they added. Invalid for what the directory gives."""
    found = method_of(person, named)
    if found.is_given:
        raise Invalid(
            f"{found.via} comes from the directory: an admin changes it under People", field="method"
        )
    return found


def channel_of(house: House, via: str) -> Channel:
    """The channel of that name. Invalid, naming those that are set up."""
    found = house.channels.get(via.strip().lower())
    if found is None:
        there = ", ".join(house.channels) or "none; an admin sets them up, see docs/howto"
        raise Invalid(
            f"{via!r} is no way to reach people that is set up here; there are: {there}", field="via"
        )
    return found


def shown(house: House, contact: ContactMethod) -> str:
    """The address as pages may show it."""
    if contact.is_given:
        return contact.address
    channel = house.channels.get(contact.via)
    return channel.shown(contact.address) if channel else "…"
