"""Who there is: people and teams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tocsin.acts.house import House
from tocsin.acts.oncall import leaving
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.effect import Effect
from tocsin.acts.oncall.leaving import Left
from tocsin.acts.oncall.writing import trying, writing
from tocsin.acts.rights import RIGHTS
from tocsin.acts.roster import directory, roster_at
from tocsin.core.facts import TOCSIN
from tocsin.core.oncall.notices import AHEAD
from tocsin.core.pagers import chosen_pager
from tocsin.core.people import HOURS, Person
from tocsin.core.words import needed, text_of
from tocsin.errors import Forbidden, Invalid, NotFound
from tocsin.settings import zone_of
from tocsin.store import people as rows
from tocsin.store.people import Directory as Directory

HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


@dataclass(frozen=True, slots=True)
class SavedPerson:
    """A person as they are kept; `effect` says which gaps it opens that nothing reaches them any more."""

    person: Person
    effect: Effect


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
    said = Person(handle, name, email, slack_id, tuple(rights), github, zone, hours)
    return (await put_person(house, said)).person


async def put_person(
    house: House, said: Person, *, expected: int | None = None, preview: bool = False
) -> SavedPerson:
    """The same; it says which gaps open since nothing reaches them any more. With `preview` nothing is changed.

    `expected` is the version of them that the caller saw: Conflict where they are another by now.
    """
    async with (trying if preview else writing)(house, OPERATOR) as desk:
        known = desk.known.people
        person = person_of(said, known.values())
        before = known.get(person.handle)
        leaving.must_be_seen(person.handle, before, expected)
        if before:
            person = replace(
                person, notices=before.notices, methods=before.methods, rules=before.rules, quiet=before.quiet
            )
        saved = SavedPerson(person, leaving.unreachable(desk, before, person))
        if not preview:
            await rows.save_person(desk.conn, person, desk.now)
    return saved


def person_of(said: Person, others: Iterable[Person]) -> Person:
    """The person as they are kept. Invalid, by name, where something of it can't be, or is one of the others' already."""
    handle = said.handle.strip().lower().removeprefix("@")
    if not HANDLE.fullmatch(handle):
        raise Invalid(
            f"{handle!r} is no handle: write small letters, digits, dots and dashes, such as alice",
            field="handle",
        )
    if handle == TOCSIN:
        raise Invalid(f"{handle} is the program's own name: take another handle", field="handle")
    email, slack_id = text_of(said.email, field="email"), text_of(said.slack_id, field="slack_id")
    if email and not EMAIL.fullmatch(email):
        raise Invalid(f"{email!r} is no e-mail address", field="email")
    for right in said.rights:
        if right not in RIGHTS:
            raise Invalid(f"{right!r} is no right; there are {', '.join(RIGHTS)}", field="rights")
    person = replace(
        said,
        handle=handle,
        name=text_of(said.name, field="name", longest=100) or handle,
        email=email,
        slack_id=slack_id,
        github=text_of(said.github, field="github", longest=100).removeprefix("@"),
        zone=text_of(said.zone, field="zone"),
        hours=text_of(said.hours, field="hours"),
    )
    _check_hours(person)
    _no_clash(person, others)
    return person


async def choose_notices(
    house: House, by: By, handle: str, notices: Sequence[str], *, expected: int | None = None
) -> Person:
    """Set how long before a shift of theirs a person hears of it. Forbidden for other people's, unless an admin sets it."""
    for one in notices:
        if one not in AHEAD:
            raise Invalid(f"{one!r} is no time for a notice; there are {', '.join(AHEAD)}", field="notices")
    known = await everybody(house)
    person = known.people.get(handle.strip().lower().removeprefix("@"))
    if person is None:
        raise NotFound(f"Nobody is called {handle}", field="handle")
    if not by.is_admin and by.person != person.handle:
        raise Forbidden(f"{by.name} can't choose for {person.handle}: they do it themselves, or an admin")
    chosen = tuple(one for one in AHEAD if one in notices)
    async with writing(house, by) as desk:
        leaving.must_be_seen(person.handle, desk.known.people.get(person.handle), expected)
        await rows.set_notices(desk.conn, person.handle, chosen)
        return replace(desk.known.people.get(person.handle, person), notices=chosen)


def _check_hours(person: Person) -> None:
    if person.zone:
        zone_of(person.zone)
    if person.hours and not HOURS.fullmatch(person.hours):
        raise Invalid(f"{person.hours!r} are no hours: write them as Mon-Fri 09:00-17:00", field="hours")
    if person.hours and not person.zone:
        raise Invalid("hours need a zone: write one such as Europe/Berlin", field="zone")


async def remove_person(
    house: House,
    handle: str,
    by: By = OPERATOR,
    *,
    expected: int | None = None,
    preview: bool = False,
    force: bool = False,
) -> Left:
    """Take a person out of Tocsin, of every team and every schedule, and say what that opens. What they did stays in the timelines.

    Conflict while policies name them, unless (`force`) they are taken out of those too.
    """
    return await leaving.remove_person(house, by, handle, expected=expected, preview=preview, force=force)


async def save_team(
    house: House,
    name: str,
    members: Sequence[str],
    by: By = OPERATOR,
    *,
    expected: Sequence[str] | None = None,
    preview: bool = False,
    pager: str | None = None,
) -> Effect:
    """Set who is in a team; the answer is whose shifts to come that moves. NotFound, naming them, if somebody is unknown.

    `pager` is the one that the team keeps (`core/pagers.py chosen_pager`); None leaves it as it is. Invalid where that one is not linked.
    Conflict where the team has other members than those `expected`.
    """
    name = team_name(name)
    kept = (await everybody(house)).pagers.get(name, "") if pager else ""
    # One that is linked no longer may stay: whoever changes the members need not decide about it.
    chosen = None if pager is None or (kept and pager == kept) else chosen_pager(pager, house.abilities)
    return await leaving.save_team(house, by, name, members, expected=expected, preview=preview, pager=chosen)


def team_name(name: str) -> str:
    """The name as it is kept. Invalid where no team can be called so."""
    name = needed(name, field="name", why="a team has a name, such as ops_team")
    if not re.fullmatch(r"[\w.-]{1,60}", name):
        raise Invalid(
            f"{name!r} is no name for a team: write letters, digits, dots, dashes and underscores",
            field="name",
        )
    return name


async def save_on_call_outside(house: House, source: str, mails: Sequence[str]) -> tuple[str, ...]:
    """Take over who is on call as a pager says it that a team keeps; the mail addresses that are nobody's here are left out."""
    async with house.pool.acquire() as conn, conn.transaction():
        roster = await roster_at(house, conn, house.clock.now())
        found = (roster.by_mail(mail) for mail in mails)
        handles = tuple(person.handle for person in found if person)
        await rows.save_on_call_outside(conn, source, handles, house.clock.now())
    return handles


async def forget_on_call_outside(house: House) -> None:
    """The schedules here count again."""
    async with house.pool.acquire() as conn, conn.transaction():
        await rows.forget_on_call_outside(conn)


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


def _no_clash(person: Person, others: Iterable[Person]) -> None:
    for other in others:
        if other.handle == person.handle:
            continue
        if person.email and other.email.lower() == person.email.lower():
            raise Invalid(f"{person.email} is {other.handle}'s address already", field="email")
        if person.github and other.github.lower() == person.github.lower():
            raise Invalid(f"{person.github} is {other.handle}'s login at GitHub already", field="github")
        if person.slack_id and other.slack_id == person.slack_id:
            raise Invalid(f"The Slack id {person.slack_id} is {other.handle}'s already", field="slack_id")
