"""Names as people write them in chat, turned into whom a page reaches."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.core.people import Roster
from tocsin.errors import Invalid


async def targets_of(house: House, names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The targets (`team:NAME`, `person:HANDLE`, `on-call`) that the names mean, and the names that mean nobody."""
    roster = await looks.roster(house)
    found: list[str] = []
    unknown: list[str] = []
    for name in names:
        target = _target(name, roster)
        (found if target else unknown).append(target or name)
    return tuple(dict.fromkeys(found)), tuple(unknown)


async def person_of(house: House, name: str, field: str = "to") -> str:
    """The handle of the person whom a name means. Invalid, naming who there is, for anybody else."""
    roster = await looks.roster(house)
    target = _target(name, roster)
    if not target.startswith("person:"):
        known = ", ".join(sorted(roster.people)[:30]) or "none"
        raise Invalid(f"{name or 'Nobody'} is no person here. People: {known}", field=field)
    return target.removeprefix("person:")


async def names_of(house: House, targets: Iterable[str]) -> str:
    """How targets are called: a team by its name, a person by theirs."""
    roster = await looks.roster(house)
    return ", ".join(
        roster.name(target.removeprefix("person:"))
        if target.startswith("person:")
        else target.removeprefix("team:")
        for target in targets
    )


def _target(name: str, roster: Roster) -> str:
    """A team's name, a person's handle (a mention is read as that), e-mail address or name; "" for nobody."""
    wanted = name.strip().lstrip("@").lower()
    if wanted in ("on-call", "oncall"):
        return "on-call"
    teams = {team.lower(): team for team in roster.teams}
    if wanted in teams:
        return f"team:{teams[wanted]}"
    for person in roster.people.values():
        if wanted in (person.handle, person.email.lower(), person.name.lower()):
            return f"person:{person.handle}"
    return ""
