"""The incidents of which one message told a person, and their answer to all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.acts.looks import case
from tocsin.core.case import Actor
from tocsin.core.incident import Incident
from tocsin.errors import Conflict, Forbidden, NotFound
from tocsin.store import works as work_rows

Deed = Callable[[House, Actor, str], Awaitable[Incident]]


async def incidents_of(house: House, batch: int, person: str) -> list[Incident]:
    """Those that this person may still know of, as they stand now, by number."""
    async with house.pool.acquire() as conn:
        refs = await work_rows.incidents_of_batch(conn, batch, person)
    found = []
    for ref in refs:
        try:
            found.append((await case(house, ref, person)).incident)
        except NotFound:  # It became private meanwhile.
            continue
    return found


async def acknowledge_batch(house: House, actor: Actor, batch: int) -> str:
    """All of them at once; the sentence to say back, which tells the truth where somebody else was first."""
    done, others = list[str](), list[str]()
    for one in await incidents_of(house, batch, actor.person):
        if not one.is_open:
            others.append(f"{one.ref} is over")
            continue
        try:
            now = await incidents.acknowledge(house, actor, one.ref)
        except (Conflict, Forbidden, NotFound) as why:
            others.append(f"{one.ref}: {why.message}")
            continue
        if now.alert.is_acknowledged_by(actor.person):
            done.append(one.ref)
        else:
            others.append(_first(now))
    said = [f"You have acknowledged {', '.join(done)}."] if done else []
    said += [f"{'; '.join(others)}."] if others else []
    return " ".join(said) or "There is no incident that this could answer"


def acknowledged_words(now: Incident, person: str) -> str:
    """What to say back to whoever acknowledged it: the truth, where somebody else was first."""
    done = f"You have acknowledged {now.ref}"
    return f"{done if now.alert.is_acknowledged_by(person) else _first(now)}."


def _first(now: Incident) -> str:
    return f"{now.alert.acknowledged_by} has acknowledged {now.ref} already"
