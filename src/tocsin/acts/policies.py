"""Escalation policies: what an alert is stamped with when it starts."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from tocsin.acts.house import House
from tocsin.acts.roster import directory
from tocsin.core.escalation.policy import Policy, Stamped, Step, Target
from tocsin.core.escalation.stamping import stamped
from tocsin.core.escalation.written import Known, target_of
from tocsin.core.handbook import Handbook
from tocsin.errors import NotFound
from tocsin.store import policies as rows
from tocsin.store.pool import Connection

DEFAULT: Final = "default"
"""The policy of alerts that name none. Where nobody has saved one, it is the escalation of the handbook."""


async def policy_for(house: House, conn: Connection, id: str = "") -> Stamped:
    """What an alert is stamped with now that goes by that policy; NotFound, with those that there are, where there is none."""
    id = id or DEFAULT
    there = await rows.all_of(conn)
    if id not in there and id == DEFAULT:
        there[DEFAULT] = by_handbook(house.handbook)
    if id not in there:
        names = ", ".join(there) or "none but the default one"
        raise NotFound(f"There is no policy {id}; there are: {names}", field="policy")
    return stamped(there[id], there)


async def known_names(house: House) -> Known:
    """What the targets of a policy may mean."""
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
        policies = frozenset(await rows.all_of(conn)) | {DEFAULT}
    live = frozenset(one.id for one in known.schedules)
    return Known(frozenset(known.people), frozenset(known.teams), live, policies)


def by_handbook(handbook: Handbook) -> Policy:
    """The escalation of the handbook's first kind, as a policy."""
    steps = handbook.policy_of(handbook.kinds[0].id)
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
