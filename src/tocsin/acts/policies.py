"""Escalation policies: which there are, what each would do now, and what an alert is stamped with when it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Final

import structlog

from tocsin.acts.escalation_look import look_at
from tocsin.acts.house import House
from tocsin.acts.policies_known import PoliciesKnown
from tocsin.acts.policy_places import silent_places
from tocsin.acts.roster import directory
from tocsin.core.escalation.due import Look, reached
from tocsin.core.escalation.explain import Line, called_by_name, coming
from tocsin.core.escalation.policy import PRIORITIES, Policy, Stamped, Step, Target
from tocsin.core.escalation.stamping import stamped
from tocsin.core.escalation.state import begun
from tocsin.core.escalation.written import Known, target_of
from tocsin.core.handbook import Handbook
from tocsin.errors import Invalid, NotFound
from tocsin.store import policies as rows
from tocsin.store.people import Directory
from tocsin.store.policies import KeptPolicy as KeptPolicy
from tocsin.store.policies import PolicyChange as PolicyChange
from tocsin.store.pool import Connection

USUAL: Final = "P3"
"""The priority of an alert that says none."""
log = structlog.get_logger()

DEFAULT: Final = "default"
"""The policy of alerts that name none. Where nobody has saved one, it is the escalation of the handbook."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A policy with what follows where an alert begins at `at`, which is now, and nobody answers. `warnings` are its steps that would
    reach nobody, and its places that would hear nothing.
    """

    kept: KeptPolicy
    at: datetime
    coming: tuple[Line, ...]
    warnings: tuple[str, ...]


async def policy_for(house: House, conn: Connection, id: str = "") -> Stamped:
    """What an alert is stamped with now that goes by that policy; NotFound, with those that there are, where there is none."""
    return stamped_by(house, await directory(house, conn), id)


def stamped_by(house: House, known: Directory, id: str = "") -> Stamped:
    """The same by that copy of the roster."""
    there = policies_in(house, known)
    return stamped(_one_of(there, id or DEFAULT).policy, plain(there))


async def known_names(house: House) -> Known:
    """What the targets of a policy may mean."""
    async with house.pool.acquire() as conn:
        return names_in(house, await directory(house, conn))


def names_in(house: House, known: Directory) -> Known:
    """What the targets of a policy may mean, by that copy of the roster."""
    return _in(house, known).names


def policies_in(house: House, known: Directory) -> Mapping[str, KeptPolicy]:
    """All that there are by id, the handbook's too where nobody has saved a default."""
    return _in(house, known).policies


def _in(house: House, known: Directory) -> PoliciesKnown:
    """Worked out once for each copy of the roster, since every alert asks for it."""
    kept = house.policies
    if kept is None or kept.known is not known or kept.handbook is not house.handbook:
        usual = {DEFAULT: KeptPolicy(by_handbook(house.handbook))}
        there = dict(sorted({**usual, **known.policies}.items()))
        live = frozenset(one.id for one in known.schedules)
        names = Known(frozenset(known.people), frozenset(known.teams), live, frozenset(there))
        kept = house.policies = PoliciesKnown(known, house.handbook, there, names)
    return kept


def plain(there: Mapping[str, KeptPolicy]) -> dict[str, Policy]:
    return {id: one.policy for id, one in there.items()}


async def all_policies(house: House) -> list[KeptPolicy]:
    """Every policy, by id."""
    async with house.pool.acquire() as conn:
        return list(policies_in(house, await directory(house, conn)).values())


async def changes(house: House, id: str, limit: int = 10) -> list[PolicyChange]:
    """Who changed that policy, newest first."""
    async with house.pool.acquire() as conn:
        return await rows.changes(conn, id, limit)


async def policy(house: House, id: str, priority: str = USUAL) -> Shown:
    """One policy, and what would follow if an alert of that priority began now. NotFound, naming those there are."""
    if priority not in PRIORITIES:
        raise Invalid(f"There is no priority {priority}; there are {', '.join(PRIORITIES)}", field="priority")
    now = house.clock.now()
    async with house.pool.acquire() as conn, conn.transaction(readonly=True):
        there = policies_in(house, await directory(house, conn))
        found = await shown(house, conn, _one_of(there, id), plain(there), now, priority)
    return await with_places(house, found, plain(there))


async def shown(
    house: House,
    conn: Connection,
    kept: KeptPolicy,
    there: Mapping[str, Policy],
    now: datetime,
    priority: str = USUAL,
) -> Shown:
    """That policy with what would follow at `now`, and which of its steps reach nobody then; `with_places` has the rest."""
    stamp = stamped(kept.policy, there)
    look = await look_at(house, conn, now, [stamp])
    names = look.known.names
    lines = coming(begun(stamp, now, priority), look, now, lambda handle: names.get(handle, handle))
    return Shown(kept, now, tuple(lines), tuple(_warnings(stamp, look, now, names)))


async def with_places(house: House, found: Shown, there: Mapping[str, Policy]) -> Shown:
    """The same, with its places that would hear nothing, which is asked of others: never within a transaction."""
    silent = await silent_places(house, _targets(stamped(found.kept.policy, there)))
    return replace(found, warnings=(*found.warnings, *silent))


def _targets(stamp: Stamped) -> list[Target]:
    return [*(target for stage in stamp.stages for target in stage.to), *stamp.last_resort]


def _warnings(stamp: Stamped, look: Look, now: datetime, names: Mapping[str, str]) -> Iterator[str]:
    """A sentence on each stage, and on the last resort, where nobody is reached and nothing told at that instant."""
    places = [(f"Step {n}", stage.to) for n, stage in enumerate(stamp.stages, 1)]
    for place, targets in [*places, ("The last resort", stamp.last_resort)]:
        people, told, left_out = reached(targets, look, now)
        if targets and not people and not told:
            yield f"{place} reaches nobody now: {'; '.join(called_by_name(left_out, lambda h: names.get(h, h)))}"


def _one_of(there: Mapping[str, KeptPolicy], id: str) -> KeptPolicy:
    found = there.get(id.strip().lower())
    if found is None:
        raise NotFound(f"There is no policy {id}; there are: {', '.join(there)}", field="policy")
    return found


def stamped_for_incident(
    house: House, known: Directory, handbook: Handbook, kind: str, severity: str, aware: str = ""
) -> Stamped:
    """What an incident is stamped with that opens now: the policy that the handbook names for it, else the handbook's own steps.

    A policy that is gone stops no incident: then the steps hold.
    """
    teams = [name for name, members in known.teams.items() if aware in members]
    name = handbook.policy_named(kind, severity, teams)
    there = policies_in(house, known)
    if name and name not in there:
        log.warning("the handbook names a policy that is not there", policy=name, kind=kind)
    if name not in there:
        return stamped(by_handbook(handbook, kind), {})
    return stamped(there[name].policy, plain(there))


def by_handbook(handbook: Handbook, kind: str = "") -> Policy:
    """The steps of the handbook for that kind (by default the first), as a policy."""
    steps = handbook.policy_of(kind or handbook.kinds[0].id)
    waits = [steps[0].wait * 0, *(one.wait for one, _ in pairwise(steps))]
    return Policy(
        DEFAULT,
        "As the handbook says",
        tuple(
            Step(tuple(_target(to) for to in step.to), after)
            for step, after in zip(steps, waits, strict=True)
        ),
        again_after=steps[-1].wait,
    )


def _target(written: str) -> Target:
    return target_of(written, "to", Known())
