"""Who changes something about on-call, and whether they may (docs/adr/0012)."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.acts.house import House
from tocsin.acts.rights import Visitor
from tocsin.acts.roster import directory
from tocsin.core.case import Actor
from tocsin.errors import Forbidden
from tocsin.store.people import Directory


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and whether they have the right `admin`; a key that is nobody's acts only where it has that."""

    actor: Actor
    is_admin: bool = False

    @property
    def person(self) -> str:
        return self.actor.person

    @property
    def name(self) -> str:
        return self.actor.by


OPERATOR = By(Actor("", "cli", "whoever runs Tocsin"), is_admin=True)
"""Who has the machine itself."""


def by_visitor(visitor: Visitor, door: str) -> By:
    return By(Actor(visitor.person, door, visitor.name), visitor.may("admin"))


async def by_actor(house: House, actor: Actor) -> By:
    """For doors that know the person but no rights of a key: as far as the person may."""
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
    person = known.people.get(actor.person)
    return By(actor, person is not None and "admin" in person.rights)


def must_be_somebody(by: By) -> None:
    """Forbidden for a key that is nobody's, unless it is an admin's."""
    if not by.person and not by.is_admin:
        raise Forbidden(
            f"Only a person can change who is on call; {by.name} is nobody that Tocsin knows. Use a person's key, or one with --rights admin"
        )


def must_keep(by: By, known: Directory, team: str, what: str) -> None:
    """Forbidden unless they keep it: an admin, or somebody of the team whose it is."""
    if by.is_admin or (by.person and by.person in known.teams.get(team, ())):
        return
    who = f"somebody of {team}" if team else "an admin, since it is no team's"
    raise Forbidden(f"{by.name} can't change {what}: ask {who}{' or an admin' if team else ''}")


def must_answer_for(by: By, known: Directory, person: str, what: str) -> None:
    """Forbidden unless it is themselves, somebody of a team of theirs, or an admin asks."""
    shared = (members for members in known.teams.values() if by.person in members)
    if by.is_admin or by.person == person or (by.person and any(person in members for members in shared)):
        return
    raise Forbidden(
        f"{by.name} can't {what} {person}: they do it themselves, somebody of their team, or an admin"
    )
