"""How a look or a step ends, or is put off: the end of the work and its facts in one transaction, if it is still ours to end."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.acts.procedures.listening import Listener
from tocsin.acts.process import ENGINE, Open, open_case, settle
from tocsin.acts.works import TOLD_AFTER, backing_off, is_told
from tocsin.core.facts import TOCSIN, DeliveryDelayed, What
from tocsin.core.facts_procedures import ProcedurePlanned
from tocsin.core.procedures.going_on import after_step, planned_in_vain, stopped
from tocsin.core.procedures.hands import Done, Failed
from tocsin.core.procedures.plan import LOOKS_FIRST
from tocsin.core.procedures.run import ASKED, Run
from tocsin.core.schema.found import found_by_look, found_by_step
from tocsin.core.work import PROCEDURE_LOOK, Later, Moot, Refused
from tocsin.store import incidents as rows
from tocsin.store import works as work_rows
from tocsin.store.works import Claimed

LONGEST_WAIT: Final = timedelta(minutes=1)
"""A procedure is waited for by people: it is tried again more often than a message."""


async def end(
    house: House,
    claimed: Claimed,
    outcome: Done | Failed | Refused | Moot | ProcedurePlanned,
    listener: Listener,
) -> None:
    state = "refused" if isinstance(outcome, Refused) else "done"
    why = outcome.why if isinstance(outcome, Failed | Refused | Moot) else ""
    async with house.pool.acquire() as conn, conn.transaction():
        # The incident first: whoever changes one locks it before all else, so that nobody waits crosswise.
        head = await rows.lock(conn, claimed.ref)
        if head is None or not await work_rows.finish(
            conn, claimed, state, house.clock.now(), house.strike(why)
        ):
            return
        opened = await open_case(house, conn, head)
        if facts := _facts(house, claimed, opened, outcome, listener):
            opened.add(facts, ENGINE)
            await settle(house, conn, opened)
    house.wake()


def _facts(
    house: House,
    claimed: Claimed,
    opened: Open,
    outcome: Done | Failed | Refused | Moot | ProcedurePlanned,
    listener: Listener,
) -> list[What]:
    run = opened.incident.run(claimed.work.payload["run"])
    if run is None or isinstance(outcome, Moot):
        return []
    if claimed.work.does == PROCEDURE_LOOK:
        if run.state != ASKED:
            return []  # Withdrawn while it was looked at.
        if isinstance(outcome, ProcedurePlanned):
            return [outcome, *found_by_look(opened.incident, run, outcome.seen)]
        return [planned_in_vain(run, outcome.why, house.strike)] if isinstance(outcome, Refused) else []
    assert isinstance(outcome, Done | Failed | Refused)
    step = claimed.work.payload["step"]
    if not run.is_under_way or run.current is None or run.current.id != step:
        return []
    procedure = house.procedures.get(run.procedure)
    said = listener.rest(opened.incident)
    ended = after_step(
        run, opened.incident.ref, step, outcome, procedure, house.strike, _stopper(opened, run)
    )
    found = (one for fact in ended for one in found_by_step(opened.incident, run, fact))
    return [*said, *ended, *found]


async def put_off(house: House, claimed: Claimed, later: Later, listener: Listener) -> None:
    """Have it tried again; or end the run here, where somebody pressed stop."""
    wait = later.wait or min(LONGEST_WAIT, backing_off(claimed.attempt))
    now = house.clock.now()
    async with house.pool.acquire() as conn, conn.transaction():
        head = await rows.lock(conn, claimed.ref)
        if head is None:
            return
        opened = await open_case(house, conn, head)
        run = opened.incident.run(claimed.work.payload["run"])
        is_stopped = run is not None and _leaves_off(run)
        if is_stopped:
            ours = await work_rows.finish(conn, claimed, "done", now, "somebody stopped it")
        else:
            ours = await work_rows.postpone(conn, claimed, now + wait, house.strike(later.why), now)
        if not ours:
            return
        facts: list[What] = [*listener.rest(opened.incident)]
        if is_stopped and run is not None:
            facts.append(stopped(run, _stopper(opened, run)))
        elif run is not None and _is_to_be_told(claimed, opened, run):
            facts.append(
                DeliveryDelayed(claimed.work.does, "", house.strike(later.why), "", claimed.work.key)
            )
        if facts:
            opened.add(facts, ENGINE)
            await settle(house, conn, opened)
    if facts:
        house.wake()


def _stopper(opened: Open, run: Run) -> str:
    """How whoever pressed stop is called."""
    return "Tocsin" if run.stop_by == TOCSIN else opened.roster.name(run.stop_by)


def _leaves_off(run: Run) -> bool:
    """Whether it ends here, since somebody pressed stop."""
    looks_first = run.current is not None and run.current.step.hand in LOOKS_FIRST
    return run.is_under_way and run.stop is not None and not looks_first


def _is_to_be_told(claimed: Claimed, opened: Open, run: Run) -> bool:
    """That a step which does not merely watch can't be done for now."""
    if claimed.work.does == PROCEDURE_LOOK or claimed.attempt < TOLD_AFTER:
        return False
    watches = run.current is not None and run.current.step.watches
    return not watches and not is_told(opened.incident, claimed.work.key)
