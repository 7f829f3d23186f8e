"""Which pager has an incident's alert: the one that a team keeps, or that the settings give to all; else Tocsin pages by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from tocsin.core.facts_paging import OURS, KeptPager
from tocsin.core.people import Roster
from tocsin.core.words import text_of
from tocsin.errors import Invalid

OWN: Final = "own"
"""What a team says that is paged by Tocsin, whatever others keep."""
CAN: Final = "pager:"
"""The ability to page through the service that is named after it."""
FOR_ALL: Final = "pager-for-all:"
"""The same, for every team that does not say which pager it keeps."""

SAYS_ON_CALL: Final = "on-call-by:"
"""The ability to say who is on call for everybody, of the service that is named after it."""

Reached = tuple[str, tuple[str, ...]]
"""A team ("": none) and whom a step reaches there."""


def says_on_call_elsewhere(abilities: Collection[str], via: str) -> bool:
    """Whether another service than that one says who is on call."""
    return any(one.startswith(SAYS_ON_CALL) and one != f"{SAYS_ON_CALL}{via}" for one in abilities)


def pagers_of(abilities: Collection[str]) -> tuple[str, ...]:
    """The pagers that are linked, by name."""
    return tuple(one.removeprefix(CAN) for one in sorted(abilities) if one.startswith(CAN))


def chosen_pager(said: str, abilities: Collection[str]) -> str:
    """What a team says of its pager, as it is kept. Invalid, naming what there is, where it names a service that is not linked."""
    via, colon, to = (part.strip() for part in text_of(said, field="pager", longest=200).partition(":"))
    via = via.lower()
    if via in ("", OWN) and not colon:
        return via
    if via not in pagers_of(abilities):
        there = " or ".join([OWN, *pagers_of(abilities)])
        raise Invalid(
            f"{via or colon} is no pager that is linked here: write {there}, or nothing for the pager of all",
            field="pager",
        )
    if colon and not to:
        raise Invalid(
            f"{said.strip()} ends early: write {via}, or {via}:WHAT THE TEAM IS CALLED THERE", field="pager"
        )
    return f"{via}:{to}" if to else via


def pager_words(choice: str, abilities: Collection[str]) -> str:
    """What a page says of a team's choice; "" where it made none."""
    via = choice.partition(":")[0]
    if not choice or via == OWN:
        return "Paged by Tocsin" if choice else ""
    lost = "" if via in pagers_of(abilities) else ", which is not linked: Tocsin pages instead"
    return f"Paged by {choice}{lost}"


def kept_pager(choice: str, team: str, abilities: Collection[str]) -> KeptPager | None:
    """The pager that a team's choice means: OWN, `NAME`, `NAME:WHAT THE TEAM IS CALLED THERE`, or "" for that of all.

    None is Tocsin's own: also where the service is linked no longer, since somebody has to be paged.
    """
    if choice == OWN:
        return None
    if not choice:
        for_all = [one.removeprefix(FOR_ALL) for one in sorted(abilities) if one.startswith(FOR_ALL)]
        return KeptPager(for_all[0]) if for_all else None
    via, _, to = choice.partition(":")
    return KeptPager(via, team, to) if f"{CAN}{via}" in abilities else None


def pager_for(targets: tuple[str, ...], roster: Roster, abilities: Collection[str]) -> KeptPager:
    """The pager of the first team that a step with these targets reaches, itself or by its schedules; `via` is "" where none has one."""
    return first_pager(_reached(targets, roster), roster.pagers, abilities)


def first_pager(
    reached: Iterable[Reached], choices: Mapping[str, str], abilities: Collection[str]
) -> KeptPager:
    """The pager of the first of these teams that keeps one; `via` is "" where none does. `choices` are what the teams say."""
    found = (kept_pager(choices.get(team, ""), team, abilities) for team, _ in reached)
    return next((one for one in found if one), OURS)


def pager_again(
    kept: KeptPager, targets: tuple[str, ...], roster: Roster, abilities: Collection[str]
) -> KeptPager:
    """The pager of an incident that is opened again and had `kept`: as the teams say now; where none says anything, that of all stays."""
    if not kept.team and not any(roster.pagers.get(team) for team, _ in _reached(targets, roster)):
        return kept
    return pager_for(targets, roster, abilities)


def paged_outside(
    kept: KeptPager, targets: tuple[str, ...], roster: Roster, abilities: Collection[str]
) -> frozenset[str]:
    """Those whom such a step reaches through that pager. The others are paged by Tocsin."""
    return paged_by(kept, _reached(targets, roster), roster.pagers, abilities)


def paged_by(
    kept: KeptPager, reached: Iterable[Reached], choices: Mapping[str, str], abilities: Collection[str]
) -> frozenset[str]:
    """Of those whom these teams have there, the ones whom that pager reaches."""
    return frozenset(
        person
        for team, people in reached
        for choice in [choices.get(team, "")]
        if (not choice and not kept.team) or kept_pager(choice, team, abilities) == kept
        for person in people
    )


def _reached(targets: tuple[str, ...], roster: Roster) -> Iterator[Reached]:
    """The teams ("": none) that these targets mean, each with whom it has there."""
    for target in targets:
        kind, _, name = target.partition(":")
        if kind == "on-call":
            yield from roster.shifts or (("", roster.on_call),)
        elif kind == "team":
            yield name, roster.teams.get(name, ())
        elif kind == "schedule":
            continue  # A policy that names one schedule is carried out by Tocsin alone.
        else:
            yield "", (name,)
