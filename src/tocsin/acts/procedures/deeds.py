"""What people do about procedures. Each is one decision of core, in one transaction; the incident as it is then comes back."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.acts.process import change
from tocsin.core import facts as f
from tocsin.core.case import Actor, Case
from tocsin.core.incident import Incident
from tocsin.core.procedures import decisions
from tocsin.core.procedures.plan import Procedure
from tocsin.core.procedures.run import Run
from tocsin.core.procedures.works import lane_of
from tocsin.errors import Conflict, NotFound
from tocsin.store import procedures as rows


async def plan(
    house: House,
    actor: Actor,
    ref: str,
    procedure: str,
    target: str,
    *,
    reason: str,
    inputs: Mapping[str, str] | None = None,
) -> tuple[Incident, Run]:
    """Have it planned: a dry run, which does nothing outside. The plan stands on the incident as soon as the looks are done."""
    known = procedure_named(house, procedure)
    incident = await change(
        house,
        ref,
        actor,
        lambda case: decisions.ask(case, actor, known, target.strip(), inputs or {}, reason, house.declared),
    )
    return incident, incident.runs[-1]


def procedure_named(house: House, name: str) -> Procedure:
    """NotFound, naming those that there are."""
    known = house.procedures.get(name.strip().lower())
    if known is None:
        there = ", ".join(house.procedures) or "none"
        raise NotFound(f"{name or 'nothing'} is no procedure; there are: {there}", field="procedure")
    return known


async def approve(
    house: House, actor: Actor, ref: str, run: str, *, override: str = "", runs: bool = False
) -> Incident:
    """Say yes to a plan. `runs`: have it carried out at once, where that was the last yes that was wanted."""
    if runs:
        await _must_be_free(house, actor, ref, run)

    def decide(case: Case) -> list[f.What]:
        agreed = decisions.approve(case, actor, run, override)
        if runs and any(isinstance(one, f.ProcedureApproved) for one in agreed):
            agreed.append(f.ProcedureStarted(decisions.run_of(case, run).id))
        return agreed

    return await change(house, ref, actor, decide)


async def start(house: House, actor: Actor, ref: str, run: str) -> Incident:
    """Have an approved plan carried out. Conflict while another run holds the same target, in whichever incident."""
    await _must_be_free(house, actor, ref, run)
    return await change(house, ref, actor, lambda case: decisions.start(case, actor, run))


async def stop(house: House, actor: Actor, ref: str, run: str, reason: str = "") -> Incident:
    """Leave off at the next safe point."""
    incident = await change(house, ref, actor, lambda case: decisions.stop(case, actor, run, reason))
    found = incident.run(run.upper())
    if found:
        async with house.pool.acquire() as conn:
            await rows.hurry_lane(conn, lane_of(found.lock), house.clock.now())
        house.wake()
    return incident


async def go_on(house: House, actor: Actor, ref: str, run: str, reason: str) -> Incident:
    """After a failure or a stop, go on with the step that it ended at."""
    await _must_be_free(house, actor, ref, run)
    return await change(house, ref, actor, lambda case: decisions.go_on(case, actor, run, reason))


async def withdraw(house: House, actor: Actor, ref: str, run: str, reason: str) -> Incident:
    """It is not to be done."""
    return await change(house, ref, actor, lambda case: decisions.withdraw(case, actor, run, reason))


async def _must_be_free(house: House, actor: Actor, ref: str, run_id: str) -> None:
    """Conflict, naming who holds the target. Only a kinder word: the database itself lets no second one through."""
    view = await looks.case(house, ref, actor.person)
    run = view.incident.run(run_id.upper())
    if run is None or run.is_under_way:
        return
    async with house.pool.acquire() as conn:
        held = await rows.holder(conn, run.lock, actor.person)
    if held:
        who = f"{held.ref}/{held.run}" if held.may_know else "Another run"
        raise Conflict(f"{who} is under way on {run.target}: wait for its end, or stop it")
