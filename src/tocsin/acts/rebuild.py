"""Makes the derived rows anew from the facts, and checks that no history was changed."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.acts.house import House
from tocsin.acts.process import handbook_of
from tocsin.core.due import wake_at
from tocsin.core.duties import ledger
from tocsin.core.folding import fold
from tocsin.store import incidents as rows
from tocsin.store import procedures as procedure_rows
from tocsin.store.incidents import Derived


@dataclass(frozen=True, slots=True)
class Broken:
    """An incident whose chain of hashes does not add up from fact `n` on."""

    ref: str
    n: int


async def rebuild(house: House) -> int:
    """Write every incident's row and duties anew; how many incidents there are. Facts and works are not touched."""
    refs = [row["ref"] for row in await house.pool.fetch(rows.SQL["all_refs"])]
    for ref in refs:
        await _rebuild_one(house, ref)
    return len(refs)


async def verify(house: House) -> list[Broken]:
    """The incidents in whose history something was changed, left out or put in; empty when all holds."""
    broken = []
    async with house.pool.acquire() as conn:
        for row in await conn.fetch(rows.SQL["all_refs"]):
            head = await rows.find(conn, row["ref"])
            n = await rows.broken_link(conn, head) if head else None
            if n is not None:
                broken.append(Broken(row["ref"], n))
    return broken


async def _rebuild_one(house: House, ref: str) -> None:
    async with house.pool.acquire() as conn, conn.transaction():
        head = await rows.lock(conn, ref)
        assert head is not None
        incident = fold(await rows.load(conn, head))
        handbook = await handbook_of(house, conn, incident.handbook)
        now = max(house.clock.now(), incident.facts[-1].at)
        duties = ledger(incident, handbook, now)
        # What the engine has not come to yet stays due: the wake follows from the last fact, not from now.
        last = incident.facts[-1].at
        wake = wake_at(incident, handbook, ledger(incident, handbook, last), last)
        derived = Derived(incident, rows.next_due_at(duties), wake)
        await rows.update(conn, head, derived)
        await conn.execute(rows.SQL["delete_duties"], head.id)
        await rows.save_duties(conn, head.id, duties)
        await conn.execute(procedure_rows.SQL["delete"], head.id)
        await procedure_rows.save(conn, head.id, incident.runs)
