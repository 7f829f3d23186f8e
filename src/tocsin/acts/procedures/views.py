"""What is shown of procedures: those that can be planned here, one run of an incident, and the latest of all."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.acts.looks import View
from tocsin.core.case import Case
from tocsin.core.procedures.decisions import run_of, targets_of
from tocsin.core.procedures.plan import Procedure
from tocsin.core.procedures.run import Run
from tocsin.store import procedures as rows
from tocsin.store.procedures import RunRow


@dataclass(frozen=True, slots=True)
class Offered:
    """A procedure, and what it can be done to here."""

    procedure: Procedure
    targets: tuple[str, ...]


def offered(house: House) -> tuple[Offered, ...]:
    """Those that the operators declare something for."""
    found = (Offered(one, targets_of(one, house.declared)) for one in house.procedures.values())
    return tuple(one for one in found if one.targets)


async def run(house: House, viewer: str, ref: str, id: str) -> tuple[View, Run]:
    """One run, with its incident. NotFound where there is none that `viewer` may know of."""
    view = await looks.case(house, ref, viewer)
    return view, run_of(Case(view.incident, view.handbook, view.now), id)


async def lately(house: House, viewer: str, limit: int = 50) -> list[RunRow]:
    """Runs over all incidents that `viewer` may know of: those under way first, then the newest."""
    async with house.pool.acquire() as conn:
        return await rows.lately(conn, viewer, limit)
