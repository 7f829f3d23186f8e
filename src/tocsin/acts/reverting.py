"""Whether Tocsin takes a commit back by itself: judged under a lock, so that the limits of a day hold over all incidents and nodes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.acts.looks import case
from tocsin.acts.process import ENGINE, Open, change, open_case, settle
from tocsin.core import facts as f
from tocsin.core.case import Case
from tocsin.core.facts import TOCSIN
from tocsin.core.procedures.auto_revert import Today, begun, called_off, enabled_for, judged, pushed
from tocsin.core.procedures.hands import Seen
from tocsin.core.procedures.run import Run
from tocsin.core.procedures.works import lane_of
from tocsin.core.work import Later
from tocsin.errors import Conflict
from tocsin.store import incidents as rows
from tocsin.store import procedures as procedure_rows
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


async def judge_green(house: House, ref: str, run: str, sha: str) -> str:
    """The branch is green at `sha` while Tocsin reverts: stop that, unless the revert itself is what mended it. Why to look again; "" else.

    Where it can't be seen, it is stopped: people merge what is left.
    """
    incident = (await case(house, ref, TOCSIN)).incident
    found = incident.run(run)
    if found is None or not found.is_under_way:
        return ""
    holds_it = await _holds(house, found, sha)
    if isinstance(holds_it, Later):
        return holds_it.why

    def decide(case: Case) -> list[f.What]:
        now = case.incident.run(run)
        return called_off(now, sha, holds_it=holds_it) if now else []

    await change(house, ref, ENGINE, decide)
    async with house.pool.acquire() as conn:
        await procedure_rows.hurry_lane(conn, lane_of(found.lock), house.clock.now())
    return ""


async def _holds(house: House, run: Run, sha: str) -> bool | Later:
    """Whether that commit has our revert in its history, as it is or squashed."""
    ours, git = pushed(run), house.hands.get("git")
    if not ours or git is None:
        return False
    seen = await git.look("contains", {"repository": run.target, "commit": ours, "candidate": sha})
    if isinstance(seen, Seen):
        return seen.values.get("contains") is True
    return seen if isinstance(seen, Later) else False


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
    standing = Case(incident, opened.handbook, opened.now, opened.roster)
    if rerun_id:
        rerun = next((one for one in incident.reruns if one.id == rerun_id), None)
        source = rerun and enabled_for(house.declared, rerun.asked.repository, rerun.asked.branch)
        if rerun is None or not source:
            return []
        return begun(standing, rerun, source, await _today(conn, source.repository, opened))
    run = incident.run(run_id)
    if run is None:
        return []
    return judged(standing, run, house.declared, await _today(conn, run.target, opened), held)


async def _today(conn: Connection, repository: str, opened: Open) -> Today:
    return Today(*await reverts.counted(conn, repository, opened.now - A_DAY))
