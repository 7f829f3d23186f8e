"""Whether Tocsin takes a commit back by itself: judged under a lock, so that the limits of a day hold over all incidents and nodes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.acts.process import ENGINE, Open, open_case, settle
from tocsin.core import facts as f
from tocsin.core.case import Case
from tocsin.core.procedures.auto_revert import Today, begun, enabled_for, judged
from tocsin.errors import Conflict
from tocsin.store import incidents as rows
from tocsin.store import reverts
from tocsin.store.pool import Connection

A_DAY: Final = timedelta(hours=24)


async def judge_rerun(house: House, ref: str, rerun: str) -> None:
    """A build was red again: have the revert of its commit planned, or say why not."""
    await _judge(house, ref, rerun=rerun)


async def judge_run(house: House, ref: str, run: str, *, gives_up: bool) -> str:
    """The plan is there: start it, ask people, or say why not. Why it has to be judged once more; "" where that is done.

    `gives_up`: where another run holds the repository still, that is the reason why not.
    """
    try:
        await _judge(house, ref, run=run)
    except Conflict as why:
        if not gives_up:
            return str(why)
        await _judge(house, ref, run=run, held=str(why))
    return ""


async def _judge(house: House, ref: str, *, rerun: str = "", run: str = "", held: str = "") -> None:
    async with house.pool.acquire() as conn, conn.transaction():
        # The incident first, as everywhere; then the repository, for which one node counts and decides at a time.
        head = await rows.lock(conn, ref)
        if head is None:
            return
        opened = await open_case(house, conn, head)
        if facts := await _facts(house, conn, opened, rerun, run, held):
            opened.add(facts, ENGINE)
            await settle(house, conn, opened)
    house.wake()


async def _facts(
    house: House, conn: Connection, opened: Open, rerun_id: str, run_id: str, held: str
) -> list[f.What]:
    incident = opened.incident
    case = Case(incident, opened.handbook, opened.now, opened.roster)
    if rerun_id:
        rerun = next((one for one in incident.reruns if one.id == rerun_id), None)
        source = rerun and enabled_for(house.declared, rerun.asked.repository, rerun.asked.branch)
        if rerun is None or not source:
            return []
        return begun(case, rerun, source, await _today(conn, source.repository, opened))
    run = incident.run(run_id)
    if run is None:
        return []
    return judged(case, run, house.declared, await _today(conn, run.target, opened), held)


async def _today(conn: Connection, repository: str, opened: Open) -> Today:
    return Today(*await reverts.counted(conn, repository, opened.now - A_DAY))
