"""Who there is: people, teams and the weekly rotation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.acts.house import House
from tocsin.acts.rights import RIGHTS
from tocsin.acts.roster import directory, roster_at
from tocsin.core.decisions import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.people import HOURS, Person
from tocsin.core.schedule import Override, Rotation
from tocsin.core.words import needed, text_of
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound
from tocsin.settings import zone_of
from tocsin.store import people as rows
from tocsin.store.people import Directory

HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
LONGEST_OVERRIDE = timedelta(days=90)
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


async def everybody(house: House) -> Directory:
    async with house.pool.acquire() as conn:
        return await directory(house, conn)


async def save_person(
    house: House,
    handle: str,
    *,
    name: str = "",
    email: str = "",
    slack_id: str = "",
    rights: Sequence[str] = ("respond",),
    github: str = "",
    zone: str = "",
    hours: str = "",
) -> Person:
    """Add a person, or change the one of that handle. Invalid if the handle, the address or a right is none, or is taken.

    `hours` is when they work, in their `zone`: `Mon-Fri 09:00-17:00`.
    """
    handle = handle.strip().lower().removeprefix("@")
    if not HANDLE.fullmatch(handle):
        raise Invalid(
            f"{handle!r} is no handle: write small letters, digits, dots and dashes, such as alice",
            field="handle",
        )
    if handle == TOCSIN:
        raise Invalid(f"{handle} is the program's own name: take another handle", field="handle")
    email, slack_id = text_of(email, field="email"), text_of(slack_id, field="slack_id")
    if email and not EMAIL.fullmatch(email):
        raise Invalid(f"{email!r} is no e-mail address", field="email")
    for right in rights:
        if right not in RIGHTS:
            raise Invalid(f"{right!r} is no right; there are {', '.join(RIGHTS)}", field="rights")
    person = Person(
        handle,
        text_of(name, field="name", longest=100) or handle,
        email,
        slack_id,
        tuple(rights),
        text_of(github, field="github", longest=100).removeprefix("@"),
        text_of(zone, field="zone"),
        text_of(hours, field="hours"),
    )
    _check_hours(person)
    await _no_clash(house, person)
    async with house.pool.acquire() as conn, conn.transaction():
        await rows.save_person(conn, person, house.clock.now())
    return person


def _check_hours(person: Person) -> None:
    if person.zone:
        zone_of(person.zone)
    if person.hours and not HOURS.fullmatch(person.hours):
        raise Invalid(f"{person.hours!r} are no hours: write them as Mon-Fri 09:00-17:00", field="hours")
    if person.hours and not person.zone:
        raise Invalid("hours need a zone: write one such as Europe/Berlin", field="zone")


async def remove_person(house: House, handle: str) -> None:
    """Take a person out of Tocsin, of every team and every rotation. What they did stays in the timelines."""
    known = await everybody(house)
    _known_people(known, [handle])
    async with house.pool.acquire() as conn, conn.transaction():
        for team, members in known.teams.items():
            if handle in members:
                await rows.save_team(conn, team, tuple(m for m in members if m != handle))
        for r in known.rotations:
            if handle in r.participants:
                rest = tuple(p for p in r.participants if p != handle)
                await rows.save_rotation(conn, Rotation(r.name, r.team, r.zone, r.first_handoff, rest))
        await rows.delete_person(conn, handle)


async def save_team(house: House, name: str, members: Sequence[str]) -> None:
    """Set who is in a team. NotFound, naming them, if somebody is unknown."""
    name = needed(name, field="name", why="a team has a name, such as ops_team")
    if not re.fullmatch(r"[\w.-]{1,60}", name):
        raise Invalid(
            f"{name!r} is no name for a team: write letters, digits, dots, dashes and underscores",
            field="name",
        )
    _known_people(await everybody(house), members)
    async with house.pool.acquire() as conn, conn.transaction():
        await rows.save_team(conn, name, tuple(dict.fromkeys(members)))


async def save_rotation(
    house: House, name: str, *, team: str, zone: str, first_handoff: datetime, participants: Sequence[str]
) -> Rotation:
    """Set the weekly rotation of that name: turns of a week, from `first_handoff` (local wall clock of `zone`) on."""
    name = needed(name, field="name", why="a schedule has a name")
    zone_of(zone)
    if first_handoff.tzinfo is not None:
        raise Invalid(
            "first_handoff is a local time of the zone: write it without an offset", field="first_handoff"
        )
    if not participants:
        raise Invalid("participants is empty: nobody would ever be on call", field="participants")
    known = await everybody(house)
    _known_people(known, participants)
    if team and team not in known.teams:
        raise NotFound(
            f"There is no team {team}; there are: {', '.join(known.teams) or 'none'}", field="team"
        )
    rotation = Rotation(name, team, zone, first_handoff, tuple(participants))
    async with house.pool.acquire() as conn, conn.transaction():
        await rows.save_rotation(conn, rotation)
    return rotation


async def save_on_call_outside(house: House, source: str, mails: Sequence[str]) -> tuple[str, ...]:
    """Take over who is on call as a pager says it that a team keeps; the mail addresses that are nobody's here are left out."""
    async with house.pool.acquire() as conn, conn.transaction():
        roster = await roster_at(house, conn, house.clock.now())
        found = (roster.by_mail(mail) for mail in mails)
        handles = tuple(person.handle for person in found if person)
        await rows.save_on_call_outside(conn, source, handles, house.clock.now())
    return handles


async def forget_on_call_outside(house: House) -> None:
    """The rotations here count again."""
    async with house.pool.acquire() as conn, conn.transaction():
        await rows.forget_on_call_outside(conn)


async def take_on_call(
    house: House, actor: Actor, person: str, span: timedelta, schedules: Sequence[str] = ()
) -> list[Override]:
    """Put a person on call from now on for `span`, in these schedules (by their name or their team's; none: in all).

    NotFound, naming those there are, if the person or a schedule is unknown.
    """
    if not actor.person:
        raise Forbidden(f"Only a person can change who is on call; {actor.by} is nobody that Tocsin knows")
    if not timedelta() < span <= LONGEST_OVERRIDE:
        raise Invalid(
            f"span is {span}: take it for a minute at least and for {LONGEST_OVERRIDE.days} days at most",
            field="span",
        )
    known = await everybody(house)
    if known.on_call_outside is not None and house.has_pager:
        raise Conflict("The pager that this organisation keeps says who is on call: take it over there")
    _known_people(known, [person])
    wanted = _schedules(known, schedules)
    now = house.clock.now()
    async with house.pool.acquire() as conn, conn.transaction():
        return [
            await rows.add_override(conn, Override(0, one, person, now, now + span, actor.person, now))
            for one in wanted
        ]


def _schedules(known: Directory, names: Sequence[str]) -> list[str]:
    """The schedules of these names, or of these teams; all of them where none is named."""
    there = ", ".join(rotation.name for rotation in known.rotations) or "none"
    if not known.rotations:
        raise NotFound("There is no schedule yet: add one first", field="schedule")
    found: list[str] = []
    for name in names:
        fit = [r.name for r in known.rotations if name.lower() in (r.name.lower(), r.team.lower())]
        if not fit:
            raise NotFound(f"There is no schedule {name}; there are: {there}", field="schedule")
        found += fit
    return list(dict.fromkeys(found)) or [rotation.name for rotation in known.rotations]


async def by_slack(house: House, slack_id: str, email: str = "") -> Person | None:
    """The person with this Slack id; else the one with this e-mail address, whose Slack id is remembered then."""
    known = (await everybody(house)).people.values()
    found = next((person for person in known if person.slack_id == slack_id), None)
    if found or not email:
        return found
    found = next((p for p in known if p.email.lower() == email.lower() and not p.slack_id), None)
    if found:
        async with house.pool.acquire() as conn, conn.transaction():
            await rows.set_slack_id(conn, found.handle, slack_id)
        return replace(found, slack_id=slack_id)
    return None


def _known_people(known: Directory, handles: Sequence[str]) -> None:
    unknown = [handle for handle in handles if handle not in known.people]
    if unknown:
        raise NotFound(
            f"Nobody is called {', '.join(unknown)}; known are: {', '.join(known.people) or 'none yet'}",
            field="people",
        )


async def _no_clash(house: House, person: Person) -> None:
    for other in (await everybody(house)).people.values():
        if other.handle == person.handle:
            continue
        if person.email and other.email.lower() == person.email.lower():
            raise Invalid(f"{person.email} is {other.handle}'s address already", field="email")
        if person.github and other.github.lower() == person.github.lower():
            raise Invalid(f"{person.github} is {other.handle}'s login at GitHub already", field="github")
        if person.slack_id and other.slack_id == person.slack_id:
            raise Invalid(f"The Slack id {person.slack_id} is {other.handle}'s already", field="slack_id")
